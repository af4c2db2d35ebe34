/** The scrolling conversation: keeps one node per entry, in order, and the newest words in sight. */

import { el } from "./dom.js";
import { createEntry, createSeparator } from "./entry.js";
import { date, day } from "./times.js";

const NEAR = 80;

export class Log {
  #texts;
  #act;
  #entries = new Map();
  #welcome;
  #typing;
  #newer;
  #seen = 0;

  /** `act` is what createEntry needs, and `ask(text)` for the first questions. */
  constructor(texts, act) {
    this.#texts = texts;
    this.#act = act;
    this.#welcome = this.#buildWelcome();
    this.#typing = el("div", { class: "typing", "aria-hidden": "true" }, el("i"), el("i"), el("i"), el("span", {}, texts.typing));
    this.#newer = el("button", { type: "button", class: "newer", hidden: true, onclick: () => this.#toEnd() }, texts.newer);
    this.scroller = el(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": texts.log, tabindex: "0" },
      this.#welcome,
      this.#typing,
    );
    this.scroller.addEventListener("scroll", () => this.#isAtEnd() && (this.#newer.hidden = true));
    this.node = el("div", { class: "conversation" }, this.scroller, this.#newer);
  }

  render(store) {
    const atEnd = this.#isAtEnd();
    const shown = timeline(store);
    const fresh = this.#place(shown);
    this.#welcome.hidden = shown.length > 0 || store.link === "connecting";
    this.#typing.hidden = !store.typing;
    this.scroller.setAttribute("aria-busy", String(store.link === "connecting" && !this.#seen));
    this.#follow(fresh, atEnd, store);
  }

  /** Puts the nodes of all entries in order; returns the first one that is new. */
  #place(shown) {
    const keys = new Set(shown.map((entry) => entry.key));
    for (const [key, { node }] of this.#entries) {
      if (keys.has(key)) continue;
      node.remove();
      this.#entries.delete(key);
    }
    let previous = this.#welcome;
    let first;
    for (const entry of shown) {
      const known = this.#entries.get(entry.key);
      const { node, update } = known ?? this.#create(entry);
      update(entry);
      if (previous.nextSibling !== node) previous.after(node);
      if (!known) first ??= { node, entry };
      previous = node;
    }
    return first;
  }

  #create(entry) {
    const made = entry.separator ? createSeparator(entry.separator) : createEntry(entry.message, this.#texts, this.#act);
    this.#entries.set(entry.key, made);
    return made;
  }

  /** A reader at the end stays there, but never loses the beginning of a long answer. */
  #follow(fresh, atEnd, store) {
    const isReload = !this.#seen;
    this.#seen = store.last;
    const isOwn = fresh?.entry.item !== undefined;
    if (!atEnd && !isOwn && !isReload) {
      if (fresh) this.#newer.hidden = false;
      return;
    }
    const top = fresh && !isOwn && !isReload ? fresh.node.offsetTop - NEAR / 4 : Infinity;
    this.scroller.scrollTop = Math.min(this.scroller.scrollHeight, top);
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.scroller.focus();
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #buildWelcome() {
    const { heading, text, starters } = this.#texts.welcome;
    const questions = starters.map((question) =>
      el("button", { type: "button", class: "reply", onclick: (event) => this.#act.ask(question, event) }, question),
    );
    const group = el("div", { class: "replies", role: "group", "aria-label": this.#texts.replies }, ...questions);
    return el("div", { class: "welcome", hidden: true }, el("h2", {}, heading), el("p", {}, text), group);
  }
}

/** Lists what the log shows: separators between days, the server's messages, then the outbox. */
function timeline(store) {
  const lines = [...store.messages.filter(hasContent).map((message) => received(message, store)), ...underway(store)];
  const shown = [];
  let today;
  lines.forEach((line, index) => {
    const next = lines[index + 1]?.message;
    line.tail = next?.author !== line.message.author || next.time.slice(0, 16) !== line.message.time.slice(0, 16);
    if (date(line.message.time) !== today) {
      today = date(line.message.time);
      shown.push({ key: `day ${today}`, separator: day(line.message.time) });
    }
    shown.push(line);
  });
  return shown;
}

function hasContent({ text, buttons, custom }) {
  return text || buttons?.length || custom?.type === "demo_code";
}

function received(message, store) {
  const open = store.isOpen(message);
  return { key: message.client_msg_id ?? message.seq, message, open, chosen: open ? undefined : store.chosenTitle(message) };
}

/** A control's command shows only when it could not be sent. */
function underway(store) {
  return store.outbox
    .filter(({ body, state }) => !body.command || state === "waiting" || state === "refused")
    .map((item) => ({ key: item.id, item, message: { author: "customer", text: item.label, time: item.time } }));
}
