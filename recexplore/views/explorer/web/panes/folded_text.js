// A long text as its beginning, with a button that shows all of it: nothing scrolls inside what scrolls.

import { beginning, count, el } from "../dom.js";
import { recorded } from "../text/controls.js";

const LONG = 1_200, SHOWN = 600;

/** A text; of a long one the beginning, and how long it is. @param {string | null} text @param {string} tag */
export function foldedText(text, tag) {
  if (text === null) return el(tag);
  if (text.length <= LONG) return el(tag, {}, recorded(text));
  const short = el(tag), button = el("button.rx-more", { type: "button", "aria-expanded": "false" });
  const paint = (/** @type {boolean} */ isWhole) => {
    button.setAttribute("aria-expanded", String(isWhole));
    button.textContent = isWhole ? "show less" : `show all ${count(text.length)} characters`;
    short.replaceChildren(...recorded(isWhole ? text : beginning(text, SHOWN)));
  };
  button.addEventListener("click", () => paint(button.getAttribute("aria-expanded") !== "true"));
  paint(false);
  return el("div", {}, short, button);
}
