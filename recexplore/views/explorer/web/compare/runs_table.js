// The runs one by one: verdict, classes of equal runs, where each parts from the reference. Only the rows in sight exist.
//
// A row chooses what the texts show: a click beside the reference, its box in addition.

import { beginning, count, el, oncePerFrame } from "../dom.js";
import { bothEnds, closeGaps } from "../list/both_ends.js";
import { line, titled } from "../text/line.js";
import { chip, letterOf, sizesOf } from "./classes.js";
import { matchedWords, verdictClass } from "./head.js";
import { toldApart } from "./run_names.js";
import { numberOf, shownWith } from "./shown_runs.js";

const ROW = 26, MOST_ROWS = 7, SPARE = 4;
/** The heads with the line below them. */
const HEADS = ROW + 1;
const SAYS = 24, MOST_MATCHED = 3, MOST_STALLS = 6;

/**
 * Runs in the order in which they are listed: the reference, then the worst verdicts.
 * @param {{ runs: { verdict: string }[], reference: number, verdicts: { name: string }[] }} view
 * @returns {number[]}
 */
export function listed({ runs, reference, verdicts }) {
  const rank = (/** @type {number} */ run) => (run === reference ? -1 : verdicts.findIndex(({ name }) => name === runs[run].verdict));
  return runs.map((_, run) => run).sort((a, b) => rank(a) - rank(b) || a - b);
}

/** Which choices of a run are which of the reference, where the numbers differ. @param {import("../messages").RunView} about */
function matching(about) {
  const { matched } = about;
  if (!matched.length) return null;
  const shown = matched.slice(0, MOST_MATCHED).map(([own, choice]) => `${own}→${choice}`).join(" "), more = matched.length - MOST_MATCHED;
  return el("span.rx-matching", { title: matchedWords(about).join("\n") }, `choices ${shown}${more > 0 ? ` +${count(more)}` : ""}`);
}

/** That a run stalled: it makes no run differ. @param {import("../messages").RunView} about */
const stallSign = ({ stalls }) => (stalls.length ? el("span.rx-badge.rx-badge-stall", { title: stalls.slice(0, MOST_STALLS).join("\n") }, stalls.length > 1 ? `${count(stalls.length)} stalls` : "stall") : null);

