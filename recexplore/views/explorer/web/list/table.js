// The table of recordings: a grid that scrolls under its own head, of which only the rows in sight exist.
//
// Takes rows by their place in the order, from whoever has them; knows no search. The head is inside what scrolls, so that it
// always stands above its figures.

import { el, oncePerFrame } from "../dom.js";
import { closeGaps } from "./both_ends.js";
import { badgeWidth, COLUMNS, fitted, GAP, widths } from "./columns.js";
import { Heads } from "./heads.js";
import { checked, keepChosen, readChosen } from "./remembered.js";
import { rowNode, tellComing, tellRuns } from "./rows.js";
import { heightOf, placeAt, ROW, scrollTopOf, topToShow } from "./scroll.js";
import { drawThumbnail } from "./thumbnails.js";

const SPARE_ROWS = 3;

/** The table. */
export class Table {
  total = 0;
  /** @type {import("./order.js").Order} */
  order = { by: null, descending: false };
  #own = Math.random().toString(36).slice(2);
  #chosen = readChosen(COLUMNS.map(({ key }) => key));
  /** @type {Record<string, number>} */
  #largest = {};
  /** @type {{ key: string, width: number }[]} */
  columns = [];
  /** @type {Map<number, HTMLElement>} the rows that exist, by their place */
  #nodes = new Map();
  #isStale = true;
  /** The widths of the columns for which the names of rows were cut. */
  #cutFor = "";
  #body = el("div.rx-body", { role: "rowgroup" });
  #message = el("div.rx-empty", { role: "status", hidden: true });

