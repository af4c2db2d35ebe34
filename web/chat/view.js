/** The widget's frame: header, banner, conversation, writing line, and the question before clearing. */

import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { Log } from "./log.js";

export class View {
  #texts;
  #state;
  #badge;
  #senior;
  #banner;
  #log;
  #dialog;

  /** `act` has the deeds of a customer: `ask`, `reply`, `resend`, `edit`, `human`, `toggleSenior`, `clear`. */
  constructor(texts, act) {
    this.#texts = texts;
    this.composer = new Composer(texts, button("human", texts.human, () => act.human()), (text) => act.ask(text));
    this.#log = new Log(texts, { ...act, fill: (code) => this.composer.fill(code) });
    this.#banner = el("div", { class: "banner", role: "status" });
    this.#dialog = this.#buildDialog(act);
    this.node = el(
      "section",
      { class: "chat", lang: "zh-CN", "aria-label": texts.title, onkeydown: (event) => this.#onKey(event) },
      this.#buildHeader(act),
      this.#banner,
      this.#log.node,
      el("footer", {}, this.composer.node),
      this.#dialog,
    );
    this.node.addEventListener("click", takeDoubleForOne, true);
  }

  render(store) {
    this.#log.render(store);
    this.#badge.hidden = !store.demo;
    this.#senior.setAttribute("aria-pressed", String(store.tone === "senior"));
    setText(this.#state, store.link === "live" ? this.#texts.subtitle : this.#texts.connecting);
    setText(this.#banner, this.#texts[store.link] ?? (store.renewed ? this.#texts.renewed : ""));
  }

  #buildHeader(act) {
    const logo = new URL("lighthouse.svg", import.meta.url).href;
    const title = el("h2", {}, this.#texts.title);
    this.#badge = el("span", { class: "badge", hidden: true }, this.#texts.demo);
    this.#state = el("p", { class: "state" });
    this.#senior = button("senior", this.#texts.senior, () => act.toggleSenior());
    const controls = { class: "controls", role: "group", "aria-label": this.#texts.controls };
    return el(
      "header",
      {},
      el("img", { src: logo, alt: "", width: "40", height: "40" }),
      el("div", { class: "name" }, el("div", { class: "title" }, title, this.#badge), this.#state),
      el("div", controls, this.#senior, button("clear", this.#texts.clear, () => this.#dialog.showModal())),
    );
  }

  #buildDialog(act) {
    const { heading, text, confirm, keep, failed } = this.#texts.confirm_clear;
    const problem = el("p", { class: "problem", role: "alert" });
    const clear = async () => {
      setText(problem, (await act.clear()) ? "" : failed);
      if (!problem.textContent) dialog.close();
    };
    const dialog = el(
      "dialog",
      { "aria-labelledby": "clear-heading", "aria-describedby": "clear-text", onclose: () => setText(problem, "") },
      el("h3", { id: "clear-heading" }, heading),
      el("p", { id: "clear-text" }, text),
      problem,
      el("div", { class: "row" }, button("keep", keep, () => dialog.close()), button("send", confirm, clear)),
    );
    return dialog;
  }

  #onKey(event) {
    if (event.key === "Escape" && !this.#dialog.open) this.composer.focus();
  }
}

function button(name, label, onclick) {
  return el("button", { type: "button", class: name, onclick }, label);
}

/** Some people double-click everything; no control may act twice for that. */
function takeDoubleForOne(event) {
  if (event.detail <= 1) return;
  event.stopPropagation();
  if (event.target.closest("label")) event.preventDefault();
}

/** Leaves equal text alone, so that a screen reader does not say it again. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
