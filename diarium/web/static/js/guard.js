// Forms: ask before unsaved changes are lost, and send a form once only.

export function guardForms() {
  document.querySelectorAll("form[data-guard]").forEach(guard);
  document.querySelectorAll("form[data-once]").forEach(sendOnce);
}

function guard(form) {
  // A form that came back with errors holds what the user typed: nothing of it is saved yet.
  let isChanged = form.querySelector("[aria-invalid=true]") !== null;
  form.addEventListener("input", () => { isChanged = true; });
  form.addEventListener("submit", () => { isChanged = false; });
  window.addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
}

function sendOnce(form) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (isSent) {
      event.preventDefault();
      return;
    }
    isSent = true;
    // Not `disabled`: a disabled button would drop its own name and value from what is sent.
    form.querySelectorAll("button[type=submit]").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  // Back from the next page: the browser shows the page as it was left.
  window.addEventListener("pageshow", () => {
    isSent = false;
    form.querySelectorAll("button[type=submit][aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  });
}
