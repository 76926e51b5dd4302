// Dates are typed; a button opens the browser's own calendar, and 20240501 becomes 2024-05-01.

export function enhanceDates() {
  document.querySelectorAll("input[data-date]").forEach((input) => {
    input.addEventListener("change", () => { input.value = tidied(input.value); });
  });
  if (!("showPicker" in HTMLInputElement.prototype)) return;
  document.querySelectorAll("[data-date-picker]").forEach(addPicker);
}

function tidied(text) {
  const match = text.trim().match(/^(\d{4})[-./ ]?(\d{2})[-./ ]?(\d{2})$/);
  return match ? `${match[1]}-${match[2]}-${match[3]}` : text.trim();
}

function addPicker(box) {
  const input = box.querySelector("input[data-date]");
  const native = document.createElement("input");
  native.type = "date";
  native.className = "date__native";
  native.tabIndex = -1;
  native.setAttribute("aria-hidden", "true");

  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = box.dataset.text;
  button.setAttribute("aria-label", `${box.dataset.text}: ${box.dataset.label}`);

  button.addEventListener("click", () => {
    native.value = tidied(input.value);
    native.showPicker();
  });
  native.addEventListener("change", () => {
    input.value = native.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
  box.append(native, button);
}
