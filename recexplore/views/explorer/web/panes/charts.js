// Small pictures for the panes: bars and strips of plain elements, and a histogram. Values in, elements out.

import { count, el } from "../dom.js";

/** A bar of parts: [{kind, size, title}], each as wide as its share. */
export function partsBar(parts) {
  const shown = parts.filter((part) => part.size > 0);
  return el("div.rx-bar", {}, shown.map((part) =>
    el(`span.rx-piece.rx-is-${part.kind}`, { title: part.title, style: { "flex-grow": String(part.size) } })));
}

/** Stretches along the stream: [{kind, from, to, title}] of `length` chunks; a click goes to the first. */
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

/** A thin line that stays at the cursor of a strip or chart as wide as the stream. */
export function cursorLine(state, length) {
  const node = el("i.rx-cursor");
  const paint = () => { node.style.left = `${((state.get("cursor") + 0.5) / Math.max(length, 1)) * 100}%`; };
  paint();
  return { node, destroy: state.on("cursor", paint) };
}

/** A distribution: [{from, to, n}] as columns, `label(edge)` under the first, middle and last edge. */
export function histogram(bins, label, kind = "content") {
  const most = Math.max(1, ...bins.map((bin) => bin.n));
  const columns = bins.map((bin) => el("span.rx-column", { title: `${label(bin.from)} to ${label(bin.to)}: ${count(bin.n)}` },
    el(`i.rx-is-${kind}`, { style: { height: bin.n ? `max(2px, ${(bin.n / most) * 100}%)` : "0" } })));
  const edges = bins.length ? [bins[0].from, bins[Math.floor(bins.length / 2)].from, bins.at(-1).to] : [];
  return el("div.rx-histogram", {}, el("div.rx-columns", {}, columns), el("div.rx-edges", {}, edges.map((edge) => el("span", {}, label(edge)))));
}

/** A table: headings [{label, title, isNumber}], rows of strings or elements. */
export function table(headings, rows) {
  const cell = (tag, at, ...inside) => el(`${tag}${headings[at].isNumber ? ".rx-number" : ""}`, { title: tag === "th" ? headings[at].title : null }, ...inside);
  return el("div.rx-table", {}, el("table", {},
    el("thead", {}, el("tr", {}, headings.map((heading, at) => cell("th", at, heading.label)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, at) => cell("td", at, value)))))));
}

/** A link to a chunk: a click moves the cursor there, hovering lights it up. */
export function chunkLink(state, chunk, words = `chunk ${count(chunk)}`) {
  return el("button.rx-link", {
    type: "button",
    onclick: () => state.set("cursor", chunk),
    onmouseenter: () => state.set("hover", chunk),
    onmouseleave: () => state.set("hover", null),
  }, words);
}

/** What is missing, why, and what to do about it. */
export const emptyPane = (title, why) => el("div.rx-blank", {}, el("b", {}, title), el("p", {}, ...[why].flat(2)));
