/** The account's menu, which takes turns with the writing line. */

import { el } from "../chat/dom.js";

export class Menu {
  #texts;
  #onClick;
  #onWrite;
  #node = document.querySelector("nav.menu");
  #switch = document.querySelector(".switch");
  #shown = "";

  /** `onClick(button)` gets a button with `key` or `url`, `onWrite()` is called when the writing line comes back. */
  constructor(texts, onClick, onWrite) {
    this.#texts = texts;
    this.#onClick = onClick;
    this.#onWrite = onWrite;
    this.#switch.addEventListener("click", () => this.#turn());
    this.#node.addEventListener("keydown", (event) => event.key === "Escape" && this.#fold());
    document.addEventListener("click", (event) => this.#node.contains(event.target) || this.#fold());
    this.#label();
  }

  /** Shows the buttons `{name, key | url | sub_button}`; without any the writing line stays. */
  show(buttons) {
    this.#switch.hidden = buttons.length === 0;
    if (this.#switch.hidden && !this.#node.hidden) this.#turn();
    if (JSON.stringify(buttons) === this.#shown) return;
    this.#shown = JSON.stringify(buttons);
    this.#node.replaceChildren(...buttons.map((button) => (button.sub_button ? this.#group(button) : this.#item(button))));
  }

  #turn() {
    const writing = !this.#node.hidden;
    this.#node.hidden = writing;
    document.querySelector(".composer").hidden = !writing;
    this.#label();
    if (writing) this.#onWrite();
  }

  #label() {
    const writing = this.#node.hidden;
    this.#switch.ariaLabel = writing ? this.#texts.to_menu : this.#texts.to_keyboard;
    this.#switch.firstElementChild.className = `glyph ${writing ? "menu" : "keyboard"}`;
  }

  #item(button) {
    const { name, url } = button;
    const click = () => {
      this.#fold();
      this.#onClick(button);
    };
    if (url) return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", onclick: click }, name);
    return el("button", { type: "button", onclick: click }, name);
  }

  #group({ name, sub_button: below }) {
    const list = el("ul", { hidden: true }, ...below.map((button) => el("li", {}, this.#item(button))));
    const open = el("button", { type: "button", class: "group", "aria-expanded": "false" }, name);
    open.addEventListener("click", () => {
      const folded = list.hidden;
      this.#fold();
      list.hidden = !folded;
      open.ariaExpanded = String(folded);
    });
    return el("div", { class: "part" }, list, open);
  }

  #fold() {
    for (const list of this.#node.querySelectorAll("ul")) list.hidden = true;
    for (const open of this.#node.querySelectorAll(".group")) open.ariaExpanded = "false";
  }
}