export class RunsTable {
  /** @param {import("./view.js").Given} given */
  constructor({ view, state }) {
    this.view = view;
    this.state = state;
    this.order = listed(view);
    this.names = toldApart(view.runs.map(({ name }) => name));
    this.sizes = view.levels.map((_, level) => sizesOf(view.runs, level));
    this.active = this.order.indexOf(state.get("runs")[1]);
    this.body = el("div.rx-runs-body", { role: "rowgroup", style: { height: `${this.order.length * ROW}px` } });
    this.scroller = el("div.rx-runs-scroll", { tabindex: "0", role: "grid", "aria-label": "runs", "aria-rowcount": this.order.length + 1, "aria-multiselectable": "true", style: { "--rx-runs-height": `${Math.min(this.order.length, MOST_ROWS) * ROW}px`, "--rx-runs-heads": `${HEADS}px`, "--rx-runs-row": `${ROW}px` } },
      el("div", { role: "rowgroup", class: "rx-runs-heads" }, this.#head()), this.body);
    this.legend = this.#legend();
    this.root = el("div.rx-runs", {}, this.scroller, this.legend);
    this.paint = oncePerFrame(() => this.#paint());
    this.scroller.addEventListener("scroll", this.paint, { passive: true });
    this.scroller.addEventListener("keydown", (/** @type {any} */ event) => this.#pressed(event));
    this.body.addEventListener("click", (/** @type {any} */ event) => this.#clicked(event));
    let isSeen = false;
    this.sized = new ResizeObserver(() => {
      // The run that a comparison begins with may stand far down.
      if (!isSeen && this.scroller.clientHeight) isSeen = this.#reveal();
      this.paint();
    });
    this.sized.observe(this.scroller);
    this.end = state.on("runs", this.paint);
    this.#paint();
  }

  destroy() {
    this.end();
    this.sized.disconnect();
    this.paint.cancel();
  }

  /** The next run in the list, beside the first shown. @param {number} by */
  step(by) {
    this.active = Math.min(Math.max(this.active + by, 0), this.order.length - 1);
    this.state.set("runs", shownWith(this.state.get("runs"), this.order[this.active], false));
    this.#reveal();
  }

  #reveal() {
    const { scroller } = this, top = this.active * ROW, room = scroller.clientHeight - HEADS;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scroller.scrollTop + room) scroller.scrollTop = top + ROW - room;
    this.paint();
    return true;
  }

  #head() {
    const { levels } = this.view;
    const cell = (/** @type {string} */ name, /** @type {string} */ title = "", classes = "") => el(`span.rx-run-cell${classes}`, { role: "columnheader", title }, name);
    return el("div.rx-run.rx-run-head", { role: "row", "aria-rowindex": 1 }, cell("", "whose texts are shown"), cell("run"), cell("verdict", "by the reference"),
      levels.map(({ name }) => cell(name, "runs with the same letter are equal in it and in what stands before it", ".rx-run-level")),
      cell("parts from the reference", "where its text first differs, and what it says there", ".rx-run-parting"), cell("finish", "", ".rx-run-finish"),
      cell("chunks", "", ".rx-run-number"), cell("tokens", "as reported", ".rx-run-number.rx-run-tokens"));
  }

  #paint() {
    const { scroller, order } = this, first = Math.max(Math.floor(scroller.scrollTop / ROW) - SPARE, 0);
    const end = Math.min(order.length, Math.ceil((scroller.scrollTop + (scroller.clientHeight || MOST_ROWS * ROW)) / ROW) + SPARE);
    const nodes = [];
    for (let place = first; place < end; place++) nodes.push(this.#row(place));
    this.body.replaceChildren(...nodes);
    closeGaps(nodes);
    this.#tellMore();
  }

  /** Says below the rows how many follow: over them it would hide one. */
  #tellMore() {
    const { scroller, order } = this, seen = Math.round((scroller.scrollTop + scroller.clientHeight - HEADS) / ROW), more = order.length - seen;
    if (scroller.clientHeight && more > 0) this.legend.dataset.more = `↓ ${count(more)} more`;
    else delete this.legend.dataset.more;
  }

  /** All of them, also those out of sight. */
  whole() {
    return el("div.rx-printed-runs", {}, this.#head(), this.order.map((_, place) => this.#row(place)), this.#legend());
  }

  #legend() {
    const levels = this.view.levels.flatMap(({ name, meaning }) => [el("b", {}, name), ` ${meaning}; `]);
    return el("p.rx-runs-legend", {}, levels, "one letter: alike in it and in what stands before it; ", el("b", {}, letterOf(0)), ": as the reference");
  }

  /** @param {number} place */
  #row(place) {
    const { view } = this, run = this.order[place], about = view.runs[run], shown = this.state.get("runs").indexOf(run);
    const cell = (/** @type {string} */ classes, /** @type {any} */ inside, title = "") => el(`span.rx-run-cell${classes}`, { role: "gridcell", title }, inside);
    const finish = about.broken ? el("span.rx-run-broken", {}, line(about.broken)) : line(about.finish);
    return el(`div.rx-run${shown >= 0 ? ".rx-run-shown" : ""}${place === this.active ? ".rx-run-active" : ""}`, {
      role: "row", "aria-rowindex": place + 2, "aria-selected": String(shown >= 0), dataset: { run }, style: { top: `${place * ROW}px` },
      title: [about.id, about.test, about.path, about.model].filter(Boolean).map((text) => titled(text)).join("\n"),
    },
    cell(".rx-run-box", shown >= 0 ? "☑" : "☐", shown === 0 ? "the others are told by it" : "its texts, in addition"),
    cell(".rx-run-name", [el("b", {}, String(numberOf(run))), bothEnds("rx-detail", this.names[run].text, this.names[run].end)]),
    cell(".rx-run-verdict", [el(`span.rx-verdict-text.${about.stalls.length ? "rx-verdict-stalled" : verdictClass(about.verdict)}`, {}, run === view.reference ? "reference" : about.verdict), stallSign(about)]),
    about.classes.map((number, level) => cell(".rx-run-level", chip(number, view.levels[level].name, this.sizes[level].get(number) ?? 0))),
    cell(".rx-run-parting", [matching(about), this.#parting(about)]), cell(".rx-run-finish", finish, titled(about.broken ?? about.finish)),
    cell(".rx-run-number", count(about.chunks)), cell(".rx-run-number.rx-run-tokens", count(about.tokens), about.tokens === null ? "no total was reported" : ""));
  }

  /** @param {import("../messages").RunView} about */
  #parting({ parting, other_spelling: spelling }) {
    if (!parting) return null;
    // Of what means the same the places are no news.
    if (spelling) return el("span", { title: `${titled(parting.text)}, after ${count(parting.char)} characters` }, spelling);
    const { text, char, says, reference_says: expected } = parting, quoted = (/** @type {string} */ words) => (words ? ["“", ...line(beginning(words, SAYS)), "”"] : ["its end"]);
    return el("span", { title: `${titled(text)}, after ${count(char)} characters` }, el("span.rx-label", {}, line(text), ` ${count(char)}: `), el("b.rx-says", {}, quoted(says)), el("span.rx-label", {}, " for "), el("span.rx-says", {}, quoted(expected)));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target), row = /** @type {HTMLElement | null} */ (target.closest(".rx-run"));
    if (!row) return;
    const run = Number(row.dataset.run), isMore = event.ctrlKey || event.metaKey || event.shiftKey || target.closest(".rx-run-box") !== null;
    this.active = this.order.indexOf(run);
    this.state.set("runs", shownWith(this.state.get("runs"), run, isMore));
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: MOST_ROWS, PageUp: -MOST_ROWS, Home: -Infinity, End: Infinity };
    const by = steps[event.key], isChoice = event.key === "Enter" || event.key === " ";
    if ((by === undefined && !isChoice) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (isChoice) return this.state.set("runs", shownWith(this.state.get("runs"), this.order[Math.max(this.active, 0)], true));
    this.active = Math.min(Math.max(this.active + by, 0), this.order.length - 1);
    this.#reveal();
  }
}
