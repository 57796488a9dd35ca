// The files that gave no recording, or not all of theirs: two counts beside the total, and what each lists.

import { count, el, errorWords, plural } from "../dom.js";
import { Popup } from "../popup.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";

const LONGEST = 400;

/** What a question about files is answered with. @typedef {{ rows: any[], total: number }} Listed */
/**
 * What a count lists: its word, a line's facts, and where Python has them all.
 * @typedef {{ key: "unread" | "skipped", title: string, all: string, heading: (list: Listed, n: number) => string, facts: (row: any) => string[][] }} List
 */

/** @type {List[]} */
const LISTS = [
  {
    key: "unread", title: "files of which something could not be read", all: "corpus.problems",
    heading: (list, n) => `${plural(list.total, "problem")} in ${plural(n, "file")}`,
    facts: (row) => [["what", row.what], ["expected", row.expected], ["found", row.found], ["hint", row.hint]],
  },
  {
    key: "skipped", title: "files that were passed over", all: "corpus.skipped",
    heading: (list) => plural(list.total, "file"),
    facts: (row) => [["why", row.reason]],
  },
];

/**
 * The buttons for those that there are.
 * @param {Pick<import("../messages").Start, "n_unread" | "n_skipped" | "notes">} opening
 * @param {FileSource} source
 * @returns {HTMLElement[]}
 */
export function fileButtons(opening, source) {
  const shown = LISTS.filter(({ key }) => opening[`n_${key}`] > 0);
  return [...shown.map((list) => filesButton(list, opening[`n_${list.key}`], source)), ...notesButton(opening.notes)];
}

/** @typedef {Pick<import("../explorer.js").Source, "files">} FileSource */

/** @param {List} list @param {number} n @param {FileSource} source */
function filesButton(list, n, source) {
  const button = el("button.rx-quiet", { type: "button", title: list.title, dataset: { files: list.key } }, `${count(n)} ${list.key}`);
  const popup = new Popup(button, list.title, async (box) => {
    box.replaceChildren(el("p.rx-label", {}, "loading…"));
    try {
      const answer = (await source.files())[list.key];
      box.replaceChildren(el("h4", {}, list.heading(answer, n)), el("ul.rx-files", { tabindex: "0", "aria-label": list.title }, answer.rows.map((row) => fileLine(row, list.facts(row)))), ...rest(answer, list));
    } catch (error) {
      box.replaceChildren(el("p.rx-failed", {}, recorded(errorWords(error))));
    }
  });
  return el("span.rx-facet", {}, button, popup.box);
}

/** @param {any} row @param {string[][]} facts */
function fileLine(row, facts) {
  const place = [["exchange", row.exchange], ["chunk", row.chunk]].filter(([, n]) => n !== null && n !== undefined).map(([name, n]) => `${name} ${count(n)}`);
  return el("li", {}, el("div.rx-file", { title: titled(row.path) }, line(row.path, LONGEST), place.length ? el("span.rx-label", {}, ` ${place.join(", ")}`) : null),
    el("dl", {}, facts.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, line(text, LONGEST))])));
}

/** @type {(answer: Listed, list: List) => HTMLElement[]} */
const rest = (answer, list) => (answer.total > answer.rows.length
  ? [el("p.rx-label", {}, `the first ${count(answer.rows.length)} of ${count(answer.total)}; all of them: ${list.all}`)] : []);

/** What else was noticed of the corpus and its findings. @param {string[]} notes */
function notesButton(notes) {
  if (!notes.length) return [];
  const button = el("button.rx-quiet", { type: "button", title: "what was noticed while loading", dataset: { files: "notes" } }, plural(notes.length, "note"));
  const popup = new Popup(button, "notes", (box) => box.replaceChildren(el("ul.rx-files", { tabindex: "0", "aria-label": "notes" }, notes.map((note) => el("li", {}, line(note, LONGEST))))));
  return [el("span.rx-facet", {}, button, popup.box)];
}
