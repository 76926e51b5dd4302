// File fields: a drop zone, and a list of the chosen files with sizes and remove buttons.

export function enhanceFiles() {
  document.querySelectorAll("[data-files]").forEach(enhance);
}

function enhance(box) {
  const input = box.querySelector("input[type=file]");
  const zone = box.querySelector("[data-file-zone]");
  const list = box.querySelector("[data-file-list]");
  const status = box.querySelector("[data-file-status]");
  let chosen = [];

  const hint = document.createElement("p");
  hint.className = "files__hint";
  hint.textContent = box.dataset.textDrop;
  zone.prepend(hint);

  const show = () => {
    const transfer = new DataTransfer();
    chosen.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    list.replaceChildren(...chosen.map((file) => item(file, box, () => remove(file))));
    list.hidden = chosen.length === 0;
    tell(box, status, chosen);
  };
  const add = (files) => {
    const fresh = [...files].filter((file) => !chosen.some((other) => isSame(file, other)));
    chosen = input.multiple ? [...chosen, ...fresh] : [...files].slice(0, 1);
    show();
  };
  const remove = (file) => {
    const index = chosen.indexOf(file);
    chosen = chosen.filter((other) => other !== file);
    show();
    // Focus stays where the user is: on the next remove button, else on the field.
    const buttons = list.querySelectorAll("button");
    (buttons[Math.min(index, buttons.length - 1)] ?? input).focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };

  input.addEventListener("change", () => add(input.files));
  // The server has them: they stand among the uploaded files from now on (drafts.js).
  box.addEventListener("files:taken", () => {
    chosen = [];
    show();
  });
  zone.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    zone.dataset.over = "";
  });
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) delete zone.dataset.over;
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    // A dropped folder has neither type nor size; the server takes files only.
    add([...event.dataTransfer.files].filter((file) => file.size > 0 || file.type));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function isSame(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

function item(file, box, remove) {
  const row = document.createElement("li");
  row.className = "files__item";
  const name = span("files__name", file.name);
  const size = span("files__size", shownSize(file.size));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = box.dataset.textRemove;
  button.setAttribute("aria-label", `${box.dataset.textRemove} ${file.name}`);
  button.addEventListener("click", remove);
  row.append(name, size, button);
  return row;
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function tell(box, status, files) {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const limit = Number(box.dataset.maxBytes ?? Infinity);
  const text = files.length === 0 ? box.dataset.textNone : `${box.dataset.textChosen} ${files.length} (${shownSize(total)}).`;
  status.toggleAttribute("data-too-large", total > limit);
  status.textContent = total > limit ? `${text} ${box.dataset.textTooLarge} ${shownSize(limit)}.` : text;
}

function shownSize(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: unit === 0 ? 0 : 1 });
  return `${number.format(value)} ${units[unit]}`;
}
