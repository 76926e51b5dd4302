// After an action the message takes focus; links in an error summary put focus in the field itself.

export function focusMessage() {
  // An error summary goes before an ordinary message.
  const target = document.querySelector(".error-summary[data-focus]") ?? document.querySelector("[data-focus]");
  target?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a[href^='#']");
    if (!link) return;
    const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    (field.closest(".field") ?? field).scrollIntoView({ block: "nearest" });
  });
}
