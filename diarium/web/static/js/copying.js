// Buttons that copy a text of the page. They are shown only where the browser can do it.

export function enhanceCopying() {
  if (!navigator.clipboard) return;
  const status = document.querySelector("[data-copy-status]");
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      } catch {
        return; // not allowed here: the text can be marked by hand
      }
      if (status) status.textContent = button.dataset.textDone;
    });
  });
}
