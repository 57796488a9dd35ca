// The bar over a range of chunks: its sums, a button that zooms to it, a button that clears it.

import { el } from "../dom.js";

/**
 * @typedef {object} RangeBar
 * @property {HTMLElement} root
 * @property {(words: string, pixels: [number, number], width: number) => void} show Over these pixels of a place so wide.
 * @property {() => void} hide
 */

/**
 * @param {() => void} zoom
 * @param {() => void} clear
 * @returns {RangeBar}
 */
export function rangeBar(zoom, clear) {
  const said = el("span.rx-range-said", { role: "status" });
  const root = el("div.rx-range", { hidden: true, role: "group", "aria-label": "chosen chunks" }, said,
    el("button.rx-quiet", { type: "button", title: "show only these chunks (z, or double click)", onclick: zoom }, "zoom"),
    el("button.rx-quiet", { type: "button", title: "clear (Esc)", "aria-label": "clear the chosen chunks", onclick: clear }, "×"));
  return {
    root,
    show(words, [from, to], width) {
      if (said.textContent !== words) said.textContent = words;
      root.hidden = false;
      root.style.left = `${Math.min(Math.max((from + to - root.offsetWidth) / 2, 0), Math.max(width - root.offsetWidth, 0))}px`;
    },
    hide() {
      root.hidden = true;
    },
  };
}
