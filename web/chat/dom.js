/** Builds elements; text always becomes text nodes, never markup. */

const LINK = /https:\/\/[^\s"<>\u0080-\uffff]+|\btel:\+?[0-9-]{3,20}/g;
const CLOSING = /[.,;:!?)\]}']+$/;

/** Creates an element; `on…` attributes are listeners, `true` is an empty attribute, `false` and `undefined` are left out. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

/** Returns one `<p>` per paragraph; line breaks inside are kept by the stylesheet. */
export function paragraphs(text, withLinks) {
  return text.split(/\n{2,}/).map((part) => el("p", {}, ...(withLinks ? linked(part) : [part])));
}

function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(CLOSING, "");
    if (!isSafe(address)) continue;
    parts.push(text.slice(from, found.index), link(address));
    from = found.index + address.length;
  }
  return [...parts, text.slice(from)];
}

/** A link may not hide its host behind a user name (https://bank@elsewhere). */
function isSafe(address) {
  try {
    const { protocol, username } = new URL(address);
    return protocol === "tel:" || (protocol === "https:" && !username);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function link(address) {
  if (address.startsWith("tel:")) return el("a", { href: address }, address.slice(4));
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
}
