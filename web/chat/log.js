/** The scrolling conversation: keeps one node per entry, in order, and the newest words in sight. */

import { el } from "./dom.js";
import { createEntry, createSeparator } from "./entry.js";
import { isInvitation } from "./store.js";
import { date, day } from "./times.js";

/** Pixels: this far from the end counts as reading the end; this much of what was before an answer stays in sight. */
const NEAR = 80;
const MARGIN = 20;

export class Log {
  #texts;
  #act;
  #entries = new Map();
  #welcome;
  #typing;
  #newer;
  #atEnd = true;

  /** `act` is what createEntry needs, and `ask(text)` for the first questions. */
  constructor(texts, act) {
    this.#texts = texts;
    this.#act = act;
    this.#welcome = this.#buildWelcome();
    this.#typing = el("div", { class: "typing", "aria-hidden": "true" }, el("i"), el("i"), el("i"), el("span", {}, texts.typing));
    this.#newer = el("button", { type: "button", class: "newer", hidden: true, onclick: () => this.#catchUp() }, texts.newer);
    this.scroller = el(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": texts.log, tabindex: "0" },
      this.#welcome,
      this.#typing,
    );
    this.scroller.addEventListener("scroll", () => this.#look());
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(this.scroller);
    this.node = el("div", { class: "conversation" }, this.scroller, this.#newer);
  }

  render(store) {
    const isFirst = this.#entries.size === 0;
    const shown = timeline(store);
    const fresh = this.#place(shown);
    this.#welcome.hidden = shown.length > 0 || store.link === "connecting";
    this.#typing.hidden = !store.typing;
    this.scroller.setAttribute("aria-busy", String(store.link === "connecting" && isFirst));
    this.#follow(fresh, isFirst);
  }

  /** Puts the nodes of all entries in order; returns the new ones. */
  #place(shown) {
    const keys = new Set(shown.map((entry) => entry.key));
    for (const [key, { node }] of this.#entries) {
      if (keys.has(key)) continue;
      node.remove();
      this.#entries.delete(key);
    }
    let previous = this.#welcome;
    const fresh = [];
    for (const entry of shown) {
      const known = this.#entries.get(entry.key);
      const { node, update } = known ?? this.#create(entry);
      update(entry);
      if (previous.nextSibling !== node) previous.after(node);
      if (!known) fresh.push({ node, entry });
      previous = node;
    }
    return fresh;
  }

  #create(entry) {
    const made = entry.separator ? createSeparator(entry.separator) : createEntry(entry.message, this.#texts, this.#act);
    this.#entries.set(entry.key, made);
    return made;
  }

  /** A reader at the end stays there, but never loses the beginning of a long answer. */
  #follow(fresh, isFirst) {
    const isOwn = fresh.some(({ entry }) => entry.item);
    if (isFirst || isOwn || (this.#atEnd && !fresh.length)) this.#toEnd();
    else if (this.#atEnd) this.scroller.scrollTop = fresh[0].node.offsetTop - MARGIN;
    if (fresh.length) this.#newer.hidden = false;
    this.#look();
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#atEnd) this.#newer.hidden = true;
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #catchUp() {
    this.#toEnd();
    this.scroller.focus();
  }

  #buildWelcome() {
    const { heading, text, starters } = this.#texts.welcome;
    const questions = starters.map((question) =>
      el("button", { type: "button", class: "reply", onclick: (event) => this.#act.ask(question, event) }, question),
    );
    const group = el("div", { class: "replies", role: "group", "aria-label": this.#texts.replies }, ...questions);
    return el("div", { class: "welcome", hidden: true }, el("h3", {}, heading), el("p", {}, text), group);
  }
}

/** Lists what the log shows: separators between days, the server's messages, then the outbox. */
function timeline(store) {
  const said = store.messages.filter(hasContent).map((message) => received(message, store));
  const lines = [...unrated(store), ...said, ...underway(store)];
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

/** What the customer may still rate of the conversation before stands first. */
function unrated({ unrated: invitation, messages }) {
  if (!invitation) return [];
  const time = messages[0]?.time ?? new Date().toISOString();
  const message = { author: "notice", custom: { type: "satisfaction", asks: "score", invitation }, time };
  return [{ key: `rating ${invitation}`, message, open: false }];
}

/** The customer's own message keeps the node it had in the outbox; others are their own key, as a reset reuses seqs. */
function received(message, store) {
  const open = store.isOpen(message);
  const chosen = open ? undefined : store.chosenTitle(message);
  return { key: message.client_msg_id ?? message, message, open, chosen, news: saidAbout(message.custom?.invitation, store) };
}

function saidAbout(invitation, { messages }) {
  return invitation ? messages.filter(({ custom }) => custom?.invitation === invitation).length : 0;
}

/** A control's command shows only when it could not be sent. */
function underway(store) {
  return store.outbox
    .filter(({ body, state }) => !body.command || state === "waiting" || state === "refused")
    .map((item) => ({ key: item.id, item, message: { author: "customer", text: item.label, time: item.time } }));
}
