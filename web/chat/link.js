/** Keeps the events coming: stream and resume, long poll where streaming does not work, back off, wake up. */

import { readEvents } from "./events.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** The server sends a comment every 15 s; a stream silent for longer than this is dead. */
const SILENCE = 40_000;
/** A page that comes back to the front does not trust a connection that was silent for this long. */
const STALE = 30_000;

export class Link {
  #client;
  #store;
  #onLive;
  #abort = new AbortController();
  #streams = "body" in Response.prototype;
  #running = false;
  #hurried = false;
  #failures = 0;
  #heardAt = 0;
  #wake = () => {};
  #listeners = [
    [window, "online", () => this.hurry()],
    [window, "offline", () => this.#abort.abort()],
    [document, "visibilitychange", () => this.#distrust()],
  ];

  /** `onLive` is called each time a connection stands. */
  constructor(client, store, onLive) {
    this.#client = client;
    this.#store = store;
    this.#onLive = onLive;
  }

  start() {
    this.#listeners.forEach(([target, event, listener]) => target.addEventListener(event, listener));
    this.#running = true;
    this.#run();
  }

  stop() {
    this.#listeners.forEach(([target, event, listener]) => target.removeEventListener(event, listener));
    this.#running = false;
    this.hurry();
  }

  /** Drops the present connection, if any, and connects again at once. */
  hurry() {
    this.#hurried = true;
    this.#failures = 0;
    this.#abort.abort();
    this.#wake();
  }

  async #run() {
    while (this.#running) {
      this.#hurried = false;
      this.#abort = new AbortController();
      try {
        this.#store.set(await this.#client.open());
        await (this.#streams ? this.#stream() : this.#poll());
      } catch {
        // Whatever broke, the next attempt resumes after the last known seq.
      }
      this.#store.setTyping(false);
      if (!this.#hurried) await this.#pause();
    }
  }

  async #stream() {
    const response = await this.#client.stream(this.#store.last, this.#abort.signal);
    this.#live();
    let heard = false;
    const watch = setInterval(() => this.#isSilent(SILENCE) && this.#cut(heard), SILENCE / 4);
    try {
      for await (const event of readEvents(response.body)) {
        heard = true;
        this.#hear();
        this.#take(event);
      }
    } finally {
      clearInterval(watch);
    }
  }

  /** A stream that never brought anything is being held back by something between us and the server. */
  #cut(heard) {
    this.#streams = heard;
    this.#abort.abort();
  }

  #take({ type, data }) {
    if (type === "message") this.#store.receive(data);
    if (type === "typing") this.#store.setTyping(data.on);
    if (type === "reset") {
      this.#store.reset();
      this.hurry();
    }
  }

  async #poll() {
    for (let wait = false; ; wait = true) {
      const { messages, typing, reset } = await this.#client.poll(this.#store.last, wait, this.#abort.signal);
      if (!wait) this.#live();
      this.#hear();
      if (reset) this.#store.reset();
      messages.forEach((message) => this.#store.receive(message));
      this.#store.setTyping(typing);
    }
  }

  #live() {
    this.#heardAt = Date.now();
    this.#store.set({ link: "live" });
    this.#onLive();
  }

  #hear() {
    this.#heardAt = Date.now();
    this.#failures = 0;
  }

  #isSilent(limit) {
    return Date.now() - this.#heardAt > limit;
  }

  #distrust() {
    if (document.visibilityState !== "visible") return;
    if (this.#store.link !== "live" || this.#isSilent(STALE)) this.hurry();
  }

  /** Waits 0.5 s, 1 s, 2 s … 15 s, less up to a half by chance, or until somebody hurries. */
  async #pause() {
    const longest = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#failures += 1;
    this.#store.set({ link: navigator.onLine ? (this.#failures > 1 ? "retrying" : "connecting") : "offline" });
    await new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, longest * (1 - Math.random() / 2));
    });
  }
}
