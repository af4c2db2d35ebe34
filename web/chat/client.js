/** The protocol of docs/web-protocol.md: one conversation, spoken by `fetch`. */

const KEY = "dengta-chat";
const RATING = "dengta-chat-rating";
const ANSWER_WITHIN = 15_000;
const POLL_FOR = 25;
const RENEW_AT = 0.8;

/** The server said no; `passing` means the same request may succeed later. */
export class Refusal extends Error {
  constructor(status, code, message, retryAfter) {
    super(message);
    Object.assign(this, { status, code, retryAfter, passing: status === 429 || status >= 500 });
  }
}

/** The conversation ended on the server; a new one is already there. */
export class ConversationLost extends Error {}

export class Client {
  #base;
  #onReplaced;
  #token = sessionStorage.getItem(KEY) ?? undefined;
  #session;
  #renewing = false;
  #conversation = 0;
  #timer;
  #invitations = new Map();

  /** `onReplaced` is called when the server no longer knew the conversation and started another one. */
  constructor(base, onReplaced) {
    this.#base = base;
    this.#onReplaced = onReplaced;
  }

  /** Makes sure there is a session; resolves to `{demo}`. */
  open() {
    this.#session ??= this.#renew();
    return this.#session;
  }

  /** Ends the conversation on the server; the next call starts a new one. */
  async end() {
    await this.#call("/session", { method: "DELETE" });
    sessionStorage.removeItem(RATING);
    this.#forget();
  }

  /** Sends one message; resolves to `{seq, duplicate}`. */
  async post(message) {
    return (await this.#call("/messages", { method: "POST", body: JSON.stringify(message) })).json();
  }

  /** Resolves to `{messages, typing, reset}` after `seq`; with `wait` not before there is something new. */
  async poll(seq, wait, signal) {
    const path = `/messages?after=${seq}&wait=${wait ? POLL_FOR : 0}`;
    return (await this.#call(path, { signal }, ANSWER_WITHIN + POLL_FOR * 1000)).json();
  }

  /** Opens the event stream after `seq`; resolves to the response as soon as its head is there. */
  stream(seq, signal) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": String(seq) };
    return this.#call(`/events?after=${seq}`, { headers, signal });
  }

  /**
   * Resolves to what the customer answered to an invitation to rate, or sends an answer first. It may be one of a
   * conversation that has ended since: the token that conversation had last is kept until the answer is there.
   */
  async rate(invitation, answer) {
    const token = this.#invited(invitation);
    const options = answer ? { method: "PUT", body: JSON.stringify(answer) } : {};
    try {
      const state = await (await this.#fetch(`/ratings/${invitation}`, { ...options, token })).json();
      if (state.score || state.declined || state.expired) sessionStorage.removeItem(RATING);
      return state;
    } catch (error) {
      if (error.status === 404 || error.status === 401) sessionStorage.removeItem(RATING);
      throw error;
    }
  }

  /** The newest invitation that was not answered, from before the present conversation or of it. */
  get unrated() {
    return JSON.parse(sessionStorage.getItem(RATING))?.invitation;
  }

  /** Returns the token an invitation came with. */
  #invited(invitation) {
    if (!this.#invitations.has(invitation)) {
      const kept = JSON.parse(sessionStorage.getItem(RATING));
      const token = kept?.invitation === invitation ? kept.token : this.#token;
      this.#invitations.set(invitation, token);
      sessionStorage.setItem(RATING, JSON.stringify({ invitation, token }));
    }
    return this.#invitations.get(invitation);
  }

  /** Resolves to the widget's sentences. */
  async texts() {
    return (await this.#fetch("/texts", {})).json();
  }

  async #call(path, options, within) {
    await this.open();
    const [token, conversation] = [this.#token, this.#conversation];
    try {
      return await this.#fetch(path, options, within);
    } catch (error) {
      if (error.status !== 401) throw error;
    }
    if (token === this.#token && !this.#renewing) this.#session = this.#renew();
    await this.open();
    if (conversation !== this.#conversation) throw new ConversationLost();
    return this.#fetch(path, options, within);
  }

  async #renew() {
    this.#renewing = true;
    clearTimeout(this.#timer);
    try {
      const { token, expires_in: seconds, demo } = await this.#sessionOrNew();
      this.#token = token;
      sessionStorage.setItem(KEY, token);
      this.#timer = setTimeout(() => this.#renewEarly(), seconds * 1000 * RENEW_AT);
      return { demo };
    } catch (error) {
      this.#session = undefined;
      throw error;
    } finally {
      this.#renewing = false;
    }
  }

  async #sessionOrNew() {
    const start = async () => (await this.#fetch("/session", { method: "POST" })).json();
    try {
      return await start();
    } catch (error) {
      if (error.status !== 401 || !this.#token) throw error;
    }
    this.#forget();
    const session = await start();
    this.#onReplaced();
    return session;
  }

  /** A failure here costs nothing: the next call renews again and reports it. */
  #renewEarly() {
    this.#session = this.#renew();
    this.#session.catch(() => {});
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#conversation += 1;
    this.#token = this.#session = undefined;
    sessionStorage.removeItem(KEY);
  }

  async #fetch(path, { signal, headers, token = this.#token, ...options }, within = ANSWER_WITHIN) {
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    const timer = setTimeout(onAbort, within);
    const authorization = token ? { Authorization: `Bearer ${token}` } : {};
    const content = options.body ? { "Content-Type": "application/json" } : {};
    try {
      const response = await fetch(this.#base + path, {
        ...options,
        headers: { ...authorization, ...content, ...headers },
        cache: "no-store",
        credentials: "omit",
        signal: abort.signal,
      });
      if (!response.ok) throw await refusal(response);
      return response;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function refusal(response) {
  const { error, message } = await response.json().catch(() => ({}));
  return new Refusal(response.status, error, message, Number(response.headers.get("Retry-After")) || 0);
}
