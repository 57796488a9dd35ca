// Timing: figures under their published definitions, the gap before each chunk, stalls and bursts, how gaps are distributed.

import { count, el, seconds } from "../dom.js";
import { chunkLink, cursorLine, emptyPane, histogram, table } from "./charts.js";
import { number, pane, text } from "./sheet.js";

export function timingPane(view, stream, state) {
  if (!view.has_time) return { root: pane(emptyPane("Time not recorded", view.why)) };
  const line = cursorLine(state, stream.nChunks);
  const gaps = gapStrip(view, stream, state);
  gaps.root.append(line.node);
  return {
    root: pane(
      el("p.rx-label", {}, view.words),
      table(
        [text("choice"), ...view.metrics.map((metric) => number(metric.label, `${metric.definition} (${metric.source})`))],
        view.choices.map((choice) => [choice.name, ...view.metrics.map((metric) =>
          choice.values[metric.name] === null ? el("span.rx-label", { title: metric.missing ?? "not to be had from this recording" }, "–") : metric.unit === "s" ? seconds(choice.values[metric.name]) : `${count(Math.round(choice.values[metric.name] * 10) / 10)}${metric.unit ? ` ${metric.unit}` : ""}`)]),
      ),
      el("h4", {}, "Gap before each chunk ", el("span.rx-label", {}, `longest ${seconds(view.longest)}`)),
      gaps.root,
      view.marks.length ? el("ul.rx-list-plain", {}, view.marks.map((mark) => el("li", {},
        el(`span.rx-badge.rx-badge-${mark.mark}`, {}, mark.mark), " ", chunkLink(state, mark.first_chunk), `: ${mark.words}`)))
        : el("p.rx-label", {}, "No stall and no burst."),
      view.more_marks ? el("p.rx-label", {}, `and ${count(view.more_marks)} more: recexplore.analysis.timing.marks has them all`) : null,
      el("h4", {}, "How gaps are distributed ", el("span.rx-label", {}, "between a choice's own chunks with text, on a logarithmic axis")),
      el("div.rx-histograms", {}, view.distributions.map((each) => el("figure", {}, el("figcaption.rx-label", {}, each.name), each.bins.length ? histogram(each.bins, seconds) : null))),
      el("details.rx-definitions", {}, el("summary", {}, "What these figures mean"), el("dl", {}, view.metrics.flatMap((metric) => [
        el("dt", {}, `${metric.label} · ${metric.full}`), el("dd", {}, `${metric.definition} `, el("span.rx-label", {}, metric.source)),
      ]))),
    ),
    destroy: () => { line.destroy(); gaps.destroy(); },
  };
}

/** A column a chunk, as high as the gap before it; more chunks than columns share one, the longest gap standing for them. */
function gapStrip(view, stream, state) {
  const root = el("div.rx-gaps");
  const columns = Math.min(stream.nChunks, 400);
  for (let at = 0; at < columns; at++) {
    const first = Math.floor((at * stream.nChunks) / columns), end = Math.max(first + 1, Math.floor(((at + 1) * stream.nChunks) / columns));
    let gap = 0, chunk = first, mark = null;
    for (let each = first; each < end; each++) {
      const own = view.gaps[each] ?? 0;
      if (own > gap) [gap, chunk] = [own, each];
      mark ??= view.gap_marks[each];
    }
    const column = el("span", { title: `chunk ${count(chunk)}: ${seconds(gap)}${mark ? `, ${mark}` : ""}` }, el(`i${mark ? `.rx-mark-${mark}` : ""}`));
    column.firstChild.style.height = gap > 0 && view.longest > 0 ? `max(1px, ${(gap / view.longest) * 100}%)` : "0";
    column.addEventListener("click", () => state.set("cursor", chunk));
    column.addEventListener("mouseenter", () => state.set("hover", chunk));
    column.addEventListener("mouseleave", () => state.set("hover", null));
    root.append(column);
  }
  return { root, destroy() {} };
}
