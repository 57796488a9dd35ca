// The words beside the timeline, explained: a button that opens a short list of them.

import { el } from "../dom.js";
import { Popup } from "../popup.js";

/**
 * @param {string[][]} entries Words and what they mean; none, no button.
 * @returns {HTMLElement | null}
 */
export function glossary(entries) {
  if (!entries?.length) return null;
  const name = "what these words mean", button = el("button.rx-what", { type: "button", title: name, "aria-label": name }, "?");
  const list = el("dl.rx-glossary", {}, entries.flatMap(([word, meaning]) => [el("dt", {}, word), el("dd", {}, meaning)]));
  return el("span.rx-words-help", {}, button, new Popup(button, name, (box) => box.replaceChildren(list)).box);
}
