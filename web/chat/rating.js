/** The card on which a customer rates a person's help: a score, reasons, words, then whether they would recommend us. */

import { el } from "./dom.js";

const LONGEST = 500;
const AGAIN_AFTER = 5_000;

/**
 * Builds the card of an invitation. `rate(answer)` sends an answer, or asks what was answered without one; it resolves to
 * `{score, reasons, nps, words, declined, expired}`.
 */
export class Rating {
  #texts;
  #rate;
  #state;
  #busy = false;
  #step;
  #problem;

  constructor(texts, rate) {
    this.#texts = texts;
    this.#rate = rate;
    this.#step = el("div", { class: "step", tabindex: "-1" });
    this.node = el("section", { class: "rating", "aria-label": texts.invitation }, this.#step);
    this.refresh();
  }

  /** Shows what is known by now, unless the customer is at it. */
  async refresh() {
    try {
      const state = await this.#rate();
      if (!this.#state || state.score !== this.#state.score) this.#show(state);
    } catch (error) {
      if (error.status === 404) this.node.remove();
      else if (!this.#state) setTimeout(() => this.refresh(), AGAIN_AFTER);
    }
  }

  #show(state, step = first(state)) {
    this.#state = state;
    const held = this.#step.contains(this.node.getRootNode().activeElement);
    const steps = { score: () => this.#scoreForm(), nps: () => this.#npsForm() };
    this.#step.replaceChildren(...(steps[step] ?? (() => this.#done()))());
    if (held) this.#step.focus();
  }

  #scoreForm() {
    const texts = this.#texts;
    const reasons = el("div", { class: "more", hidden: true });
    const scores = texts.scores.map(({ value, title }) =>
      choice("radio", "score", value, [el("b", {}, String(value)), el("span", {}, title)], {
        checked: value === this.#state.score,
        onchange: () => this.#ask(reasons, value),
      }),
    );
    const form = this.#form(texts.submit, texts.skip, () => this.#rateIt(form), () => this.#decline());
    form.prepend(group("scores", texts.invitation, scores), reasons);
    if (this.#state.score) this.#ask(reasons, this.#state.score);
    return [form];
  }

  /** Shows the reasons that belong to a score; what was written already stays. */
  #ask(place, score) {
    const side = score >= this.#texts.satisfied_from ? "good" : "bad";
    if (place.dataset.side === side) return;
    const written = place.querySelector("textarea")?.value ?? this.#state.words;
    const chips = this.#texts.reasons[side].map(({ id, title }) =>
      choice("checkbox", "reason", id, [title], { checked: this.#state.reasons.includes(id) }),
    );
    const field = el("textarea", { rows: "2", maxlength: String(LONGEST) });
    field.value = written;
    place.dataset.side = side;
    place.hidden = false;
    place.replaceChildren(
      group("chips", this.#texts[side], chips),
      el("label", { class: "words" }, this.#texts.words, el("small", {}, this.#texts.hint), field),
    );
  }

  #npsForm() {
    const { nps, nps_least: least, nps_most: most, nps_submit: submit, nps_skip: skip } = this.#texts;
    const numbers = this.#texts.nps_values.map((value) =>
      choice("radio", "nps", value, [el("b", {}, String(value))], { checked: value === this.#state.nps }),
    );
    const form = this.#form(submit, skip, () => this.#recommend(form), () => this.#show(this.#state, "done"));
    form.prepend(group("numbers", nps, numbers), el("p", { class: "ends" }, el("span", {}, least), el("span", {}, most)));
    return [this.#rated(), form];
  }

  #done() {
    const { score, expired, declined } = this.#state;
    if (!score) return [el("p", {}, declined ? this.#texts.declined : this.#texts.expired)];
    const again = () => this.#show(this.#state, "score");
    const change = el("button", { type: "button", class: "change", onclick: again }, this.#texts.change);
    return [this.#rated(), el("p", {}, this.#texts.thanks), expired ? undefined : change].filter(Boolean);
  }

  #rated() {
    const { score } = this.#state;
    const { title } = this.#texts.scores.find(({ value }) => value === score);
    return el("p", { class: "rated" }, this.#texts.rated.replace("{score}", score).replace("{title}", title));
  }

  #form(submit, skip, onsubmit, onskip) {
    this.#problem = el("p", { class: "problem", role: "alert" });
    const buttons = el(
      "div",
      { class: "row" },
      el("button", { type: "submit", class: "send" }, submit),
      el("button", { type: "button", class: "skip", onclick: onskip }, skip),
    );
    return el("form", { onsubmit: (event) => (event.preventDefault(), onsubmit()) }, this.#problem, buttons);
  }

  #rateIt(form) {
    const score = chosen(form, "score")[0];
    if (!score) return this.#complain(this.#texts.choose);
    const reasons = chosen(form, "reason");
    const words = form.querySelector("textarea").value;
    return this.#send({ score: Number(score), reasons, words, nps: this.#state.nps }, "nps");
  }

  #recommend(form) {
    const [nps] = chosen(form, "nps");
    if (nps === undefined) return this.#show(this.#state, "done");
    const { score, reasons, words } = this.#state;
    return this.#send({ score, reasons, words, nps: Number(nps) }, "done");
  }

  #decline() {
    return this.#state.score ? this.#show(this.#state, "done") : this.#send({ declined: true }, "done");
  }

  async #send(answer, next) {
    if (this.#busy) return;
    this.#busy = true;
    this.#complain(this.#texts.sending);
    try {
      this.#show(await this.#rate(answer), next);
    } catch (error) {
      if (error.status === 410) this.#show({ ...this.#state, expired: true }, "done");
      else this.#complain(error.passing === false ? error.message : this.#texts.failed);
    } finally {
      this.#busy = false;
    }
  }

  #complain(text) {
    this.#problem.textContent = text;
  }
}

/** A rating that was left after its score is not asked about again, only shown. */
function first({ score, declined, expired }) {
  return score || declined || expired ? "done" : "score";
}

function group(name, legend, choices) {
  return el("fieldset", {}, el("legend", {}, legend), el("div", { class: name }, ...choices));
}

function choice(type, name, value, label, { checked, onchange = () => {} }) {
  const input = el("input", { type, name, value: String(value), onchange });
  input.checked = checked;
  return el("label", { class: "choice" }, input, el("span", { class: "face" }, ...label));
}

function chosen(form, name) {
  return [...form.querySelectorAll(`input[name=${name}]:checked`)].map(({ value }) => value);
}
