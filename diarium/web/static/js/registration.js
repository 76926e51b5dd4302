// The registration form by keyboard: Ctrl+Enter registers, Escape leaves a field (so that single keys work), a case is
// chosen and files are put in order without a new page.

import { isTyping } from "./shortcuts.js";

export function enhanceRegistration() {
  const form = document.getElementById("registration");
  if (!form) return;
  const status = form.querySelector("[data-form-status]");
  document.addEventListener("keydown", (event) => onKey(event, form));
  form.addEventListener("click", (event) => {
    const choice = event.target.closest("button[name=choose_case]");
    const move = event.target.closest("[data-move-up]");
    if (choice) {
      event.preventDefault();
      chooseCase(form, choice, status);
    } else if (move) {
      event.preventDefault();
      moveUp(move, status);
    }
  });
  // A case that is chosen by the field takes the press off the buttons again.
  form.addEventListener("change", (event) => {
    if (event.target.name === "case" || event.target.name === "case_choice") showPressed(form);
  });
  form.addEventListener("registration:files", (event) => addAttachments(form, event.detail));
  closeOnNarrow();
}

function onKey(event, form) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-main-submit]"));
  } else if (event.key === "Escape" && isTyping(event.target)) {
    event.target.blur();
  }
}

function chooseCase(form, button, status) {
  const isNew = button.value === "new";
  form.querySelector(`[name=case_choice][value=${isNew ? "new" : "existing"}]`).checked = true;
  if (!isNew) form.elements.namedItem("case").value = button.value;
  showPressed(form);
  const field = form.elements.namedItem("case");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  status.textContent = isNew ? status.dataset.textNew : `${status.dataset.textCase} ${button.value}`;
}

function showPressed(form) {
  const choice = form.querySelector("[name=case_choice]:checked")?.value;
  const number = form.elements.namedItem("case").value.trim();
  form.querySelectorAll("button[name=choose_case]").forEach((button) => {
    const isPressed = button.value === "new" ? choice === "new" : choice === "existing" && button.value === number;
    button.setAttribute("aria-pressed", String(isPressed));
  });
}

function moveUp(button, status) {
  const row = button.closest("[data-attachment]");
  const above = row.previousElementSibling;
  if (!above) return;
  above.before(row);
  placeAttachments(row.parentElement);
  // The button may be hidden now, at the top: the file's own checkbox is where one is then.
  (button.hidden ? row.querySelector("input[type=checkbox]") : button).focus();
  status.textContent = `${status.dataset.textMoved} ${row.querySelector("[data-part=name]").textContent}`;
  row.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
}

function placeAttachments(list) {
  [...list.children].forEach((row, index) => {
    const button = row.querySelector("[data-move-up]");
    button.hidden = index === 0;
    button.value = index + 1;
  });
}

// Files that an autosave has uploaded: from now on they stand among those that are there.
function addAttachments(form, files) {
  const list = form.querySelector("[data-attachments]");
  const template = form.querySelector("[data-attachment-template]");
  files.forEach((file, index) => {
    const row = template.content.firstElementChild.cloneNode(true);
    const id = `kept-new-${list.children.length + 1}-${index}`;
    row.querySelectorAll("input").forEach((input) => { input.value = file.ticket; });
    row.querySelector("input[type=checkbox]").id = id;
    row.querySelector("label").htmlFor = id;
    row.querySelector("[data-part=name]").textContent = file.file_name;
    row.querySelector("[data-part=size]").textContent = file.size_text;
    row.querySelector("[data-part=spoken]").textContent = ` ${file.file_name}`;
    list.append(row);
  });
  list.hidden = list.children.length === 0;
  placeAttachments(list);
}

function closeOnNarrow() {
  if (!window.matchMedia("(max-width: 69.99rem)").matches) return;
  document.querySelectorAll("details[data-narrow-closed]").forEach((details) => { details.open = false; });
}
