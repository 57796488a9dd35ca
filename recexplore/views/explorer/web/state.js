// What the parts of the explorer share: a few named values, and who wants to know of them.

/**
 * @typedef {object} Values
 * @property {string} recording Its id; "" while there is none.
 * @property {number} cursor A chunk.
 * @property {number | null} hover The chunk under the pointer.
 * @property {"chunk" | "time"} axis
 * @property {string} tab The pane that is open.
 * @property {boolean} borders Whether chunk boundaries and tags are shown.
 * @property {boolean} zoomed
 * @property {number} theme How often the theme became another one.
 * @property {[number, number] | null} range The chosen chunks, first and last.
 * @property {{ span: [number, number], isTime: boolean, from: number, to: number } | null} view What of the timeline is drawn between which pixels.
 * @property {string[]} substrings What was searched for in the answers.
 * @property {{ words: string } | null} query What another part asks the list for.
 * @property {{ name: string, from: string, focus: string | null } | null} rule The rule whose page is open, the tab to go back to, a recording.
 * @property {string[]} chosen Recordings that were chosen for comparing, by their ids.
 * @property {string[] | null} compared The recordings that are compared; one alone stands for all runs of its request.
 * @property {boolean} grouped Whether it is known which recordings are runs of one request.
 * @property {import("./coming.js").ComingStreams} coming What is known now of streams that have no end.
 * @property {{ words: string } | null} accepted What was said of the finding that was accepted last.
 */

/**
 * Values under names; listeners are called when a value becomes another one.
 * @template {object} [V=Values]
 */
export class State {
  /** @type {V} */
  #values;
  /** @type {Map<string, Set<(value: any) => unknown>>} */
  #listeners = new Map();

  /** @param {V} values */
  constructor(values) {
    this.#values = { ...values };
  }

  /** @template {keyof V} Name @param {Name} name @returns {V[Name]} */
  get(name) {
    return this.#values[name];
  }

  /** @template {keyof V} Name @param {Name} name @param {V[Name]} value */
  set(name, value) {
    if (Object.is(this.#values[name], value)) return;
    this.#values[name] = value;
    for (const listener of [...(this.#listeners.get(String(name)) ?? [])]) listener(value);
  }

  /**
   * Calls `listener` on each change of any of the names; gives a function that ends it.
   * @param {string} names
   * @param {(value: any) => unknown} listener
   * @returns {() => void}
   */
  on(names, listener) {
    const all = names.split(" ");
    for (const name of all) {
      this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
    }
    return () => all.forEach((name) => this.#listeners.get(name)?.delete(listener));
  }
}
