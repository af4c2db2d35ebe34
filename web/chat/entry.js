/** One line of the conversation on the page: a message of the server, or one that is still on its way there. */

import { el, paragraphs } from "./dom.js";
import { Rating } from "./rating.js";
import { isInvitation } from "./store.js";
import { clock } from "./times.js";

const LINKED = ["bot", "agent", "notice"];

/**
 * Builds the node of a message `{author, text, buttons, custom}`.
 * `act` has `reply(button)`, `fill(code)`, `resend()`, `edit(item)`, `rate(invitation, answer)`.
 * Returns `{node, update}`; `update` takes `{message, tail, item, open, chosen, news}` and sets what may change: the time
 * is the browser's until the server has said its own; `news` counts what was said about a rating.
 */
export function createEntry({ author, text, buttons = [], custom }, texts, act) {
  const replies = buttons.map((button) => replyButton(button, act));
  const time = el("time");
  const status = el("span", { class: "status" });
  const rating = isInvitation({ custom }) ? ratingOf(custom.invitation, texts, act) : undefined;
  let heard = 1;
  const node = el(
    "div",
    { class: `entry ${author}` },
    el("span", { class: "who" }, texts.authors[author]),
    rating?.node ?? (custom?.type === "demo_code" ? demoCode(text, custom.code, texts, act) : bubble(author, text)),
    replies.length ? el("div", { class: "replies", role: "group", "aria-label": texts.replies }, ...replies) : undefined,
    el("div", { class: "meta" }, time, status),
  );
  const update = ({ message, tail, item, open, chosen, news }) => {
    if (news > heard) rating?.refresh();
    heard = news;
    showTime(time, message.time);
    node.classList.toggle("tail", tail);
    replies.forEach((button) => settle(button, open, chosen));
    showStatus(status, item, texts, act);
  };
  return { node, update };
}

/** Builds the line that separates two days. */
export function createSeparator(label) {
  return { node: el("div", { class: "day" }, label), update: () => {} };
}

function ratingOf(invitation, texts, act) {
  return new Rating(texts.rating, (answer) => act.rate(invitation, answer));
}

function bubble(author, text) {
  return text ? el("div", { class: "bubble" }, ...paragraphs(text, LINKED.includes(author))) : undefined;
}

function demoCode(text, code, texts, act) {
  const fill = el("button", { type: "button", class: "fill", onclick: () => act.fill(code) }, texts.demo_code.fill);
  return el(
    "div",
    { class: "bubble code" },
    el("strong", {}, texts.demo_code.label),
    ...paragraphs(text || texts.demo_code.hint, false),
    el("div", { class: "row" }, el("code", {}, code), fill),
  );
}

function replyButton(button, act) {
  return el("button", { type: "button", class: "reply", onclick: (event) => act.reply(button, event) }, button.title);
}

function settle(button, open, chosen) {
  button.disabled = !open;
  button.classList.toggle("chosen", !open && chosen === button.textContent);
}

function showTime(node, time) {
  if (node.dateTime === time) return;
  node.dateTime = time;
  node.textContent = clock(time);
}

function showStatus(status, item, texts, act) {
  const state = item && `${item.state} ${item.problem ?? ""}`;
  if (status.dataset.state === (state ?? "")) return;
  status.dataset.state = state ?? "";
  status.className = `status ${item?.state ?? ""}`;
  status.replaceChildren(...(item ? statusParts(item, texts, act) : []));
}

function statusParts(item, texts, act) {
  const button = (label, onclick) => el("button", { type: "button", class: "again", onclick }, label);
  if (item.state === "sending") return [texts.sending];
  if (item.state === "waiting") return [item.problem || texts.unsent, button(texts.resend, () => act.resend())];
  if (item.state !== "refused") return [];
  const said = item.problem || texts.refused;
  return item.body.text ? [said, button(texts.edit, () => act.edit(item))] : [said];
}
