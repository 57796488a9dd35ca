// The words beside the timeline, explained: a button that opens a short list of them.

import { el } from "../dom.js";

/**
 * @param {string[][]} entries Words and what they mean; none, no button.
 * @returns {HTMLElement | null}
 */
export function glossary(entries) {
  if (!entries?.length) return null;
  const list = el("dl.rx-glossary", { hidden: true, role: "note", "aria-label": "what these words mean" },
    entries.flatMap(([word, meaning]) => [el("dt", {}, word), el("dd", {}, meaning)]));
  const button = el("button.rx-what", { type: "button", title: "what these words mean", "aria-label": "what these words mean", "aria-expanded": "false" }, "?");
  const root = el("span.rx-words-help", {}, button, list);
  const open = (/** @type {boolean} */ isOpen) => {
    list.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => open(list.hidden));
  root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || list.hidden) return;
    event.stopPropagation();
    open(false);
  });
  root.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) open(false);
  });
  return root;
}
