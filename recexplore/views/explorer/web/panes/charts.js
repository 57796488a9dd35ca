// Small pictures for the panes: bars and strips of plain elements, and a histogram. Values in, elements out.

import { count, el } from "../dom.js";

/**
 * A bar of parts, each as wide as its share.
 * @param {{kind: string, size: number, title?: string}[]} parts
 * @returns {HTMLElement}
 */
export function partsBar(parts) {
  const shown = parts.filter((part) => part.size > 0);
  return el("div.rx-bar", {}, shown.map((part) =>
    el(`span.rx-piece.rx-is-${part.kind}`, { title: part.title, style: { "flex-grow": String(part.size) } })));
}

/**
 * Stretches along the stream; a click goes to the first chunk of one.
 * @param {{kind: string, from: number, to: number, title: string}[]} stretches
 * @param {number} length In chunks.
 * @param {import("../state.js").State} state
 * @returns {HTMLElement}
 */
export function strip(stretches, length, state) {
  const whole = Math.max(length, 1);
  const root = el("div.rx-strip");
  for (const { kind, from, to, title } of stretches) {
    const piece = el(`span.rx-is-${kind}`, { title });
    piece.style.left = `${(from / whole) * 100}%`;
    piece.style.width = `max(2px, ${((to - from + 1) / whole) * 100}%)`;
    piece.addEventListener("click", () => state.set("cursor", from));
    piece.addEventListener("mouseenter", () => state.set("hover", from));
    piece.addEventListener("mouseleave", () => state.set("hover", null));
    root.append(piece);
  }
  return root;
}

/**
 * A thin line that stays at the cursor of a strip or chart as wide as the stream.
 * @param {import("../state.js").State} state
 * @param {number} length In chunks.
 * @returns {{node: HTMLElement, destroy: () => void}}
 */
export function cursorLine(state, length) {
  const node = el("i.rx-cursor");
  const paint = () => { node.style.left = `${((state.get("cursor") + 0.5) / Math.max(length, 1)) * 100}%`; };
  paint();
  return { node, destroy: state.on("cursor", paint) };
}

/**
 * A distribution as columns over an axis, the most of them written beside it.
 * @param {{n: number, title: string}[]} columns
 * @param {{part: number, words: string}[]} ticks Where they stand, from 0 to 1, and what they say.
 * @returns {HTMLElement}
 */
export function histogram(columns, ticks) {
  const most = Math.max(1, ...columns.map(({ n }) => n));
  const bars = columns.map(({ n, title }) => el("span.rx-column", { title }, el("i.rx-is-content", { style: { height: n ? `max(2px, ${(n / most) * 100}%)` : "0" } })));
  const edge = (/** @type {number} */ part) => (part <= 0 ? ".rx-first" : part >= 1 ? ".rx-last" : "");
  return el("div.rx-histogram", {},
    el("span.rx-most", {}, count(most)), el("div.rx-columns", {}, bars),
    el("div.rx-edges", {}, ticks.map(({ part, words }) => el(`span${edge(part)}`, { style: { left: `${part * 100}%` } }, words))));
}

/**
 * A table.
 * @param {{label: string, title?: string | null, isNumber?: boolean}[]} headings
 * @param {(string | number | Node)[][]} rows
 * @returns {HTMLElement}
 */
export function table(headings, rows) {
  const cell = (/** @type {string} */ tag, /** @type {number} */ at, /** @type {string | number | Node} */ inside) => el(`${tag}${headings[at].isNumber ? ".rx-number" : ""}`, { title: tag === "th" ? headings[at].title : null }, inside);
  return el("div.rx-table", {}, el("table", {},
    el("thead", {}, el("tr", {}, headings.map((heading, at) => cell("th", at, heading.label)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, at) => cell("td", at, value)))))));
}

/**
 * A link to a chunk: a click moves the cursor there, hovering lights it up.
 * @param {import("../state.js").State} state
 * @param {number} chunk
 * @param {string} words
 * @returns {HTMLElement}
 */
export function chunkLink(state, chunk, words = `chunk ${count(chunk)}`) {
  return el("button.rx-link", {
    type: "button",
    onclick: () => state.set("cursor", chunk),
    onmouseenter: () => state.set("hover", chunk),
    onmouseleave: () => state.set("hover", null),
  }, words);
}

/**
 * What is missing, why, and what to do about it.
 * @param {string} title
 * @param {string | Node | (string | Node | (string | Node)[])[]} why
 * @returns {HTMLElement}
 */
export const emptyPane = (title, why) => el("div.rx-blank", {}, el("b", {}, title), el("p", {}, ...[why].flat(2)));
