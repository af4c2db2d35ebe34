/** Sends the store's outbox, oldest first and one at a time, until the server has everything. */

import { ConversationLost, Refusal } from "./client.js";

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 30_000;

export class Outbox {
  #client;
  #store;
  #busy = false;
  #failures = 0;
  #timer;

  constructor(client, store) {
    this.#client = client;
    this.#store = store;
  }

  /** Queues a message and sends it as soon as everything before it is sent. */
  send(body, label) {
    this.#store.enqueue(body, label);
    this.flush();
  }

  /** Tries at once whatever is unsent. */
  async flush() {
    if (this.#busy || !this.#store.unsent) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    this.#store.release();
    try {
      for (let item = this.#store.unsent; item && (await this.#deliver(item)); item = this.#store.unsent);
    } finally {
      this.#busy = false;
    }
  }

  async #deliver(item) {
    try {
      await this.#client.post({ client_msg_id: item.id, ...item.body });
      this.#failures = 0;
      this.#store.accept(item);
      return true;
    } catch (error) {
      if (error instanceof ConversationLost) return true;
      if (error instanceof Refusal && !error.passing) {
        this.#store.refuse(item, error.message);
        return true;
      }
      this.#later(error);
      return false;
    }
  }

  #later({ message, retryAfter }) {
    const pause = retryAfter * 1000 || Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#failures += 1;
    this.#store.hold(retryAfter === undefined ? undefined : message);
    this.#timer = setTimeout(() => this.flush(), pause * (1 + Math.random() / 4));
  }
}
