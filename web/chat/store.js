/** What the widget knows: the server's messages in order of seq, and what is still on its way there. */

const TYPING_FOR = 20_000;

export class Store {
  /** The server's messages, ordered, each seq once. */
  messages = [];
  /** Own messages without an echo yet: `{id, body, label, time, state, problem}`; state: sending, waiting, sent, refused. */
  outbox = [];
  typing = false;
  tone = "standard";
  /** connecting, live, retrying or offline. */
  link = "connecting";
  demo = false;
  /** True after the server replaced an ended conversation. */
  renewed = false;
  /** The invitation to rate that stands above the conversation, from the one before; none if this one has it. */
  unrated;
  #onChange;
  #typingTimer;

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** The seq up to which everything is known. */
  get last() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** True while a button of this message may still be used: nothing was said after it. */
  isOpen(message) {
    return !this.outbox.some(isUnderway) && !this.#nextOfCustomer(message);
  }

  /** The title that answered this message's buttons, if one did. */
  chosenTitle(message) {
    const answer = this.outbox.find(isUnderway)?.label;
    return this.#nextOfCustomer(message)?.text ?? answer;
  }

  #nextOfCustomer(message) {
    return this.messages.find((other) => other.seq > message.seq && other.author === "customer");
  }

  /** Takes a message from the server; a known seq changes nothing. */
  receive(message) {
    if (message.seq <= this.last) return;
    this.messages.push(message);
    this.outbox = this.outbox.filter((item) => item.id !== message.client_msg_id);
    if (message.custom?.type === "tone") this.tone = message.custom.tone;
    if (isInvitation(message, this.unrated)) this.unrated = undefined;
    this.#onChange();
  }

  /** Puts a message in the outbox, where a refused button or control makes room; `body` is `{text}`, `{payload_id}` or `{command}`. */
  enqueue(body, label) {
    const item = { id: randomId(), body, label, time: new Date().toISOString(), state: "sending" };
    this.outbox = [...this.outbox.filter(({ state, body: { text } }) => state !== "refused" || text), item];
    this.set({ renewed: false });
  }

  /** The next message to send, oldest first. */
  get unsent() {
    return this.outbox.find((item) => item.state === "sending" || item.state === "waiting");
  }

  /** Marks everything unsent as waiting for a later attempt. */
  hold(problem) {
    for (const item of this.outbox.filter(isUnsent)) Object.assign(item, { state: "waiting", problem });
    this.#onChange();
  }

  /** Marks everything unsent as on its way. */
  release() {
    for (const item of this.outbox.filter(isUnsent)) Object.assign(item, { state: "sending", problem: undefined });
    this.#onChange();
  }

  /** The server has the message; its echo, if it is not here yet, takes the place of the outbox's copy. */
  accept(item) {
    item.state = "sent";
    if (item.body.command) this.discard(item);
    this.#onChange();
  }

  /** The server will never take this message. */
  refuse(item, problem) {
    Object.assign(item, { state: "refused", problem });
    this.#onChange();
  }

  discard(item) {
    this.outbox = this.outbox.filter((other) => other !== item);
    this.#onChange();
  }

  setTyping(on) {
    clearTimeout(this.#typingTimer);
    if (on) this.#typingTimer = setTimeout(() => this.setTyping(false), TYPING_FOR);
    this.typing = on;
    this.#onChange();
  }

  /** Changes single facts: `link`, `tone`, `demo`. */
  set(facts) {
    Object.assign(this, facts);
    this.#onChange();
  }

  /** Forgets the conversation; what is unsent stays and is sent into the next one. */
  reset(facts = {}) {
    this.messages = [];
    this.outbox = this.outbox.filter((item) => item.state !== "sent");
    this.setTyping(false);
    this.set({ tone: "standard", ...facts });
  }
}

/** Tells whether a message asks for a rating: a certain one, if one is named. */
export function isInvitation({ custom }, invitation = custom?.invitation) {
  return custom?.type === "satisfaction" && custom.asks === "score" && custom.invitation === invitation;
}

function isUnsent(item) {
  return item.state === "sending" || item.state === "waiting";
}

function isUnderway(item) {
  return item.state !== "refused" && !item.body.command;
}

/** `crypto.randomUUID` is missing on plain http. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
