// What a search found, in words: why nothing is there, what the words of a query mean, what is not in sight.

import { el } from "../dom.js";
import { recorded } from "../text/controls.js";
import { columnOf } from "./columns.js";

/**
 * What a recording needs to be found.
 * @param {boolean} hasWords whether words are looked for
 * @param {string[]} facets those of which something is chosen
 * @returns {string}
 */
export function neededWords(hasWords, facets) {
  const chosen = facets.length ? `one of the chosen values of ${facets.join(" and of ")}` : "";
  const needed = [hasWords || !chosen ? "every word" : "", chosen].filter(Boolean).join(" and ");
  return `${needed[0].toUpperCase()}${needed.slice(1)} has to be found.`;
}

/**
 * Why nothing is there, and what to do.
 * @param {import("../messages").FindAnswer} answer
 * @param {import("../explorer.js").Opening} opening
 * @param {{ hasWords: boolean, facets: string[] }} asked
 * @param {() => void} showAll
 */
export function nothingFound({ of, nowhere }, { empty }, { hasWords, facets }, showAll) {
  if (!of) return [el("span", {}, recorded(empty))];
  const words = nowhere.length ? nowhere : [`Nothing matches. ${neededWords(hasWords, facets)}`];
  return [...words.map((text) => el("p", {}, recorded(text))), el("button.rx-link", { type: "button", onclick: showAll }, "show all recordings")];
}

/**
 * What stands under the list.
 * @param {Pick<import("../messages").FindAnswer, "at" | "notes" | "of" | "total">} found
 * @param {string} recording the shown one
 * @param {string | null} by what the list is sorted by
 * @returns {string[]}
 */
export function notesOf({ at, notes, of, total }, recording, by) {
  const lost = recording && at < 0 && of && total < of ? ["The shown recording is not among them."] : [];
  const sorted = by !== null && !columnOf(by) ? [`sorted by ${by}`] : [];
  return [...lost, ...sorted, ...notes];
}
