// Timing: figures under their published definitions, the gap before each chunk, stalls and bursts, how gaps are distributed.

import { count, el, plural, seconds } from "../dom.js";
import { decadeWords } from "../timeline/scale.js";
import { chunkLink, emptyPane, histogram, table } from "./charts.js";
import { GapChart } from "./gap_chart.js";
import { number, pane, text } from "./sheet.js";

const MOST_EDGES = 5;

/** @typedef {import("../messages").Timing} Timing */

/**
 * @param {Timing | import("../messages").NoTiming} view as `panes.timing` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @returns {{root: HTMLElement, destroy?: () => void}}
 */
export function timingPane(view, stream, state) {
  if (!view.has_time) return { root: pane(emptyPane("Time not recorded", view.why)) };
  const gaps = new GapChart(stream, state, view.gap_marks);
  const usual = view.usual === null ? "" : ` · usual gap of the stream ${seconds(view.usual)}`;
  return {
    root: pane(
      el("p.rx-label", {}, view.words),
      metricTable(view),
      el("h4", {}, "Gap before each chunk ", el("span.rx-label", { title: view.about_usual }, `longest ${seconds(gaps.longest)}${usual}`)),
      gaps.root,
      ...marksList(view, state),
      el("h4", {}, "How own gaps are distributed ", el("span.rx-label", {}, "between a choice's own chunks with text")),
      el("div.rx-histograms", {}, view.distributions.map(distribution)),
      definitions(view),
    ),
    destroy: () => gaps.destroy(),
  };
}

/** @param {Timing} view */
function metricTable({ metrics, choices }) {
  const value = (/** @type {Timing["choices"][number]} */ choice, /** @type {Timing["metrics"][number]} */ { name, unit, missing }) => {
    const figure = choice.values[name];
    if (figure === null) return el("span.rx-label", { title: missing ?? "not to be had from this recording" }, "–");
    return unit === "s" ? seconds(figure) : `${count(Math.round(figure * 10) / 10)}${unit ? ` ${unit}` : ""}`;
  };
  return table(
    [text("choice"), ...metrics.map(({ label, full, definition, source }) => number(label, `${full}: ${definition} (${source})`))],
    choices.map((choice) => [el("span.rx-count", {}, choice.name), ...metrics.map((metric) => value(choice, metric))]),
  );
}

/**
 * @param {Timing} view
 * @param {import("../state.js").State} state
 * @returns {HTMLElement[]}
 */
function marksList({ marks, more_marks: more }, state) {
  if (!marks.length) return [el("p.rx-label", {}, "No stall and no burst.")];
  const list = el("ul.rx-list-plain.rx-marked", {}, marks.map(({ mark, words, first_chunk: first, last_chunk: last }) => el("li", {},
    el(`span.rx-badge.rx-badge-${mark}`, {}, mark), el("span", {}, words),
    el("span.rx-links", {}, chunkLink(state, first), chunkLink(state, last)))));
  return more ? [list, el("p.rx-label", {}, `and ${count(more)} more: recexplore.analysis.timing.marks has them all`)] : [list];
}

/** @param {Timing["distributions"][number]} distribution */
function distribution({ name, bins }) {
  const columns = bins.map(({ from, to, n }) => ({ n, title: `${seconds(from)} to ${seconds(to)}: ${plural(n, "gap")}` }));
  return el("figure", {}, el("figcaption.rx-label", {}, name), bins.length ? histogram(columns, edgesOf(bins)) : null);
}

/**
 * Powers of ten along bins that are as many in each of them; where there are many, some.
 * @param {import("../messages").Bin[]} bins
 * @returns {{part: number, words: string}[]}
 */
export function edgesOf(bins) {
  const first = Math.round(Math.log10(bins[0].from)), last = Math.round(Math.log10(bins[bins.length - 1].to));
  const step = Math.ceil((last - first + 1) / MOST_EDGES), edges = [];
  for (let exponent = first; exponent <= last; exponent += step) edges.push({ part: (exponent - first) / (last - first), words: decadeWords(exponent) });
  return edges;
}

/** @param {Timing} view */
function definitions({ metrics, about_usual: usual }) {
  const entries = metrics.flatMap(({ label, full, definition, source }) => [
    el("dt", {}, `${label} · ${full}`), el("dd", {}, `${definition} `, el("span.rx-label", {}, source)),
  ]);
  return el("details.rx-definitions", {}, el("summary", {}, "What these figures mean"), el("dl", {}, entries, el("dt", {}, "usual gap"), el("dd", {}, usual)));
}
