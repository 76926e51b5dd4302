// The basket of documents to order. It lies in this window only (sessionStorage): no cookie, nothing on a server.
// Without it the links lead to the order form, which carries the numbers in its address.

const KEY = "diarium.order";

export function enhanceOrders() {
  document.querySelectorAll("[data-order-form]").forEach(showChosenWay);
  const header = document.querySelector("[data-basket]");
  if (header && isUsable()) new Basket(header);
}

class Basket {
  constructor(header) {
    this.header = header;
    this.text = header.dataset;
    this.status = document.querySelector("[data-basket-status]");
    this.link = header.querySelector("[data-basket-link]");
    if (this.followPage()) return;
    this.buttons = [...document.querySelectorAll("[data-order-add]")].map((link) => this.button(link));
    this.show();
    // Back to a page as the browser kept it: the basket may have changed meanwhile.
    window.addEventListener("pageshow", () => this.show());
  }

  // What the page itself says counts; a fresh form gets what lies in the basket.
  followPage() {
    if (document.querySelector("[data-order-done]")) write([]);
    const page = document.querySelector("[data-order-page]");
    if (!page) return false;
    if (!("fresh" in page.dataset)) {
      write(JSON.parse(page.dataset.numbers));
      return false;
    }
    if (!read().length) return false;
    window.location.replace(this.address());
    return true;
  }

  button(link) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = link.className;
    const number = document.createElement("span");
    number.className = "visually-hidden";
    number.textContent = ` ${link.dataset.orderAdd}`;
    button.replaceChildren(document.createElement("span"), number);
    button.dataset.number = link.dataset.orderAdd;
    button.addEventListener("click", () => this.toggle(button.dataset.number));
    link.replaceWith(button);
    return button;
  }

  toggle(number) {
    const numbers = read();
    const isIn = numbers.includes(number);
    if (!isIn && numbers.length >= Number(this.text.most)) {
      this.say(this.text.textFull);
      return;
    }
    write(isIn ? numbers.filter((one) => one !== number) : [...numbers, number]);
    this.show();
    this.say(`${this.text.textCount} ${read().length}`);
  }

  show() {
    const numbers = read();
    this.header.hidden = numbers.length === 0;
    this.header.querySelector("[data-basket-count]").textContent = `(${numbers.length})`;
    this.link.href = this.address();
    for (const button of this.buttons) {
      const isIn = numbers.includes(button.dataset.number);
      button.firstElementChild.textContent = isIn ? this.text.textRemove : this.text.textAdd;
    }
  }

  address() {
    const url = new URL(this.link.href);
    url.searchParams.delete("handling");
    for (const number of read()) url.searchParams.append("handling", number);
    return url.href;
  }

  say(text) {
    // Emptied first, so that the same words are read once more.
    this.status.textContent = "";
    requestAnimationFrame(() => { this.status.textContent = text; });
  }
}

// Only the field that goes with the chosen way, and any that holds something wrong.
function showChosenWay(form) {
  const ways = [...form.querySelectorAll("[data-order-way]")];
  const show = () => {
    const chosen = form.querySelector("input[name=kontakt]:checked")?.value;
    for (const way of ways) way.hidden = way.dataset.orderWay !== chosen && !way.querySelector("[aria-invalid=true]");
  };
  form.addEventListener("change", (event) => {
    if (event.target.name === "kontakt") show();
  });
  show();
}

function isUsable() {
  try {
    read();
    return true;
  } catch {
    return false; // storage is turned off
  }
}

function read() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
}

function write(numbers) {
  sessionStorage.setItem(KEY, JSON.stringify(numbers));
}
