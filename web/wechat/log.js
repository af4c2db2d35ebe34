/** The lines on the phone, with the newest in sight. */

import { el } from "../chat/dom.js";
import { clock, date, day } from "../chat/times.js";
import { createBubble } from "./bubbles.js";

/** Milliseconds between two lines after which the time is said again. */
const PAUSE = 5 * 60_000;
/** Pixels: this far from the end counts as reading the end. */
const NEAR = 80;

export class Log {
  #texts;
  #act;
  #node = document.querySelector(".log");
  #newer = document.querySelector(".newer");
  #latest = 0;
  #atEnd = true;
  #settled = false;

  /** `act` has `choose({id, label})`, for items of message menus. */
  constructor(texts, act) {
    this.#texts = texts;
    this.#act = act;
    this.#node.addEventListener("scroll", () => this.#look());
    this.#node.addEventListener("load", () => this.#atEnd && this.#toEnd(), { capture: true });
    this.#newer.addEventListener("click", () => this.#catchUp());
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(this.#node);
  }

  get isEmpty() {
    return !this.#node.hasChildNodes();
  }

  /** Adds `{at, source, kind, text, more}`; `at` is in seconds. */
  add(line) {
    if (this.#settled) this.#look(); // the browser tells of a scroll only with its next frame
    const at = line.at * 1000;
    if (at - this.#latest > PAUSE) this.#node.append(el("p", { class: "time" }, when(at)));
    this.#latest = at;
    this.#node.append(createBubble(line, this.#texts, this.#act));
    if (!this.#settled) return;
    if (this.#atEnd || line.source === "customer") this.#toEnd();
    else this.#newer.hidden = false;
  }

  /** From now on lines are news. */
  settle() {
    this.#settled = true;
    this.#node.ariaBusy = "false";
    this.#toEnd();
  }

  clear() {
    this.#node.replaceChildren();
    this.#node.ariaBusy = "true";
    this.#settled = false;
    this.#latest = 0;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#node;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#atEnd) this.#newer.hidden = true;
  }

  #toEnd() {
    this.#node.scrollTop = this.#node.scrollHeight;
  }

  #catchUp() {
    this.#toEnd();
    this.#node.focus();
  }
}

function when(at) {
  return date(at) === date(Date.now()) ? clock(at) : `${day(at)} ${clock(at)}`;
}
