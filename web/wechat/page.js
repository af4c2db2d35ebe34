/** Puts the phone together: its sentences, its parts, and what happens between them and the platform. */

import { el } from "../chat/dom.js";
import { Client } from "./client.js";
import { Composer } from "./composer.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";

const find = (selector) => document.querySelector(selector);

const client = new Client();
const texts = await client.texts();
fill(texts);

const log = new Log(texts, { choose: ({ id, label }) => send(client.choose(id, label)) });
const composer = new Composer({
  say: (text) => send(client.say(text)),
  speak: (text, recognised) => send(client.speak(text, recognised)),
  show: (file) => send(client.show(file), texts.bad_image),
});
const menu = new Menu(texts, (button) => send(client.click(button)), () => composer.focus());

find(".follow").addEventListener("click", () => send(client.follow(true)));
find(".unfollow").addEventListener("click", () => send(client.follow(false)));
client.listen({
  line: (line) => log.add(line),
  state: (state) => showState(state),
  ready: () => log.settle(),
  begin: () => log.clear(),
  link: (isUp) => setText(find(".banner"), isUp ? "" : texts.reconnecting),
});
find("main").hidden = false;

/** Resolves to whether it went out; if not, the banner says so. */
async function send(sending, problem = texts.not_sent) {
  const isSent = await sending;
  setText(find(".banner"), isSent ? "" : problem);
  return isSent;
}

function showState({ following, typing, menu: buttons }) {
  const wasFollowing = !find("footer").hidden;
  find("footer").hidden = find(".unfollow").hidden = !following;
  find(".invitation").hidden = following;
  find(".invitation").classList.toggle("again", !log.isEmpty);
  setText(find(".about"), log.isEmpty ? texts.about : texts.left);
  setText(find(".state"), typing ? texts.typing : following ? texts.followed : texts.kind);
  menu.show(buttons);
  if (following && !wasFollowing && document.activeElement === document.body) composer.focus();
}

/** Writes the sentences into the page: `data-text` as text, `data-label` and `data-placeholder` as attributes. */
function fill(texts) {
  const text = (path) => path.split(".").reduce((part, key) => part[key], texts);
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.ariaLabel = text(node.dataset.label);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = text(node.dataset.placeholder);
  find(".tips").append(...texts.tips.map((tip) => el("li", {}, tip)));
}

/** Leaves equal text alone, so that a screen reader does not say it again. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
