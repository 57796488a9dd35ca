// Tokens: the last report in parts, whether it adds up, and all reports as they came.

import { count, el, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { titled } from "../text/line.js";
import { chunkLink, emptyPane, partsBar, table } from "./charts.js";
import { note, number, pane, text } from "./sheet.js";

/**
 * @param {import("../messages").TokensPane} view as `panes.tokens` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @returns {{root: HTMLElement, destroy?: () => void}}
 */
export function tokensPane(view, stream, state) {
  const seen = el("p.rx-seen", {}, el("span.rx-label", {}, "seen on the wire "), recorded(view.seen));
  if (!view.reports.length) {
    return { root: pane(emptyPane("Tokens not reported", view.why), seen, ...cost(view.cost)) };
  }
  const positions = view.positions.map((each) =>
    el("div.rx-rank", { title: titled(each.words) },
      el("span.rx-label", {}, each.figure), el("div.rx-scale", {}, el("i", { style: { left: `${each.percentile * 100}%` } })), el("span", {}, recorded(each.words))));
  return {
    root: pane(
      el("div.rx-tokens-bar", {}, partsBar(view.parts.map((part) => ({ kind: part.kind, size: part.tokens, title: `${count(part.tokens)} ${part.label}` })))),
      el("div.rx-legend", {}, view.parts.map((part) => el("span", {}, el(`i.rx-dot.rx-is-${part.kind}`), el("b", {}, count(part.tokens)), ` ${part.label}`))),
      ...view.notes.map(note),
      ...cost(view.cost),
      seen,
      positions.length ? el("h4", {}, "Among the recordings of ", el("b", {}, recorded(view.model))) : null,
      ...positions,
      el("h4", {}, "Reports as they came"),
      table(
        [text("chunk"), text("choice"), ...view.figures.map((figure) => number(figure)), text("source")],
        view.reports.map((row) => [chunkLink(state, row.chunk), row.choice ?? "all", ...view.figures.map((figure) => count(row.figures[figure])), el("span", {}, recorded(row.source ?? ""))]),
      ),
      view.more ? el("p.rx-label", {}, `and ${plural(view.more, "report")} more: corpus.usage has them all`) : null,
    ),
  };
}

/**
 * What it cost, by the price table that was handed over; nothing without one.
 * @param {import("../messages").Cost | null} given
 * @returns {HTMLElement[]}
 */
function cost(given) {
  if (!given) return [];
  const head = el("h4", {}, "Cost ", el("span.rx-label", {}, "by your price table", given.model === null ? "" : [", price of ", el("bdi", {}, recorded(given.model))]));
  const total = el("p", {}, given.total === null ? el("span.rx-missing", {}, "not known: ", recorded(given.missing)) : [el("b", {}, given.total), ` ${given.currency}`]);
  if (given.model === null || !given.parts.length) return [head, total];
  return [head, total, table(
    [text("tokens of"), number("tokens"), number(`${given.currency} per million`), number(given.currency ?? "cost")],
    given.parts.map((part) => [part.label, count(part.tokens), part.per_million === null ? "–" : String(part.per_million), part.money ?? "–"]),
  )];
}
