// Keeps what is being typed on the server, never in this browser: the machine may be shared. Survives a crash, a logout
// and a session that ran out; files are uploaded along and then stand among those that are there.

const QUIET = 3000; // milliseconds after the last change
const AGAIN = 15000; // after a failure
const TRUSTED = 10 * 60 * 1000; // so long after the last answer the session is taken for alive

export function keepDrafts() {
  document.querySelectorAll("[data-draft]").forEach((note) => new Drafts(note));
}

class Drafts {
  constructor(note) {
    this.note = note;
    this.form = note.closest("form");
    this.timer = 0;
    this.isChanged = false;
    this.isSaving = false;
    this.isSent = false;
    this.answeredAt = Date.now();
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("change", () => this.changed());
    // Before the other listeners: a form that is not sent must not be taken for sent.
    this.form.addEventListener("submit", (event) => this.onSubmit(event), { capture: true });
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) this.isSent = false; });
  }

  changed() {
    this.isChanged = true;
    this.plan(QUIET);
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { void this.save(); }, wait);
  }

  async save() {
    if (!this.isChanged || this.isSent) return;
    if (this.isSaving) {
      this.plan(QUIET);
      return;
    }
    this.isSaving = true;
    this.isChanged = false;
    const body = this.body();
    const response = await send(this.note.dataset.url, body);
    this.isSaving = false;
    if (response?.ok && !response.redirected) {
      this.saved(await response.json(), body.getAll("files"));
      return;
    }
    this.isChanged = true;
    const text = await messageOf(response);
    if (response && (response.redirected || response.status === 400)) await this.comeBack();
    else this.tell("failed", text ?? this.note.dataset.textFailed);
    this.plan(AGAIN);
  }

  saved(answer, sent) {
    this.answeredAt = Date.now();
    this.tell(answer.message ? "failed" : "saved", answer.message ?? `${this.note.dataset.textSaved} ${answer.saved_at}.`);
    if (answer.files.length && sent.length) {
      this.form.dispatchEvent(new CustomEvent("registration:files", { detail: answer.files }));
      this.form.querySelectorAll("[data-files]").forEach((box) => box.dispatchEvent(new Event("files:taken")));
    }
  }

  // The session may have ended, or begun anew in another tab: then the form gets the new session's token.
  async comeBack() {
    const token = await freshToken(this.note.dataset.tokenUrl);
    if (token === null) {
      this.tell("failed", this.note.dataset.textOut, true);
      return false;
    }
    document.querySelectorAll("input[name=csrf_token]").forEach((field) => { field.value = token; });
    this.answeredAt = Date.now();
    return true;
  }

  onSubmit(event) {
    if (Date.now() - this.answeredAt < TRUSTED && this.note.dataset.state !== "failed") {
      this.isSent = true;
      return;
    }
    // Sent without a session, all that was typed would be lost.
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    void this.comeBack().then((isIn) => {
      if (!isIn) {
        this.note.scrollIntoView({ block: "center" });
        return;
      }
      this.note.dataset.state = "";
      this.form.requestSubmit(button);
    });
  }

  leave() {
    if (!this.isChanged || this.isSent) return;
    const body = this.body();
    body.delete("files");
    if (navigator.sendBeacon?.(this.note.dataset.url, body)) this.isChanged = this.chosenFiles().length > 0;
  }

  body() {
    const body = new FormData(this.form);
    const box = this.form.querySelector("[data-files]");
    const total = this.chosenFiles().reduce((sum, file) => sum + file.size, 0);
    // Nothing chosen is sent as a file without a name; what is too large is told of by the field.
    if (total === 0 || total > Number(box?.dataset.maxBytes ?? Infinity)) body.delete("files");
    return body;
  }

  chosenFiles() {
    return [...(this.form.querySelector("[data-files] input[type=file]")?.files ?? [])];
  }

  tell(state, text, withLogin = false) {
    const isNew = this.note.dataset.state !== state;
    this.note.dataset.state = state;
    // Read out only when it goes wrong: each saving would drown the typing.
    if (state === "failed" && isNew) this.note.setAttribute("role", "alert");
    if (state !== "failed") this.note.removeAttribute("role");
    this.note.textContent = text;
    if (!withLogin) return;
    const link = document.createElement("a");
    link.href = this.note.dataset.loginUrl;
    link.target = "_blank";
    link.textContent = this.note.dataset.textLogin;
    this.note.append(" ", link);
  }
}

async function send(url, body) {
  try {
    return await fetch(url, { method: "POST", body, credentials: "same-origin" });
  } catch {
    return null; // the network is away
  }
}

async function messageOf(response) {
  if (!response || !response.headers.get("Content-Type")?.includes("json")) return null;
  return (await response.json()).message ?? null;
}

async function freshToken(url) {
  try {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok || response.redirected) return null;
    return (await response.json()).csrf_token;
  } catch {
    return null;
  }
}
