/** Speaks to the platform as one phone; which one, a cookie says. */

const ANSWER_WITHIN = 15_000;
const TEXTS_AGAIN_AFTER = 2_000;

export class Client {
  #phone;
  #last = 0;

  /** Resolves to the page's sentences, however long the platform takes to start. */
  async texts() {
    for (;;) {
      try {
        const response = await fetch("/texts", { cache: "no-store" });
        if (response.ok) return await response.json();
      } catch {
        // The platform is not there yet.
      }
      await new Promise((resolve) => setTimeout(resolve, TEXTS_AGAIN_AFTER));
    }
  }

  say(text) {
    return this.#post("say", { text });
  }

  choose(id, text) {
    return this.#post("say", { text, menu_id: id });
  }

  speak(text, recognised) {
    return this.#post("voice", { text, recognised });
  }

  show(file) {
    return this.#post("image", file);
  }

  /** Takes a button of the menu: one with a `url` is only reported, the browser follows it. */
  click({ key, url }) {
    return this.#post("click", url ? { url } : { key });
  }

  follow(on) {
    return this.#post("follow", { on });
  }

  /**
   * Reports what the phone shows: `line(line)` once for each line, `state(state)`, `ready()` after the old lines,
   * `begin()` when the lines start from nothing again, `link(isUp)`.
   */
  listen(on) {
    const source = new EventSource("/phone/events");
    const data = (event) => JSON.parse(event.data);
    source.addEventListener("hello", (event) => this.#meet(data(event), on));
    source.addEventListener("line", (event) => this.#pass(data(event), on));
    source.addEventListener("state", (event) => on.state(data(event)));
    source.addEventListener("ready", () => on.ready());
    source.addEventListener("open", () => on.link(true));
    source.addEventListener("error", () => on.link(false));
  }

  #meet({ openid, since }, on) {
    const phone = `${openid} ${since}`;
    if (phone !== this.#phone) {
      this.#last = 0;
      on.begin();
    }
    this.#phone = phone;
  }

  #pass(line, on) {
    if (line.seq <= this.#last) return;
    this.#last = line.seq;
    on.line(line);
  }

  async #post(path, body) {
    const options = body instanceof Blob ? { body } : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN);
      return (await fetch(`/phone/${path}`, { method: "POST", signal, ...options })).ok;
    } catch {
      return false;
    }
  }
}