  /**
   * @param {{ severities: string[], small_letters: string }} opening
   * @param {{ rowAt: (place: number) => import("../messages").Row | undefined, want: (place: number) => void, promptOf: (row: import("../messages").Row) => string,
   *   comingOf: (id: string) => import("../coming.js").Coming | undefined, isShown: (id: string) => boolean, choose: (id: string, place: number, event: MouseEvent) => void, isChosen: (id: string) => boolean, sorted: (key: string, isRising: boolean) => void }} does
   */
  constructor(opening, does) {
    this.opening = opening;
    this.does = does;
    this.heads = new Heads({ sorted: does.sorted, resized: (key, width) => this.#resize(key, width) });
    this.list = el("div.rx-list", { tabindex: "0", role: "grid", "aria-label": "recordings" }, el("div.rx-heads", { role: "rowgroup" }, this.heads.root), this.#body);
    this.root = el("div.rx-listing", {}, this.list, this.#message);
    this.scrolled = oncePerFrame(() => this.#paint());
    this.repaint = oncePerFrame(() => this.paint());
    this.list.addEventListener("scroll", this.scrolled, { passive: true });
    this.#body.addEventListener("click", (/** @type {Event} */ event) => this.#clicked(/** @type {MouseEvent} */ (event)));
    // Shift and a click choose rows, not letters.
    this.#body.addEventListener("mousedown", (/** @type {Event} */ event) => { if (/** @type {MouseEvent} */ (event).shiftKey) event.preventDefault(); });
    this.sized = new ResizeObserver(() => this.layOut());
    this.sized.observe(this.list);
  }

  /** Shows so many rows in this order. @param {number} total @param {import("./order.js").Order} order @param {Record<string, number>} largest */
  begin(total, order, largest) {
    [this.total, this.order, this.#largest] = [total, order, largest];
    this.list.setAttribute("aria-rowcount", String(total + 1));
    this.#body.style.height = `${heightOf(total)}px`;
    // A group of rows has some.
    this.#body.setAttribute("role", total ? "rowgroup" : "presentation");
    this.#isStale = true;
    this.layOut();
  }

  /** Says something in place of rows; null: shows the rows. @param {(Node | string)[] | null} message @param {boolean} isFailure */
  say(message, isFailure = false) {
    this.#message.hidden = message === null;
    this.#message.classList.toggle("rx-failed", isFailure);
    this.#message.replaceChildren(...(message ?? []));
  }

  /** How much of the list rows have. */
  room() {
    return Math.max((this.list.clientHeight || 600) - this.heads.root.offsetHeight, ROW);
  }

  /** The place at the top, with the part of it that is out of sight. */
  top() {
    return placeAt(this.list.scrollTop, this.total, this.room());
  }

  /** @param {number} place */
  scrollTo(place) {
    this.list.scrollTop = scrollTopOf(place, this.total, this.room());
  }

  /** Scrolls no further than it must. @param {number} place */
  reveal(place) {
    if (place < 0) return;
    const first = this.top(), next = topToShow(place, first, this.room() / ROW);
    if (next !== first) this.scrollTo(next);
  }

  /** What of the columns the reader chose, and which are seen. */
  chosen() {
    return { hidden: this.#chosen.hidden, shown: this.columns.map(({ key }) => key), hasWidths: Object.keys(this.#chosen.widths).length > 0 };
  }

  /** @param {{ hidden?: string[], widths?: Record<string, number> }} changed */
  choose(changed) {
    this.#chosen = checked({ ...this.#chosen, ...changed }, COLUMNS.map(({ key }) => key));
    keepChosen(this.#chosen);
    this.layOut();
  }

  /** Gives the columns the room that there is. */
  layOut() {
    const measure = this.#measure(), { severities } = this.opening;
    const columns = fitted(this.list.clientWidth || 600, widths(this.#largest, severities, measure), this.#chosen, this.order.by);
    this.list.style.setProperty("--rx-list-columns", columns.map(({ width }) => `${width}px`).join(" "));
    this.list.style.setProperty("--rx-list-gap", `${GAP}px`);
    for (const severity of severities) this.list.style.setProperty(`--rx-badge-${severity}-width`, `${badgeWidth(this.#largest[severity] ?? 0, measure)}px`);
    const isSame = columns.length === this.columns.length && columns.every(({ key }, at) => key === this.columns[at].key);
    this.columns = columns;
    this.heads.update(columns, this.order);
    if (isSame) this.scrolled();
    else this.paint();
  }

  /** Makes the rows in sight anew. */
  paint() {
    this.#isStale = true;
    this.#paint();
  }

  /** Says in the rows that exist how many runs their requests have. */
  tellRuns() {
    for (const [place, node] of this.#nodes) {
      const row = this.does.rowAt(place);
      if (row) tellRuns(node, row);
    }
    closeGaps(this.#nodes.values());
  }

  /** Says in the rows that exist which streams still come. */
  tellComing() {
    for (const [place, node] of this.#nodes) {
      const row = this.does.rowAt(place);
      if (row?.is_open) tellComing(node, this.does.comingOf(row.id));
    }
  }

  destroy() {
    this.scrolled.cancel();
    this.repaint.cancel();
    this.sized.disconnect();
  }

  /** @returns {(text: string) => number} how wide a text is */
  #measure() {
    const pen = document.createElement("canvas").getContext("2d"), { fontFamily, fontSize } = getComputedStyle(this.list);
    if (!pen || !fontFamily) return (text) => text.length * 7.5;
    pen.font = `${fontSize} ${fontFamily}`;
    return (text) => pen.measureText(text).width;
  }

  /** @param {string} key @param {number | null} width */
  #resize(key, width) {
    const { [key]: _, ...others } = this.#chosen.widths;
    this.choose({ widths: width === null ? others : { ...others, [key]: Math.round(Math.max(width, 20)) } });
  }

  #paint() {
    /** @type {[HTMLCanvasElement, string[]][]} */
    const pictures = [];
    const first = this.top(), from = Math.max(0, Math.floor(first) - SPARE_ROWS);
    const to = Math.min(this.total, Math.ceil(first + this.room() / ROW) + SPARE_ROWS);
    const kept = this.#isStale ? new Map() : this.#nodes, nodes = new Map();
    for (let place = from; place < to; place++) {
      const node = kept.get(place) ?? this.#row(place, pictures);
      node.style.top = `${this.list.scrollTop + (place - first) * ROW}px`;
      nodes.set(place, node);
    }
    this.#isStale = false;
    if ([...nodes].some(([place, node]) => this.#nodes.get(place) !== node) || nodes.size !== this.#nodes.size) this.#body.replaceChildren(...nodes.values());
    const widths = JSON.stringify(this.columns), isCut = widths === this.#cutFor && this.list.clientWidth > 0;
    closeGaps([...nodes].filter(([place, node]) => !isCut || this.#nodes.get(place) !== node).map(([, node]) => node));
    this.#cutFor = this.list.clientWidth > 0 ? widths : "";
    this.#nodes = nodes;
    const active = this.#body.querySelector(".rx-selected");
    if (active) this.list.setAttribute("aria-activedescendant", active.id);
    else this.list.removeAttribute("aria-activedescendant");
    pictures.forEach(([canvas, lines]) => drawThumbnail(canvas, lines, this.opening.small_letters));
  }

  /** @param {number} place @param {[HTMLCanvasElement, string[]][]} pictures */
  #row(place, pictures) {
    const row = this.does.rowAt(place);
    if (!row) {
      this.does.want(place);
      return el("div.rx-row.rx-waiting", { role: "row", "aria-rowindex": place + 2 }, el("div.rx-col", { role: "gridcell" }, "…"));
    }
    const { node, canvas } = rowNode(row, this.columns, {
      place, id: `${this.#own}-${place}`, isShown: this.does.isShown(row.id), isChosen: this.does.isChosen(row.id), prompt: this.does.promptOf(row), severities: this.opening.severities, coming: this.does.comingOf(row.id),
    });
    if (canvas) pictures.push([canvas, row.lanes]);
    return node;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const { target } = event, node = target instanceof Element ? target.closest(".rx-row") : null;
    for (const [place, each] of this.#nodes) {
      const row = each === node && this.does.rowAt(place);
      if (row) this.does.choose(row.id, place, event);
    }
  }
}
