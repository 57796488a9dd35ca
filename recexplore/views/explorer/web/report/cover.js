// What stands above the explorer in a page of its own: title and note of its author, what it holds, what was left out.

import { el } from "../dom.js";
import { recorded } from "../text/controls.js";

/** @typedef {{ title: string, note: string, facts: string[], left_out: string[], made_by: string }} About */

/** @param {About} about */
export function cover({ title, note, facts, left_out: leftOut, made_by: madeBy }) {
  const said = leftOut.map((words) => el("li", {}, recorded(words)));
  return el("header.rx.rx-cover", {},
    el("div.rx-cover-line", {}, el("h1", {}, recorded(title)), el("span.rx-label", {}, recorded(facts.join(" · "))),
      said.length ? el("details.rx-cover-left", {}, el("summary", {}, "what is in this page, and what is not"), el("ul", {}, said, el("li", {}, `Made by ${madeBy}; nothing is fetched, and nothing leaves this page.`))) : null),
    note ? el("p.rx-cover-note", { tabindex: "0", role: "note" }, recorded(note)) : null);
}
