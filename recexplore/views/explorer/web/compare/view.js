// Runs of one request in the place of a recording: what they come to, how they flowed, what clients had, why.
//
// Takes what was told of the comparison; its own small State holds the shown runs, the cursor (a position of the axis that their texts
// share) and what is hovered. Texts of the shown runs are asked for when others are shown.

import { el, errorWords } from "../dom.js";
import { State } from "../state.js";
import { recorded } from "../text/controls.js";
import { Aligned } from "./aligned.js";
import { alikePane } from "./alike.js";
import { aspectsPane } from "./aspects.js";
import { comparisonHead } from "./head.js";
import { Lanes } from "./lanes.js";
import { lookLegend } from "./legend.js";
import { RunsTable } from "./runs_table.js";
import { firstShown, MOST_SHOWN, shownAgain } from "./shown_runs.js";
import { slider } from "./slider.js";
import { textsPane } from "./texts.js";
import { treePane } from "./tree.js";

/**
 * @typedef {object} Comparing
 * @property {number[]} runs Those whose texts are shown; the others are told by the first.
 * @property {number} cursor What stands before it on the axis has come.
 * @property {[number, number] | null} hover A stretch of the axis.
 * @property {Aligned | null} aligned The texts of the shown runs.
 * @property {string} tab
 * @property {number} theme
 */

/** @typedef {State<Comparing>} ComparingState */
/** @typedef {import("../messages").ComparisonView} ComparisonView */
/** A text; `run` whose character is meant, the first shown if none is named. @typedef {{ choice: number, kind: string, tool: number | null, run?: number }} TextPlace */
/** What a tab shows. @typedef {{ root: HTMLElement, destroy?: () => void }} Pane */
/** What the parts of a comparison need. @typedef {{ view: ComparisonView, ids: string[], state: ComparingState, source: import("../explorer.js").Source, go: (runs: number[], place: TextPlace | null, char: number) => void }} Given */

/**
 * @param {ComparisonView} view
 * @param {string[]} ids what was asked for
 * @param {import("../state.js").State} outer the explorer's
 * @param {import("../explorer.js").Source} source
 * @param {import("../explorer.js").Opening} opening
 * @param {{ shown: string[], cursor: number, tab: string } | null} before where the reader was in the same comparison, before the corpus changed
 */
