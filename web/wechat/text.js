/** Texts as the messenger shows them: `<a href="…">` and bare addresses become links, everything else stays text. */

import { el } from "../chat/dom.js";

const LINK = /<a\s[^<>]*?href="([^"<>]*)"[^<>]*>([^<]*)<\/a>|https?:\/\/[^\s"<>\u0080-\uffff]+/gi;
const CLOSING = /[.,;:!?)\]}']+$/;
const MENU = "weixin://bizmsgmenu?";
const LOCAL = new Set(["localhost", "127.0.0.1"]);

/** Returns text and link nodes; `choose({id, label})` is called for a link that sends a message. */
export function linked(text, choose) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const [whole, href, label] = found;
    const address = href ?? whole.replace(CLOSING, "");
    const node = href?.startsWith(MENU) && choose ? deed(href, label, choose) : isSafe(address) && link(address, label ?? address);
    if (!node) continue;
    parts.push(text.slice(from, found.index), node);
    from = found.index + (href === undefined ? address.length : whole.length);
  }
  return [...parts, text.slice(from)];
}

function link(href, label) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

function deed(href, label, choose) {
  const asked = new URLSearchParams(href.slice(MENU.length).replaceAll("&amp;", "&"));
  const choice = { id: asked.get("msgmenuid"), label: asked.get("msgmenucontent") };
  return choice.id && choice.label && el("button", { type: "button", class: "deed", onclick: () => choose(choice) }, label);
}

/** A page outside this machine must be https, and a link may not hide its host behind a user name. */
function isSafe(address) {
  if (!URL.canParse(address)) return false;
  const { protocol, username, hostname } = new URL(address);
  if (protocol === "http:") return LOCAL.has(hostname) && !username;
  return (protocol === "https:" && !username) || protocol === "tel:";
}
