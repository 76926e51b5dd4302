// Shortcuts from data-shortcut: one key ("n") or two after each other ("g i"). Off inside fields and dialogs, and can
// be switched off (WCAG 2.1.4). Key hints on the page show only while they work.

const STORE = "diarium.shortcuts";
const FIRST_FIELD = "input:not([type=hidden]), select, textarea";
const PATIENCE = 1500; // milliseconds between the keys of a pair

export function enhanceShortcuts() {
  document.querySelectorAll("[data-open-dialog]").forEach((button) => {
    const dialog = document.getElementById(button.dataset.openDialog);
    if (typeof dialog?.showModal !== "function") return;
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  });
  bindSwitch();
  showHints();
  addPageShortcuts();
  document.addEventListener("keydown", onKey);
}

let begun = "";
let forget = 0;

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key.length !== 1 || !isOn() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const target = (begun && find(`${begun} ${key}`)) || find(key);
  clearTimeout(forget);
  begun = "";
  if (!target && [...document.querySelectorAll("[data-shortcut]")].some((element) => wanted(element).startsWith(`${key} `))) {
    begun = key;
    forget = setTimeout(() => { begun = ""; }, PATIENCE);
    return;
  }
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, select, textarea")) {
    target.focus();
    target.select?.();
  } else {
    target.click();
    if (target.matches("details[open] > summary")) target.parentElement.querySelector(FIRST_FIELD)?.focus();
  }
}

function find(keys) {
  return [...document.querySelectorAll("[data-shortcut]")].find(
    (element) => wanted(element) === keys && element.checkVisibility?.() !== false,
  );
}

function wanted(element) {
  return element.dataset.shortcut.toLowerCase();
}

export function isTyping(element) {
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
    meaning.textContent = nameOf(element);
    list.append(term, meaning);
  });
}

function nameOf(element) {
  const copy = (element.labels?.[0] ?? element).cloneNode(true);
  copy.querySelectorAll("kbd").forEach((hint) => hint.remove());
  return copy.textContent.trim();
}

function showHints() {
  document.documentElement.toggleAttribute("data-shortcuts-on", isOn());
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
    showHints();
  });
}

let chosen = null;

export function isOn() {
  if (chosen !== null) return chosen;
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}
