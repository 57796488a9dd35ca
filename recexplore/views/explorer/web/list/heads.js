// The head of the table: what each column is called, sorts by and how wide it is.
//
// One stop for the keyboard: arrows walk through the heads, with Shift they change a column's width.

import { activeElement, el } from "../dom.js";
import { COLUMNS } from "./columns.js";

/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./order.js").Order} Order */

const STEP = 10;
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

/** The head's cells. */
export class Heads {
  /** @type {{ key: string, width: number }[]} */
  #columns = [];
  #shown = "";
  #current = 0;

  /** @param {{ sorted: (key: string, isRising: boolean) => void, resized: (key: string, width: number | null) => void }} does */
  constructor(does) {
    this.does = does;
    this.root = el("div.rx-header", { role: "row", "aria-rowindex": 1 });
    this.root.addEventListener("keydown", (/** @type {Event} */ event) => this.#pressed(event));
    this.root.addEventListener("focusin", (/** @type {Event} */ event) => this.#focused(event.target));
  }

  /**
   * Shows these columns, and which of them sorts.
   * @param {{ key: string, width: number }[]} columns
   * @param {Order} order
   */
  update(columns, order) {
    this.#columns = columns;
    const shown = JSON.stringify([columns.map(({ key }) => key), order]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const active = activeElement(this.root), focused = this.root.contains(active) ? active?.dataset.sort : undefined;
    this.root.replaceChildren(...columns.map(({ key }) => this.#head(COLUMNS.find((column) => column.key === key), order)));
    const buttons = this.#buttons();
    this.#current = Math.max(0, buttons.findIndex((button) => button.dataset.sort === focused));
    buttons.forEach((button, at) => { button.tabIndex = at === this.#current ? 0 : -1; });
    if (focused !== undefined) buttons[this.#current]?.focus();
  }

  /** @param {any} column @param {Order} order */
  #head(column, order) {
    const sorted = column.sorts.some((/** @type {any} */ sort) => sort.key === order.by);
    const node = el(`div.rx-th.rx-col-${column.key}${column.isNumber ? ".rx-th-number" : ""}`, {
      role: "columnheader", title: column.title, "aria-sort": column.sorts.length ? (sorted ? (order.descending ? "descending" : "ascending") : "none") : null,
    }, column.sorts.length ? column.sorts.map((/** @type {any} */ sort) => this.#button(column, sort, order)) : el("span.rx-th-label", {}, column.label));
    node.append(this.#edge(column));
    return node;
  }

  /** @param {Column} column @param {Column["sorts"][number]} sort @param {Order} order */
  #button(column, { key, label, isRising }, order) {
    const arrow = key === order.by ? (order.descending ? "↓" : "↑") : "";
    return el("button.rx-sort", {
      type: "button", tabindex: "-1", dataset: { sort: key, column: column.key }, onclick: () => this.does.sorted(key, isRising),
      "aria-keyshortcuts": "Shift+ArrowLeft Shift+ArrowRight", title: `${column.title}: sort by ${label} (Shift and arrows: wider, narrower)`,
    }, el("span.rx-th-label", {}, label), el("span.rx-arrow", { "aria-hidden": "true" }, arrow));
  }

  /** The edge that is dragged; a double click gives the column back its own width. @param {Column} column */
  #edge(column) {
    const edge = el("span.rx-edge", { title: "drag: wider, narrower; double click: its own width" });
    edge.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      const from = event.clientX - this.#widthOf(column.key);
      const move = (/** @type {PointerEvent} */ { clientX }) => this.does.resized(column.key, clientX - from);
      // Heads are made anew when a column gives way to the one that grows: the edge may be gone before the pointer is up.
      const dragging = new AbortController(), { signal } = dragging;
      document.addEventListener("pointermove", move, { signal });
      for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => dragging.abort(), { signal });
    });
    edge.addEventListener("dblclick", () => this.does.resized(column.key, null));
    edge.addEventListener("click", (/** @type {Event} */ event) => event.stopPropagation());
    return edge;
  }

  /** @param {string} key */
  #widthOf(key) {
    return this.#columns.find((column) => column.key === key)?.width ?? 0;
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [.../** @type {NodeListOf<HTMLButtonElement>} */ (this.root.querySelectorAll("button.rx-sort"))];
  }

  /** @param {any} target */
  #focused(target) {
    const at = this.#buttons().indexOf(target);
    if (at < 0) return;
    this.#buttons()[this.#current]?.setAttribute("tabindex", "-1");
    this.#current = at;
    target.tabIndex = 0;
  }

  /** @param {any} event a key that was pressed */
  #pressed(event) {
    const by = STEPS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || !event.target.dataset.sort) return;
    event.preventDefault();
    event.stopPropagation();
    const { column } = event.target.dataset;
    if (event.shiftKey) return this.does.resized(column, this.#widthOf(column) + by * STEP);
    const buttons = this.#buttons();
    buttons[Math.min(Math.max(this.#current + by, 0), buttons.length - 1)].focus();
  }
}
