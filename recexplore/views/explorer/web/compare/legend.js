// What the colours of the lanes and the looks of words mean: only those that the shown runs have.

import { el } from "../dom.js";
import { NO_REPORT, withoutReport } from "./lanes.js";

/** @typedef {[boolean, string, string | null, string]} Entry Whether it is there, the class of its sample, the sample's words, what it means. */

/**
 * @param {import("./view.js").Given} given
 * @param {import("../state.js").State} outer
 * @param {import("../explorer.js").Opening} opening
 * @returns {{ root: HTMLElement, destroy: () => void }}
 */
export function lookLegend({ view, state }, outer, opening) {
  const root = el("div.rx-legend.rx-run-legend", { role: "note", "aria-label": "what the looks mean" });

  function paint() {
    const aligned = state.get("aligned"), differing = (aligned?.parts ?? []).flatMap((part) => part.differing);
    const kinds = [...new Set((aligned?.sections ?? []).map((section) => section.legend))].map((at) => opening.legend[at]);
    /** @type {Entry[]} */
    const entries = [
      ...kinds.map(({ name, label }) => /** @type {Entry} */ ([true, `i.rx-dot.rx-is-${name}`, null, label])),
      [differing.some(([from, to]) => from < to), "span.rx-other-words", "words", "other words than in another run"],
      [differing.some(([from, to]) => from === to), "i.rx-lacking", null, "another run has words here"],
      [aligned !== null, "span.rx-pale", "words", "not come yet"],
      [outer.get("borders"), "span.rx-tone", "words", "every other chunk"],
      [withoutReport(view, aligned?.runs ?? []).length > 0, "i.rx-no-report", null, NO_REPORT],
    ];
    root.replaceChildren(...entries.filter(([isThere]) => isThere).map(([, sample, words, meaning]) => el("span", {}, el(sample, { "aria-hidden": "true" }, words), " ", meaning)));
  }

  const ends = [state.on("aligned", paint), outer.on("borders", paint)];
  paint();
  return { root, destroy: () => ends.forEach((end) => end()) };
}
