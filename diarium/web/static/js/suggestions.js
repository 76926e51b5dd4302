// Suggestions: asked for anew when what they follow from has changed, and filled in only when somebody presses.

const FOLLOWED = new Set(["title", "case_title", "party-0-name", "party-0-email", "direction", "record_type", "authority", "case", "case_choice", "classification"]);

export function enhanceSuggestions() {
  document.querySelectorAll("[data-suggestions]").forEach((panel) => new Suggestions(panel));
}

class Suggestions {
  constructor(panel) {
    this.panel = panel;
    this.form = panel.closest("form");
    this.list = panel.querySelector("[data-suggestion-list]");
    this.all = panel.querySelector("[data-use-all]");
    this.status = panel.querySelector("[data-suggestion-status]");
    this.asked = null;
    this.form.addEventListener("change", (event) => {
      if (FOLLOWED.has(event.target.name)) void this.ask();
    });
    panel.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      if (button === this.all) this.useAll();
      else this.use([button.closest("[data-suggestion]")]);
    });
  }

  async ask() {
    this.asked?.abort();
    this.asked = new AbortController();
    let found;
    try {
      const body = new FormData(this.form);
      ["files", "kept_file", "offered_file"].forEach((name) => body.delete(name));
      const response = await fetch(this.panel.dataset.url, { method: "POST", body, credentials: "same-origin", signal: this.asked.signal });
      if (!response.ok || response.redirected) return;
      found = (await response.json()).suggestions;
    } catch {
      return; // a newer question, or no network: the form works without
    }
    this.show(found);
  }

  show(found) {
    const before = this.list.children.length;
    // Who stands on a button here is not moved away from it.
    if (this.panel.contains(document.activeElement)) return;
    this.list.replaceChildren(...found.map((item) => this.row(item)));
    this.settle();
    // The region must be there before its text for it to be read.
    requestAnimationFrame(() => {
      this.status.textContent = found.length > before ? `${this.panel.dataset.textNew} ${found.length}` : "";
    });
  }

  row(item) {
    const row = this.panel.querySelector("[data-suggestion-template]").content.firstElementChild.cloneNode(true);
    row.dataset.field = item.field;
    row.dataset.value = item.value;
    row.toggleAttribute("data-best", item.is_best);
    for (const part of ["field_label", "label", "why"]) row.querySelector(`[data-part=${part}]`).textContent = item[part];
    row.querySelector("[data-part=spoken]").textContent = ` ${item.field_label}: ${item.label}`;
    row.querySelector("button").value = item.pair;
    return row;
  }

  useAll() {
    const rows = [...this.list.querySelectorAll("[data-suggestion][data-best]")];
    this.use(rows.filter((row) => !isUsed(row) && isOpen(this.form, row.dataset.field)));
  }

  use(rows) {
    const filled = [];
    for (const row of rows) {
      if (!fill(this.form, row.dataset.field, row.dataset.value)) continue;
      filled.push(`${row.querySelector("[data-part=field_label]").textContent}: ${row.querySelector("[data-part=label]").textContent}`);
      const button = row.querySelector("button");
      button.setAttribute("aria-disabled", "true");
      button.querySelector("[data-part=button]").textContent = this.panel.dataset.textUsed;
    }
    this.status.textContent = filled.length ? `${this.panel.dataset.textFilled} ${filled.join(", ")}` : this.panel.dataset.textNone;
  }

  settle() {
    const isEmpty = this.list.children.length === 0;
    this.panel.toggleAttribute("data-empty", isEmpty);
    this.all.hidden = isEmpty;
  }
}

function isUsed(row) {
  return row.querySelector("button").getAttribute("aria-disabled") === "true";
}

// Nobody has chosen anything there yet: empty, or what the form chooses by itself.
function isOpen(form, name) {
  const field = form.elements.namedItem(name);
  if (!field) return false;
  if (field instanceof HTMLSelectElement) return field.value === "" || (["scope", "party-0-kind"].includes(name) && field.selectedIndex === 0);
  return field.value.trim() === "";
}

function fill(form, name, value) {
  const field = form.elements.namedItem(name);
  if (!field) return false;
  field.value = value;
  if (field.value !== value) return false; // a choice that this form does not offer
  if (name === "provision") form.querySelector("[name=secrecy][value=marked]").checked = true;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
