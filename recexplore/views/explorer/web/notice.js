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
  const words = el("span"), bar = /** @type {HTMLProgressElement} */ (el("progress", { hidden: true })), close = el("button.rx-quiet", { type: "button", title: "dismiss", "aria-label": "dismiss" }, "×");
  const root = el("div.rx-notice", { role: "status", hidden: true }, words, bar, close);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isPassing = false;

  /** @param {string} text @param {boolean} isLasting */
  function show(text, isLasting) {
    clearTimeout(timer);
    isPassing = !!text && !isLasting;
    words.replaceChildren(...recorded(text));
    root.hidden = !text;
    bar.hidden = true;
    close.hidden = false;
    if (isPassing) timer = setTimeout(() => show("", true), SHOWN_MS);
  }
  close.addEventListener("click", () => show("", true));
  return {
    root,
    /** Says something until something else is said; "" says nothing any more. @param {string} text */
    say: (text) => show(text, true),
    /** Says for a while what became of the folder; where nothing did, what was said so a moment ago stays. @param {import("./messages").ChangedRecordings} changes */
    tell(changes) {
      const text = changesInWords(changes);
      if (text || !isPassing) show(text, false);
    },
    /** Says how far something is, from 0 to 1, until something else is said. @param {string} text @param {number} share */
    progress(text, share) {
      show(text, true);
      bar.value = share;
      bar.hidden = false;
      close.hidden = true;
    },
    destroy: () => clearTimeout(timer),
  };
}
