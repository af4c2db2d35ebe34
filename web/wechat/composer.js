/** The line the person writes on, with voice and pictures. */

const COMPOSING = 229;

export class Composer {
  #act;
  #form = document.querySelector(".composer");
  #field = document.querySelector("#text");
  #file = document.querySelector(".composer input");
  #dialog = document.querySelector("dialog");
  #spoken = document.querySelector("#spoken");

  /** `act` has `say(text)`, `speak(text, recognised)`, `show(file)`; each resolves to whether it went out. */
  constructor(act) {
    this.#act = act;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("input", () => this.#measure());
    document.querySelector(".voice").addEventListener("click", () => this.#dialog.showModal());
    this.#dialog.addEventListener("close", () => this.#speak());
    document.querySelector(".image").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => this.#show());
    this.#measure();
  }

  focus() {
    this.#field.focus();
  }

  /** An Enter that ends an input method's composition is not ours; Safari tells it only by its code. */
  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === COMPOSING) return;
    this.#submit(event);
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (!text) return;
    this.#write("");
    this.focus();
    if (!(await this.#act.say(text))) this.#write([text, this.#field.value].filter(Boolean).join("\n"));
  }

  #speak() {
    const [choice, text] = [this.#dialog.returnValue, this.#spoken.value.trim()];
    this.#dialog.returnValue = "";
    if (!choice || !text) return;
    this.#spoken.value = "";
    this.#act.speak(text, choice === "with");
  }

  #show() {
    const [file] = this.#file.files;
    if (file) this.#act.show(file);
    this.#file.value = "";
  }

  #write(text) {
    this.#field.value = text;
    this.#measure();
  }

  #measure() {
    this.#form.classList.toggle("blank", !this.#field.value.trim());
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }
}
