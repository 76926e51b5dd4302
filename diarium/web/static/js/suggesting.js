// A search field that suggests while somebody types: the combobox pattern of ARIA 1.2. Nothing is chosen by itself:
// Enter without a marked suggestion searches for what was typed, as without this script.

const QUIET = 150; // milliseconds without typing before the server is asked
const SHORTEST = 2;

export function enhanceSuggesting() {
  document.querySelectorAll("input[data-suggest]").forEach((input) => new Suggesting(input));
}

class Suggesting {
  constructor(input) {
    this.input = input;
    this.hits = [];
    this.active = -1;
    this.timer = 0;
    this.asked = null;
    this.list = document.createElement("ul");
    this.list.className = "suggest__list";
    this.list.id = `${input.id}-suggestions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", input.dataset.label);
    this.list.hidden = true;
    this.status = document.createElement("span");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    input.after(this.list, this.status);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list" })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose([...this.list.children].indexOf(option));
    });
  }

  later() {
    clearTimeout(this.timer);
    this.asked?.abort();
    if (this.input.value.trim().length < SHORTEST) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => { void this.ask(); }, QUIET);
  }

  async ask() {
    this.asked = new AbortController();
    const address = new URL(this.input.dataset.suggest, location.href);
    address.searchParams.set("q", this.input.value);
    try {
      const response = await fetch(address, { credentials: "omit", signal: this.asked.signal });
      if (!response.ok) return;
      const { suggestions } = await response.json();
      if (document.activeElement === this.input) this.show(suggestions);
    } catch {
      // A newer question was asked, or the network is away: the field works without.
    }
  }

  show(hits) {
    this.hits = hits;
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...hits.map((hit, index) => this.option(hit, index)));
    this.list.hidden = hits.length === 0;
    this.input.setAttribute("aria-expanded", String(hits.length > 0));
    this.status.textContent = hits.length ? `${this.input.dataset.textHits} ${hits.length}` : this.input.dataset.textNone;
  }

  option(hit, index) {
    const option = document.createElement("li");
    option.className = "suggest__option";
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.append(hit.text);
    if (hit.note) {
      const note = document.createElement("span");
      note.className = "suggest__note";
      note.textContent = hit.note;
      option.append(" ", note);
    }
    return option;
  }

  onKey(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen) {
        if (event.key === "ArrowDown") this.later();
        return;
      }
      event.preventDefault();
      this.mark(this.active + (event.key === "ArrowDown" ? 1 : this.active < 0 ? 0 : -1));
    } else if (event.key === "Enter" && isOpen && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
    }
  }

  mark(index) {
    const options = [...this.list.children];
    this.active = (index + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.active)));
    this.input.setAttribute("aria-activedescendant", options[this.active].id);
    options[this.active].scrollIntoView({ block: "nearest" });
  }

  choose(index) {
    const hit = this.hits[index];
    if (!hit) return;
    this.close();
    if (hit.url) {
      location.assign(hit.url);
      return;
    }
    this.input.value = hit.text;
    this.input.form.requestSubmit();
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
