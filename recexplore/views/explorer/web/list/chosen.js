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

/** What clicks and keys do to the chosen recordings. */
export class Choosing {
  /** The place from which a range of rows is chosen. */
  #anchor = 0;
  #state;
  #idAt;

  /** @param {import("../state.js").State} state @param {(place: number) => string | undefined} idAt */
  constructor(state, idAt) {
    this.#state = state;
    this.#idAt = idAt;
  }

  /** @param {string} id */
  has(id) {
    return this.#state.get("chosen").includes(id);
  }

  /** A row was clicked: shown, or, with a key held or on its box, chosen for comparing. @param {string} id @param {number} place @param {MouseEvent} event */
  click(id, place, event) {
    const state = this.#state, isBox = event.target instanceof Element && event.target.closest(".rx-choose-row");
    if (event.shiftKey && !isBox) {
      const ids = ranged(this.#anchor, place, this.#idAt);
      return state.set("chosen", [...new Set([...state.get("chosen"), ...ids])]);
    }
    this.#anchor = place;
    if (event.ctrlKey || event.metaKey || isBox) state.set("chosen", toggledId(state.get("chosen"), id));
    else if (id === state.get("recording")) state.set("compared", null);
    else state.set("recording", id);
  }

  /** Chooses the shown recording, or no longer. */
  toggle() {
    const id = this.#state.get("recording");
    if (id) this.#state.set("chosen", toggledId(this.#state.get("chosen"), id));
  }

  /** Compares the chosen recordings; without any all runs of the request that the shown one is a run of. */
  compare() {
    const chosen = this.#state.get("chosen"), id = this.#state.get("recording");
    if (chosen.length > 1) this.#state.set("compared", chosen);
    else if (id) this.#state.set("compared", [id]);
  }
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
