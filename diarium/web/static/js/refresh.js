// Progress pages: fetches the page again and swaps the element with id "refresh" (else all of main's content).
// Stops by itself when the page no longer asks to be refreshed; follows when the server sends elsewhere.

export function refreshPage() {
  const main = document.querySelector("main[data-refresh-seconds]");
  if (main) schedule(main);
}

function schedule(main) {
  const seconds = Math.max(1, Number(main.dataset.refreshSeconds) || 5);
  setTimeout(() => { void refresh(main); }, seconds * 1000);
}

async function refresh(main) {
  // A user who is in the middle of something, or is not looking, is left alone until the next turn.
  const isBusy = document.hidden || main.querySelector("input:focus, textarea:focus, select:focus") !== null;
  if (isBusy) {
    schedule(main);
    return;
  }
  let response;
  try {
    response = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  } catch {
    schedule(main); // the network is away for a while: the page stays, and is tried again
    return;
  }
  if (response.redirected) {
    location.assign(response.url);
    return;
  }
  if (!response.ok) {
    schedule(main);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  swap(main, page);
  const fresh = page.querySelector("main");
  if (fresh?.dataset.refreshSeconds) {
    schedule(main);
  } else {
    delete main.dataset.refreshSeconds;
    announce(main);
  }
}

function swap(main, page) {
  const here = document.getElementById("refresh") ?? main;
  const there = page.getElementById("refresh") ?? page.querySelector("main");
  // Nothing new: nothing is touched, so that focus and reading position stay.
  if (there && here.innerHTML !== there.innerHTML) here.replaceChildren(...document.adoptNode(there).childNodes);
  document.title = page.title;
}

function announce(main) {
  const note = document.createElement("p");
  note.className = "visually-hidden";
  note.setAttribute("role", "status");
  main.append(note);
  // The region must exist before its text for it to be read.
  requestAnimationFrame(() => { note.textContent = main.dataset.textUpdated ?? ""; });
}
