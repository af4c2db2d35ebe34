/** One line of the phone as a node. */

import { el } from "../chat/dom.js";
import { linked } from "./text.js";

/** Builds the node of `{source, kind, text, more}`; `act.choose({id, label})` is called for an item of a menu. */
export function createBubble(line, texts, act) {
  const own = line.source === "customer";
  const who = texts.who[line.source] ?? texts.who.account;
  const parts = (PARTS[line.kind] ?? unsupported)(line, texts, act);
  if (line.source === "system") return el("p", { class: "notice" }, ...parts);
  return el(
    "div",
    { class: `entry ${own ? "customer" : "account"} ${line.kind}` },
    el("img", { class: "avatar", src: own ? "/wechat/person.svg" : "/chat/lighthouse.svg", alt: "" }),
    el("span", { class: line.source === "agent" || line.source === "template" ? "who" : "unseen" }, who),
    el("div", { class: "bubble" }, ...parts),
  );
}

const PARTS = {
  text: ({ text }, texts, act) => linked(text, act.choose),
  notice: ({ text }) => [text],
  image: ({ more }, texts) => [picture(more.media_id, texts)],
  voice: (line, texts) => voice(line, texts),
  news: ({ more }, texts) => more.articles.map((article) => card(article, texts)),
  link: ({ text, more }, texts) => [card({ title: text, url: more.url }, texts)],
  msgmenu: (line, texts, act) => menu(line, act),
  template: ({ text, more }, texts) => [text, ...(more.url ? [details(more.url, texts)] : [])],
};

function picture(id, texts) {
  const src = `/media/${id}`;
  return el("a", { href: src, target: "_blank", rel: "noopener" }, el("img", { class: "picture", src, alt: texts.picture }));
}

function voice({ text, more }, texts) {
  const seconds = more.seconds ?? 0;
  const sound = el("span", { class: "audio" }, el("i", { class: "glyph sound", "aria-hidden": "true" }), `${seconds}″`);
  sound.setAttribute("role", "img");
  sound.ariaLabel = texts.voice_line.replace("{seconds}", seconds);
  return text ? [sound, el("small", {}, texts.recognised.replace("{text}", text))] : [sound];
}

function card({ title, description, url }, texts) {
  return el("div", { class: "card" }, el("strong", {}, title), description && el("p", {}, description), url && details(url, texts));
}

function details(url, texts) {
  return el("p", { class: "more" }, ...linked(`<a href="${url}">${texts.details}</a>`));
}

function menu({ text, more }, act) {
  const items = more.choices.map((choice) =>
    el("li", {}, el("button", { type: "button", onclick: () => act.choose(choice) }, choice.label)),
  );
  return [text, el("ul", { class: "choices" }, ...items), more.tail];
}

function unsupported(line, texts) {
  return [texts.unsupported];
}
