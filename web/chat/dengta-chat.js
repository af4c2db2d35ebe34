/** `<dengta-chat base="/webhooks/web">`: the customer's chat. Its children show until it is ready. */

import { Client, ConversationLost } from "./client.js";
import { el } from "./dom.js";
import { Link } from "./link.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { View } from "./view.js";

const TEXTS_AGAIN_AFTER = 3_000;

class DengtaChat extends HTMLElement {
  #store = new Store(() => this.#draw());
  #client;
  #outbox;
  #link;
  #view;
  #drawing = false;

  async connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.replaceChildren(el("slot"));
    this.#client = new Client(this.getAttribute("base"), () => this.#beginAgain({ renewed: true }));
    this.#outbox = new Outbox(this.#client, this.#store);
    this.#link = new Link(this.#client, this.#store, () => this.#outbox.flush());
    const texts = await this.#fetchTexts();
    this.#view = new View(texts, this.#deeds(texts));
    await styled(root);
    if (!this.isConnected) return;
    root.querySelector("slot").replaceWith(this.#view.node);
    addEventListener("beforeunload", this.#warnOfUnsent);
    this.#store.set({ unrated: this.#client.unrated });
    this.#link.start();
    this.dispatchEvent(new CustomEvent("ready", { detail: texts }));
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.#warnOfUnsent);
    this.#link.stop();
  }

  #deeds(texts) {
    return {
      ask: (text, event) => this.#send({ text }, text, event),
      reply: (button, event) => this.#send({ payload_id: button.id }, button.title, event),
      resend: () => this.#outbox.flush(),
      edit: (item) => {
        this.#store.discard(item);
        this.#view.composer.restore(item.body.text);
      },
      rate: (invitation, answer) => this.#client.rate(invitation, answer),
      human: () => this.#outbox.send({ command: "human" }, texts.human),
      toggleSenior: () => this.#setTone(this.#store.tone === "senior" ? "standard" : "senior", texts.senior),
      clear: () => this.#clear(texts),
    };
  }

  /** A button that was pressed by key goes away, so the focus moves on; a finger must not bring up the keyboard. */
  #send(body, label, event) {
    this.#outbox.send(body, label);
    if (event?.detail === 0) this.#view.composer.focus();
  }

  #setTone(tone, label) {
    this.#store.set({ tone });
    this.#outbox.send({ command: tone }, label);
  }

  /** Resolves to true when the server has forgotten the conversation; large type stays for those who need it. */
  async #clear(texts) {
    const { tone } = this.#store;
    try {
      await this.#client.end();
    } catch (error) {
      if (!(error instanceof ConversationLost)) return false;
    }
    this.#beginAgain({ outbox: [], renewed: false });
    if (tone === "senior") this.#setTone(tone, texts.senior);
    this.#view.composer.focus();
    return true;
  }

  #beginAgain(facts) {
    this.#store.reset({ unrated: this.#client.unrated, ...facts });
    this.#link.hurry();
  }

  async #fetchTexts() {
    for (;;) {
      try {
        return await this.#client.texts();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, TEXTS_AGAIN_AFTER));
      }
    }
  }

  /** Draws at most once a frame, however much arrives. */
  #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.setAttribute("tone", this.#store.tone);
      this.#view.render(this.#store);
    });
  }

  #warnOfUnsent = (event) => {
    if (this.#store.unsent) event.preventDefault();
  };
}

/** Resolves when the stylesheet stands, or failed: an unstyled chat is better than none. */
function styled(root) {
  return new Promise((resolve) => {
    const href = new URL("dengta-chat.css", import.meta.url).href;
    root.prepend(el("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
  });
}

customElements.define("dengta-chat", DengtaChat);
