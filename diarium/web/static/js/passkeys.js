// Passkeys: a form that is shown where the browser has them. Its button asks the server for a question, lets the
// browser answer it with a key, and sends the form with the answer.

export function enhancePasskeys() {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      answer(form);
    });
  }
}

async function answer(form) {
  const status = form.querySelector("[data-passkey-failed]");
  status.textContent = "";
  try {
    const question = await ask(form);
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(question) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(question) });
    form.elements.answer.value = JSON.stringify(credential.toJSON());
    form.requestSubmit();
  } catch {
    // Called off by the person, no key for this site, or no line to the server: the words say how to go on.
    status.textContent = status.dataset.passkeyFailed;
  }
}

async function ask(form) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  const reply = await fetch(form.dataset.passkeyQuestion, { method: "POST", body });
  if (!reply.ok) throw new Error(String(reply.status));
  return reply.json();
}
