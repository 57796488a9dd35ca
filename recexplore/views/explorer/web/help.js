// The keys and the language of the search box, in a dialog.

import { el } from "./dom.js";

/** @type {[string, string][]} */
const QUERIES = [
  ["sun latin", "both words, anywhere: ids, tests, models, paths and the answers themselves"], ['"the Sun" -moon', "a phrase; without a word"],
  ["model:gpt-4o text:sorry", "in one field: id, test, model, provider, path, dialect, text, content, reasoning, tool, finish, error, rule …"],
  ["n:2 chunks:>100 tokens:10..20", "numbers: n, chunks, events, prompt, completion, tokens, tools, runs, duration, bytes, status"],
  ["rule:choice-bleed severity:error", "findings: of a rule, of a severity; a rule's name beside a finding asks for it"],
  ["has:reasoning -has:usage", "reasoning, tools, refusal, error, usage, time, finish, findings; has:stall is rule:stall"], ["is:stream is:whole", "streamed, or sent at once"],
  ["runs:>1 request:f27523", "requests that were recorded several times; all runs of this recording's request"],
  ["sort:tokens sort:-recorded", "in the order of a column; with - the greatest, or latest, first"],
];

/**
 * @param {[string, string][]} keys
 * @returns {HTMLDialogElement}
 */
export function helpDialog(keys) {
  const rows = (/** @type {[string, string][]} */ pairs) => el("dl", {}, pairs.map(([term, meaning]) => el("div", {}, el("dt", {}, term), el("dd", {}, meaning))));
  /** @type {HTMLDialogElement} */
  const dialog = el("dialog.rx-dialog.rx-help", { "aria-label": "help" },
    el("button.rx-pill.rx-help-close", { type: "button", onclick: () => dialog.close() }, "close"),
    el("div.rx-help-columns", {}, el("section", {}, el("h3", {}, "Keys"), rows(keys)), el("section", {}, el("h3", {}, "Search"), rows(QUERIES))));
  return dialog;
}
