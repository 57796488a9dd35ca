// A quiet line under the bar: what became of the folder, or what went wrong. It takes no focus and moves nothing.

import { el, plural } from "./dom.js";
import { recorded } from "./text/controls.js";

const SHOWN_MS = 12_000;

/**
 * What became of files, in words.
 * @param {import("./messages").ChangedRecordings} changes
 * @returns {string}
 */
export function changesInWords(changes) {
  /** @type {[number | undefined, string][]} */
  const parts = [[changes.new, "new"], [changes.changed, "recorded again"], [changes.gone, "gone"]];
  return parts.flatMap(([n, words]) => (n ? [`${plural(n, "file")} ${words}`] : [])).join(", ");
}

export function notice() {
  const words = el("span"), close = el("button.rx-quiet", { type: "button", title: "dismiss", "aria-label": "dismiss" }, "×");
  const root = el("div.rx-notice", { role: "status", hidden: true }, words, close);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {string} text @param {boolean} isLasting */
  function show(text, isLasting) {
    clearTimeout(timer);
    words.replaceChildren(...recorded(text));
    root.hidden = !text;
    if (text && !isLasting) timer = setTimeout(() => show("", true), SHOWN_MS);
  }
  close.addEventListener("click", () => show("", true));
  return {
    root,
    /** Says something until something else is said; "" says nothing any more. @param {string} text */
    say: (text) => show(text, true),
    /** Says for a while what became of the folder. @param {import("./messages").ChangedRecordings} changes */
    tell: (changes) => show(changesInWords(changes), false),
    destroy: () => clearTimeout(timer),
  };
}
