/** Fills the demo page around the chat with its sentences. */

import "./dengta-chat.js";

document.querySelector("dengta-chat").addEventListener("ready", ({ detail }) => {
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = detail.page[node.dataset.text];
});
