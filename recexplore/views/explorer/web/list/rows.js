// A row of the table: what a cell of each column shows. Recorded text becomes text nodes and nothing else.

import { comingSign } from "../coming.js";
import { count, el, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";
import { bothEnds } from "./both_ends.js";
import { written } from "./columns.js";

/** What nobody named is said by one word, and looks like no name. */
export const NOT_NAMED = "not named";

/** What tells ids of one file apart. */
const NUMBERED = /[~#][^~#]{1,8}$/;
/** @type {Record<string, string>} */
const NOT_RECORDED = {
  prompt: "not reported", completion: "not reported", tokens: "no total was reported", duration: "time not recorded", recorded: "nobody says when",
};

/** @typedef {import("../messages").Row} Row */
/** What a column shows of a row. @typedef {(row: Row, key: string, given: { prompt: string, hasModel: boolean, severities: string[], coming: import("../coming.js").Coming | undefined }) => HTMLElement} Cell */

/**
 * The two lines by which a recording is told from others.
 * @param {Row} row
 * @param {string} prompt what was asked; "" where that is not known
 * @param {boolean} withModel whether no column shows the model
 * @returns {{ name: string, detail: string }}
 */
export function linesOf(row, prompt, withModel) {
  const isAsked = row.named === "file" && prompt !== "";
  const detail = [withModel ? row.model : "", isAsked ? row.name : row.detail].filter(Boolean).join(" · ");
  return { name: isAsked ? prompt : row.name, detail };
}

/**
 * A row.
 * @param {Row} row as the kernel gives it
 * @param {{ key: string }[]} columns those shown, in their order
 * @param {{ place: number, id: string, isShown: boolean, isChosen: boolean, prompt: string, severities: string[], coming: import("../coming.js").Coming | undefined }} given
 * @returns {{ node: HTMLElement, canvas: HTMLCanvasElement | null }}
 */
export function rowNode(row, columns, { place, id, isShown, isChosen, prompt, severities, coming }) {
  const hasModel = columns.some(({ key }) => key === "model");
  const cells = columns.map(({ key }) => (CELLS[key] ?? number)(row, key, { prompt, hasModel, severities, coming }));
  const node = el(`div.rx-row${isShown ? ".rx-selected" : ""}${isChosen ? ".rx-chosen-row" : ""}`, {
    role: "row", id, "aria-selected": String(isShown), "aria-rowindex": place + 2, dataset: { id: row.id },
    title: [row.test, row.path].filter(Boolean).map((text) => titled(text)).join("\n"),
  }, cells, el("span.rx-choose-row", { "aria-hidden": "true", title: "choose it for comparing (v, or Ctrl and click)" }, isChosen ? "☑" : "☐"));
  return { node, canvas: node.querySelector("canvas") };
}

/** @type {(key: string, ...children: any[]) => HTMLElement} */
const cell = (key, ...children) => el(`div.rx-col.rx-col-${key}`, { role: "gridcell" }, ...children);

/** How many runs a request has, where it has several. @param {Row} row */
const runsSign = ({ runs }) => (runs !== null && runs > 1 ? el("span.rx-run-count", { title: `${plural(runs, "run")} of this request` }, `×${count(runs)}`) : null);

/** Says in a row that is there already how many runs its request has. @param {HTMLElement} node @param {Row} row */
export function tellRuns(node, row) {
  const named = node.querySelector(".rx-named"), sign = runsSign(row);
  named?.querySelector(".rx-run-count")?.remove();
  if (sign) named?.append(sign);
}

/** Says in a row that is there already what is known of its stream now. @param {HTMLElement} node @param {import("../coming.js").Coming | undefined} coming */
export function tellComing(node, coming) {
  node.querySelector(".rx-coming")?.replaceWith(comingSign(coming));
}

/** A number, whole. @type {Cell} */
const number = (row, key) => {
  const value = /** @type {any} */ (row)[key], node = cell(key, written(key, value));
  if (value === null) node.title = NOT_RECORDED[key] ?? "";
  if (key === "bytes" && value !== null) node.title = `${count(value)} bytes`;
  return node;
};

/** @type {Record<string, Cell>} */
const CELLS = {
  test(row, key, { prompt, hasModel, coming }) {
    const { name, detail } = linesOf(row, prompt, !hasModel), below = row.match ? snippet(row.match) : bothEnds("rx-detail", detail);
    return cell(key, el("div.rx-named", {}, bothEnds(row.named === "test" ? "rx-name" : "rx-name.rx-name-other", name), runsSign(row)), row.is_open ? el("div.rx-open-row", {}, comingSign(coming), below) : below);
  },
  model(row, key) {
    const asked = row.model || (row.named === "request" ? "" : row.request);
    return cell(key, named("rx-model", asked), named("rx-provider", row.provider));
  },
  findings(row, key, { severities }) {
    const isAny = severities.some((severity) => row.findings[severity]);
    // Each severity has its place, whether there are others or not.
    return cell(key, isAny ? el("div.rx-badges", {}, severities.map((severity) => badge(severity, row.findings[severity]))) : null);
  },
  id: (row, key) => {
    const node = cell(key, idLine(row.id));
    node.title = titled(row.id);
    return node;
  },
  lanes: (row, key) => cell(key, row.error && !row.lanes.length ? el("span.rx-no-answer", { title: "an error was recorded in place of an answer; the findings beside it say whether that is wrong" }, "API error") : el("canvas.rx-thumbnail")),
};

/** @type {(severity: string, n: number) => HTMLElement} */
const badge = (severity, n) => (n
  ? el(`span.rx-badge.rx-badge-${severity}`, { title: plural(n, severity) }, `${severity[0].toUpperCase()}${n}`)
  : el(`span.rx-no-badge.rx-no-badge-${severity}`));

/** @type {(classes: string, text: string) => HTMLElement} */
const named = (classes, text) => (text ? el(`div.${classes}`, { title: titled(text) }, line(text)) : el(`div.${classes}.rx-missing`, {}, NOT_NAMED));

/** @type {(match: import("../messages").Match) => HTMLElement} */
const snippet = (match) => el("div.rx-detail.rx-match", { title: `found in ${match.where}` },
  el("span", {}, recorded(match.before)), el("mark", {}, recorded(match.hit)), el("span", {}, recorded(match.after)));

/** An id, of which what tells it from the others of its file stays whole. @param {string} id */
export const idLine = (id) => bothEnds("rx-id", id, NUMBERED.exec(id)?.[0].length ?? 0);
