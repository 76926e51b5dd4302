// Single-key shortcuts from data-shortcut. Off inside fields and dialogs, and can be switched off (WCAG 2.1.4).

const STORE = "diarium.shortcuts";

export function enhanceShortcuts() {
  document.querySelectorAll("[data-open-dialog]").forEach((button) => {
    const dialog = document.getElementById(button.dataset.openDialog);
    if (typeof dialog?.showModal !== "function") return;
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  });
  bindSwitch();
  addPageShortcuts();
  document.addEventListener("keydown", onKey);
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key.length !== 1 || !isOn() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const target = [...document.querySelectorAll("[data-shortcut]")].find(
    (element) => element.dataset.shortcut.toLowerCase() === event.key.toLowerCase() && element.checkVisibility?.() !== false,
  );
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, select, textarea")) {
    target.focus();
    target.select?.();
  } else {
    target.click();
  }
}

function isTyping(element) {
  return element instanceof Element && element.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]") !== null;
}

// What the page itself offers, beside the navigation that the server has listed.
function addPageShortcuts() {
  const list = document.querySelector("[data-shortcut-list]");
  if (!list) return;
  const known = new Set([...list.querySelectorAll("kbd")].map((key) => key.textContent));
  document.querySelectorAll("main [data-shortcut]").forEach((element) => {
    if (known.has(element.dataset.shortcut)) return;
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    key.textContent = element.dataset.shortcut;
    term.append(key);
    const meaning = document.createElement("dd");
    meaning.textContent = (element.labels?.[0] ?? element).textContent.trim();
    list.append(term, meaning);
  });
}

function bindSwitch() {
  const box = document.querySelector("[data-shortcuts-switch]");
  if (!box) return;
  box.checked = isOn();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(STORE, box.checked ? "on" : "off");
    } catch {
      // Storage is blocked in this browser: the choice then holds for this page only.
    }
    chosen = box.checked;
  });
}

let chosen = null;

function isOn() {
  if (chosen !== null) return chosen;
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}