export function comparisonView(view, ids, outer, source, opening, before = null) {
  /** @type {ComparingState} */
  const state = new State({
    runs: shownAgain(view, before?.shown ?? []) ?? firstShown(view, ids), cursor: before?.cursor ?? Infinity, hover: /** @type {[number, number] | null} */ (null), aligned: /** @type {Aligned | null} */ (null), tab: before?.tab ?? "texts", theme: 0,
  });
  let asked = 0;
  /** Where to go when the texts have come. @type {{ place: TextPlace, run: number, char: number } | null} */
  let wanted = null;
  /** @type {Given} */
  const given = { view, ids, state, source, go };
  const head = comparisonHead(view, outer), table = new RunsTable(given), lanes = new Lanes(given, opening), legend = lookLegend(given, outer, opening), scrub = slider(state, outer);
  const failed = el("p", { role: "status", hidden: true });
  const panes = tabs(given, outer, opening);

  async function load() {
    const mine = ++asked, runs = state.get("runs");
    try {
      const { view: texts, buffers } = await source.compareTexts(ids, runs);
      if (mine !== asked) return;
      const aligned = new Aligned(texts, buffers);
      failed.hidden = true;
      failed.classList.remove("rx-failed");
      state.set("hover", null);
      // At the end of one axis is at the end of another.
      const last = state.get("aligned"), wasAtEnd = last !== null && state.get("cursor") >= last.end;
      state.set("cursor", wasAtEnd ? aligned.end : Math.min(state.get("cursor"), aligned.end));
      state.set("aligned", aligned);
      arrive();
    } catch (error) {
      if (mine !== asked) return;
      failed.hidden = false;
      failed.classList.add("rx-failed");
      failed.replaceChildren(...recorded(errorWords(error)));
    }
  }

  function arrive() {
    const aligned = state.get("aligned");
    if (!wanted || !aligned || aligned.runs.join() !== state.get("runs").join()) return;
    const found = aligned.partOf(wanted.place, wanted.run);
    if (found?.part) {
      const { part: { position, text }, section } = found, unit = [...text].slice(0, wanted.char).join("").length;
      state.set("cursor", unit < position.length ? position[unit] : section.end);
    }
    wanted = null;
  }

  /** Shows runs, with the cursor at a character of the first of them. @param {number[]} runs @param {TextPlace | null} place @param {number} char */
  function go(runs, place, char) {
    wanted = place && { place, run: place.run ?? runs[0], char };
    const isSame = runs.join() === state.get("runs").join();
    if (!isSame) state.set("runs", runs.slice(0, MOST_SHOWN));
    else arrive();
  }

  const ends = [
    state.on("runs", load), outer.on("theme", () => state.set("theme", outer.get("theme"))),
  ];
  load();
  const tabNames = panes.names;
  const noCommand = () => {};
  return {
    root: el("div.rx-comparison", {}, head.root, table.root, failed, lanes.root, legend.root, scrub.root, panes.roots),
    state, table, lanes,
    /** Where the reader is, for when the same runs are compared again. */
    at: () => ({ ids, shown: state.get("runs").map((run) => view.runs[run].id), cursor: state.get("cursor") >= (state.get("aligned")?.end ?? 0) ? Infinity : state.get("cursor"), tab: state.get("tab") }),
    /** What keys do while runs are compared. @type {Record<string, (event: KeyboardEvent) => unknown>} */
    commands: {
      ArrowRight: (event) => scrub.step(event.shiftKey ? 10 : 1), ArrowLeft: (event) => scrub.step(event.shiftKey ? -10 : -1),
      Home: () => scrub.go(0), End: () => scrub.go(Infinity), " ": () => scrub.toggle(),
      n: () => scrub.toDifference(1), p: () => scrub.toDifference(-1), j: () => table.step(1), k: () => table.step(-1),
      "+": () => lanes.zoom(1.8), "=": () => lanes.zoom(1.8), "-": () => lanes.zoom(1 / 1.8), 0: () => lanes.fit(),
      w: () => lanes.zoom(1.5), s: () => lanes.zoom(1 / 1.5), a: () => lanes.pan(-0.2), d: () => lanes.pan(0.2),
      Escape: () => outer.get("recording") && outer.set("compared", null),
      ...Object.fromEntries(Array.from({ length: 9 }, (_, at) => [String(at + 1), tabNames[at] ? () => state.set("tab", tabNames[at]) : noCommand])),
    },
    destroy() {
      asked++;
      ends.forEach((end) => end());
      [panes, scrub, legend, lanes, table].forEach((part) => part.destroy());
    },
  };
}

/** @param {Given} given @param {import("../state.js").State} outer @param {import("../explorer.js").Opening} opening */
function tabs(given, outer, opening) {
  const { view, state } = given;
  /** @type {[string, string, number, () => Pane][]} */
  const all = [
    ["texts", "Texts", 0, () => textsPane(given, outer, opening)],
    ["tree", "Tree", 0, () => treePane(given)],
    ["aspects", "Differences", view.aspects.length, () => aspectsPane(given)],
    ["alike", "Similarity", 0, () => alikePane(given)],
  ];
  const offered = all.filter(([name]) => name !== "alike" || view.runs.length > 2);
  const content = el("div.rx-content", { role: "tabpanel" });
  const buttons = offered.map(([name, label, n]) => el("button.rx-tab", { type: "button", role: "tab", dataset: { tab: name }, onclick: () => state.set("tab", name) },
    label, n ? el("span.rx-tab-count", {}, n) : null));
  /** @type {Pane | null} */
  let shown = null;

  function open() {
    const tab = state.get("tab");
    shown?.destroy?.();
    buttons.forEach((button) => button.setAttribute("aria-selected", String(button.dataset.tab === tab)));
    shown = offered.find(([name]) => name === tab)?.[3]() ?? null;
    content.dataset.pane = tab;
    content.setAttribute("aria-label", tab);
    content.replaceChildren(...(shown ? [shown.root] : []));
    content.scrollTop = 0;
  }

  const end = state.on("tab", open);
  open();
  return {
    names: offered.map(([name]) => name),
    roots: [el("div.rx-tabs", { role: "tablist" }, buttons), content],
    destroy() {
      end();
      shown?.destroy?.();
    },
  };
}
