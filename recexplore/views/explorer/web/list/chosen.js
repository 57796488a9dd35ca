// Recordings chosen for comparing: how many, and what to do with them.

import { count, el } from "../dom.js";

/**
 * The ids with one of them more, or without it.
 * @param {string[]} ids
 * @param {string} id
 * @returns {string[]}
 */
export const toggledId = (ids, id) => (ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id]);

/**
 * The ids of the rows from one place to another, both included, as far as they came.
 * @param {number} from
 * @param {number} to
 * @param {(place: number) => string | undefined} idAt
 * @returns {string[]}
 */
export function ranged(from, to, idAt) {
  const ids = [];
  for (let place = Math.min(from, to); place <= Math.max(from, to); place++) {
    const id = idAt(place);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/**
 * A bar under the list, while anything is chosen.
 * @param {import("../state.js").State} state
 * @param {() => void} compare
 */
export function chosenBar(state, compare) {
  const words = el("b"), button = el("button.rx-pill", { type: "button", title: "compare them (o)", onclick: compare }, "compare");
  const root = el("div.rx-chosen-bar", { role: "status", hidden: true }, words, button,
    el("button.rx-quiet", { type: "button", title: "choose none", onclick: () => state.set("chosen", []) }, "clear"));
  const paint = () => {
    const n = state.get("chosen").length;
    root.hidden = n === 0;
    words.textContent = `${count(n)} chosen`;
    button.disabled = n < 2;
    button.title = n < 2 ? "choose another one to compare it with" : "compare them (o)";
  };
  paint();
  return { root, destroy: state.on("chosen", paint) };
}
