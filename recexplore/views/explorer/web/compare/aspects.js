// In what the runs differ, and which of them share a value.

import { count, el, plural } from "../dom.js";
import { line } from "../text/line.js";
import { numberOf } from "./shown_runs.js";

const MOST_NAMED = 6, MOST_VALUES = 12, MOST_STALLS = 40;

/** @param {number[]} runs */
function named(runs) {
  const more = runs.length - MOST_NAMED;
  return `${runs.length === 1 ? "run" : "runs"} ${runs.slice(0, MOST_NAMED).map(numberOf).join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

/** @param {import("./view.js").Given} given @returns {import("./view.js").Pane} */
export function aspectsPane({ view, go }) {
  const rows = view.aspects.map(({ title, level, values }) => {
    const show = (/** @type {number[]} */ runs) => go([view.reference, ...runs.filter((run) => run !== view.reference)].slice(0, 2), null, 0);
    const more = values.length - MOST_VALUES;
    return el("tr", {}, el("td.rx-label", {}, level), el("td", {}, el("b", {}, line(title))), el("td.rx-number", {}, count(values.length)),
      el("td", {}, values.slice(0, MOST_VALUES).map((runs) => el("button.rx-pill.rx-value", { type: "button", title: "show one of them beside the reference", onclick: () => show(runs) },
        runs.length > 1 ? el("b", {}, `${count(runs.length)}× `) : null, named(runs))), more > 0 ? el("span.rx-label", {}, ` and ${plural(more, "value")} more`) : null));
  });
  const table = el("table.rx-table.rx-aspects", {}, el("thead", {}, el("tr", {}, ["level", "aspect", "values", "runs that share one"].map((name) => el("th", {}, name)))), el("tbody", {}, rows));
  const stalls = view.runs.flatMap((about, run) => about.stalls.map((words) => el("li", {},
    el("button.rx-pill.rx-value", { type: "button", title: "show it beside the reference", onclick: () => go([view.reference, run].filter((each, at, all) => all.indexOf(each) === at), null, 0) }, named([run])), el("span", {}, words))));
  return {
    root: el("div.rx-aspects-pane", {}, rows.length ? table : el("p", {}, "Nothing differs."),
      view.alike.length ? el("p.rx-label", {}, `All agree in: ${view.alike.join(", ")}.`) : null,
      stalls.length ? [el("h4", {}, "Stalled", el("span.rx-label", {}, "a time makes no run differ")), el("ul.rx-run-stalls", {}, stalls.slice(0, MOST_STALLS), stalls.length > MOST_STALLS ? el("li.rx-label", {}, `and ${plural(stalls.length - MOST_STALLS, "stall")} more`) : null)] : null),
  };
}
