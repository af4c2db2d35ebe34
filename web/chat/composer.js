/** The line the customer writes on. */

import { el } from "./dom.js";

/** The server's limit, in characters as people count them. */
const LIMIT = 500;
const WARN_FROM = 50;
const COMPOSING = 229;

export class Composer {
  #texts;
  #onSend;
  #field;
  #counter;

  /** `tool` stands above the line; `onSend(text)` gets a text that is neither blank nor too long. */
  constructor(texts, tool, onSend) {
    this.#texts = texts;
    this.#onSend = onSend;
    this.#counter = el("p", { class: "counter", id: "counter", hidden: true });
    this.#field = el("textarea", {
      id: "text",
      rows: "1",
      placeholder: texts.placeholder,
      enterkeyhint: "send",
      autocomplete: "off",
      "aria-describedby": "counter",
      oninput: () => this.#measure(),
      onkeydown: (event) => this.#onKey(event),
    });
    this.node = el(
      "form",
      { class: "composer", onsubmit: (event) => this.#submit(event) },
      el("div", { class: "row" }, tool, this.#counter),
      el("label", { for: "text", class: "unseen" }, texts.input),
      el("div", { class: "row line" }, this.#field, el("button", { type: "submit", class: "send" }, texts.send)),
    );
  }

  focus() {
    this.#field.focus();
  }

  /** Replaces what is written. */
  fill(text) {
    this.#field.value = text;
    this.#measure();
    this.focus();
  }

  /** Brings a text back for another try, above what has been written since. */
  restore(text) {
    this.fill([text, this.#field.value].filter(Boolean).join("\n"));
  }

  /** An Enter that ends an input method's composition is not ours; Safari tells it only by its code. */
  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === COMPOSING) return;
    this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (this.#left() < 0) this.#counter.setAttribute("role", "alert");
    else if (text) {
      this.#onSend(text);
      this.fill("");
    }
    this.focus();
  }

  #measure() {
    const left = this.#left();
    this.#counter.removeAttribute("role");
    this.#counter.hidden = left > WARN_FROM;
    this.#counter.textContent =
      left < 0 ? this.#texts.over.replace("{over}", -left) : this.#texts.counter.replace("{left}", left);
    this.#counter.classList.toggle("over", left < 0);
    this.#field.setAttribute("aria-invalid", String(left < 0));
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  #left() {
    return LIMIT - [...this.#field.value.trim()].length;
  }
}
