// Comboboxes that find as you type: cases by number, title or party; senders by name. Without them the plain field and
// its search button do the same. Nothing is chosen by itself: Enter without a marked choice sends the form as usual.

const QUIET = 200; // milliseconds without typing before the server is asked
const SHORTEST = 2;

export function enhancePickers() {
  document.documentElement.classList.add("has-script");
  document.querySelectorAll("[data-picker]").forEach((box) => new Picker(box));
}

class Picker {
  constructor(box) {
    this.box = box;
    this.kind = KINDS[box.dataset.picker];
    this.input = box.querySelector("input.input");
    this.hits = [];
    this.active = -1;
    this.timer = 0;
    this.asked = null;
    this.build();
    this.listen();
  }

  build() {
    const field = this.input.closest(".field");
    const wrap = document.createElement("div");
    wrap.className = "picker";
    this.list = document.createElement("ul");
    this.list.className = "picker__list";
    this.list.id = `${this.input.id}-choices`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.box.dataset.label);
    this.list.hidden = true;
    this.status = document.createElement("p");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    this.input.replaceWith(wrap);
    wrap.append(this.input, this.list);
    field.append(this.status);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list" })) {
      this.input.setAttribute(name, value);
    }
  }

  listen() {
    this.input.addEventListener("input", (event) => {
      // What a script filled in was not typed.
      if (event.isTrusted) this.later();
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.index));
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
    let answer;
    try {
      const response = await this.kind.ask(this.box, this.input, this.asked.signal);
      if (!response.ok || response.redirected) return; // logged out: drafts.js says so
      answer = await response.json();
    } catch {
      return; // a newer question was asked, or the network is away: the field works without
    }
    if (document.activeElement === this.input) this.show(answer.hits);
  }

  show(hits) {
    this.hits = hits;
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...hits.map((hit, index) => this.option(hit, index)));
    this.list.hidden = hits.length === 0;
    this.input.setAttribute("aria-expanded", String(hits.length > 0));
    this.status.textContent = hits.length ? `${this.box.dataset.textHits} ${hits.length}` : this.box.dataset.textNone;
  }

  option(hit, index) {
    const option = document.createElement("li");
    option.className = "picker__option";
    option.id = `${this.list.id}-${index}`;
    option.dataset.index = index;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    if (!this.kind.canBeChosen(hit)) option.setAttribute("aria-disabled", "true");
    option.append(...this.kind.content(hit, this.box));
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
      this.mark(this.active + (event.key === "ArrowDown" ? 1 : -1));
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
    if (!hit || !this.kind.canBeChosen(hit)) return;
    this.close();
    this.kind.take(hit, this.box, this.input);
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
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

const KINDS = {
  cases: {
    ask: (box, input, signal) => fetch(`${box.dataset.url}?q=${encodeURIComponent(input.value)}`, { credentials: "same-origin", signal }),
    canBeChosen: (hit) => hit.is_open,
    content: (hit, box) => [
      text("picker__number", hit.number),
      text("", hit.title ?? box.dataset.textHidden),
      text("picker__note", [hit.why, hit.status, hit.authority].join(" · ")),
    ],
    take: (hit, box, input) => {
      input.value = hit.number;
      const radio = input.form.querySelector("[name=case_choice][value=existing]");
      if (radio) radio.checked = true;
      const chosen = box.querySelector("[data-picker-chosen]");
      if (chosen) chosen.textContent = `${hit.number}: ${hit.title ?? box.dataset.textHidden}`;
    },
  },
  parties: {
    ask: (box, input, signal) => {
      const body = new FormData();
      body.append("csrf_token", input.form.querySelector("[name=csrf_token]").value);
      body.append("q", input.value);
      return fetch(box.dataset.url, { method: "POST", body, credentials: "same-origin", signal });
    },
    canBeChosen: () => true,
    content: (hit) => [text("picker__number", hit.name), text("picker__note", [hit.line, hit.why].filter(Boolean).join(" · "))],
    take: (hit, box, input) => {
      for (const [name, value] of Object.entries(hit.values)) {
        // The answer is written for the first row of parties.
        const field = input.form.elements.namedItem(name.replace("party-0-", `party-${box.dataset.row}-`));
        if (field && value) field.value = value;
      }
    },
  },
};

function text(className, content) {
  const element = document.createElement("span");
  if (className) element.className = className;
  element.textContent = content;
  return element;
}
