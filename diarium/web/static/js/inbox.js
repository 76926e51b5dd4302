// The inbox by keyboard: j and k or the arrows move, Enter opens the marked row, x chooses it, r registers it.

import { isOn, isTyping } from "./shortcuts.js";

const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

export function enhanceInbox() {
  const table = document.querySelector("[data-inbox]");
  const rows = table ? [...table.querySelectorAll("tbody tr")] : [];
  if (rows.length) new Inbox(rows);
}

class Inbox {
  constructor(rows) {
    this.rows = rows;
    this.place = 0;
    this.mark(0);
    document.addEventListener("keydown", (event) => this.onKey(event));
    rows.forEach((row, index) => row.addEventListener("focusin", () => this.mark(index)));
    document.querySelector("[data-choose-all]")?.addEventListener("change", (event) => this.chooseAll(event.target.checked));
  }

  mark(place) {
    this.rows[this.place].removeAttribute("data-current");
    this.place = place;
    this.rows[place].setAttribute("data-current", "");
  }

  onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !isOn()) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const isElsewhere = document.activeElement !== document.body && !this.rows.some((row) => row.contains(document.activeElement));
    const isLetter = event.key.length === 1;
    // Arrows scroll, and Enter presses, wherever the focus is on something else.
    if (isElsewhere && !isLetter) return;
    if (event.key in STEPS) {
      event.preventDefault();
      this.move(STEPS[event.key]);
    } else if (event.key === "Enter" && document.activeElement === document.body) {
      event.preventDefault();
      this.link().click();
    } else if (event.key === "x") {
      event.preventDefault();
      this.rows[this.place].querySelector("input[type=checkbox]")?.click();
    } else if (event.key === "r") {
      event.preventDefault();
      const address = this.rows[this.place].dataset.registerUrl;
      if (address) location.assign(address);
    }
  }

  move(step) {
    this.mark(Math.min(this.rows.length - 1, Math.max(0, this.place + step)));
    this.link().focus();
  }

  link() {
    return this.rows[this.place].querySelector("th a, td a");
  }

  chooseAll(isChosen) {
    this.rows.forEach((row) => {
      const box = row.querySelector("input[type=checkbox]");
      if (box) box.checked = isChosen;
    });
  }
}
