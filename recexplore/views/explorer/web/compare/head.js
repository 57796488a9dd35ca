// What the runs come to: the verdict in words, how stable the request is, what was not compared.

import { el, percent, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";
import { numberOf } from "./shown_runs.js";

const MOST_MATCHED = 40;
const STABILITY = "the share of all pairs of runs that agree in it and in what stands before it: the probability that two runs are equal";

/** The class that gives an element a verdict's colour. @param {string} verdict */
export const verdictClass = (verdict) => `rx-verdict-${verdict.replaceAll(" ", "-")}`;

/** Which choices of a run are another choice of the reference. @param {import("../messages").RunView} run */
export const matchedWords = ({ matched }) => matched.map(([own, choice]) => `its choice ${own} is the reference's choice ${choice}`);

/**
 * @param {import("../messages").ComparisonView} view
 * @param {import("../state.js").State} outer
 */
export function comparisonHead(view, outer) {
  const meaning = view.verdicts.find(({ name }) => name === view.verdict)?.meaning ?? "";
  const [first, ...more] = view.sentences;
  const stable = view.levels.map(({ name, stability, n_classes: n }) => el("span.rx-fact", { title: `${name}: ${n === 1 ? "all runs are equal" : `${n} classes of equal runs`}; ${percent(stability)} is ${STABILITY}` },
    el("span.rx-label", {}, `${name} `), el("b", {}, percent(stability))));
  const left = view.left_out.length ? el("span.rx-fact", { title: `what requests may differ in and still count as the same: ${view.left_out.map((each) => titled(each)).join(", ")}` },
    el("span.rx-label", {}, "not compared "), el("b", {}, line(view.left_out.join(", ")))) : null;
  const other = view.is_one_request ? null : el("span.rx-badge.rx-badge-warning", { title: "their requests differ in more than what changes from run to run" }, "not of one request");
  const matched = view.runs.flatMap((run, number) => (run.matched.length ? [`run ${numberOf(number)}: ${matchedWords(run).join(", ")}`] : []));
  const swapped = matched.length ? el("span.rx-fact", { title: matched.slice(0, MOST_MATCHED).join("\n") }, el("span.rx-label", {}, "choices matched in "), el("b", {}, plural(matched.length, "run"))) : null;
  const stalling = view.runs.flatMap(({ stalls }, run) => stalls.map((words) => `run ${numberOf(run)}: ${words}`)), n_stalling = view.runs.filter(({ stalls }) => stalls.length).length;
  const stalled = stalling.length ? el("span.rx-fact", { title: stalling.slice(0, MOST_MATCHED).join("\n") }, el("span.rx-label", {}, "stalled "), el("b", {}, plural(n_stalling, "run"))) : null;
  return {
    root: el("header.rx-head", {},
      el("div.rx-head-line", {},
        el(`span.rx-badge.rx-verdict.${verdictClass(view.verdict)}`, { title: meaning }, view.verdict),
        el("div.rx-compared", {}, el("h3", {}, recorded(first)), more.length ? el("p", {}, recorded(more.join(" "))) : null),
        el("span.rx-head-tools", {}, other, outer.get("recording") ? el("button.rx-quiet", { type: "button", title: "back to the recording (Esc)", onclick: () => outer.set("compared", null) }, "close ×") : null)),
      el("div.rx-head-line.rx-identity", {},
        el("div.rx-where", { title: titled(view.title) }, el("span.rx-name", {}, line(view.title))),
        el("div.rx-facts", {}, el("span.rx-label", {}, "stability"), stable, left, swapped, stalled))),
  };
}
