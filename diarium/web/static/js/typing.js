// Text fields: characters left, and text areas that grow with their text.

const QUIET = 800; // milliseconds without typing before the count is read out

export function enhanceTyping() {
  document.querySelectorAll("[data-counter]").forEach(count);
  document.querySelectorAll("textarea[data-autosize]").forEach(grow);
}

function count(field) {
  const note = document.querySelector(`[data-counter-for="${CSS.escape(field.id)}"]`);
  if (!note) return;
  // Seen at once, heard after a pause: a live region that changes at each key drowns the typing.
  const spoken = document.createElement("span");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  note.after(spoken);
  let timer = 0;
  const text = () => `${note.dataset.text} ${field.maxLength - field.value.length}`;
  const show = () => { note.textContent = text(); };
  field.addEventListener("input", () => {
    show();
    clearTimeout(timer);
    timer = setTimeout(() => { spoken.textContent = text(); }, QUIET);
  });
  show();
}

function grow(area) {
  const fit = () => {
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  };
  area.addEventListener("input", fit);
  if (area.value) fit();
}
