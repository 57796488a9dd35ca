// The gap before each chunk, on a logarithmic axis, under the lanes and on their axis: the same chunk at the same pixel.

import { count, el, oncePerFrame, seconds } from "../dom.js";
import { axisOf } from "../timeline/axis.js";
import { blockWidth } from "../timeline/blocks.js";
import { coloursAt } from "../timeline/colours.js";
import { cleanCanvas, drawTicks } from "../timeline/drawing.js";
import { LEFT, RIGHT, scaleOf, toPixel } from "../timeline/scale.js";
import { gapAxis, gapColumns, gapsOf, runOf } from "./gaps.js";

const HEIGHT = 150, TOP = 12, BOTTOM = 126;
const BESIDE = 14, LEAST_LABEL_PX = 16;
const RING_PX = 3.5;

export class GapChart {
  #stream;
  #state;
  #marks;
  #gaps;
  #scaleOfGaps;
  /** @type {ReturnType<typeof gapColumns>["columns"]} */
  #columns = [];
  #canvas = el("canvas");
  #cursor = el("i.rx-cursor");
  #hovered = el("i.rx-cursor.rx-hovered");
  #said = el("div.rx-gap-said.rx-label");
  #redraw = oncePerFrame(() => this.#draw());
  #sized = new ResizeObserver(() => this.#redraw());

  /**
   * @param {import("../stream.js").Stream} stream With a clock.
   * @param {import("../state.js").State} state
   * @param {import("./gaps.js").MarkRun[]} marks
   */
  constructor(stream, state, marks) {
    this.#stream = stream;
    this.#state = state;
    this.#marks = marks;
    this.#gaps = gapsOf(/** @type {Float64Array} */ (stream.t));
    this.#scaleOfGaps = gapAxis(this.#gaps);
    const place = el("div.rx-gap-plot", { role: "img", "aria-label": `the gap before each of ${count(stream.nChunks)} chunks, longest ${seconds(this.longest)}` },
      this.#canvas, this.#hovered, this.#cursor);
    this.root = el("div.rx-gaps", {}, place, this.#said);
    this.#canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => state.set("hover", this.#chunkAt(event)));
    this.#canvas.addEventListener("pointerleave", () => state.set("hover", null));
    this.#canvas.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const chunk = this.#chunkAt(event);
      if (chunk !== null) state.set("cursor", chunk);
    });
    this.#sized.observe(place);
    this.ends = [state.on("view theme", this.#redraw), state.on("cursor hover", () => this.#mark())];
  }

  get longest() {
    return this.#gaps.reduce((most, gap) => (gap > most ? gap : most), 0);
  }

  destroy() {
    this.#sized.disconnect();
    this.#redraw.cancel();
    this.ends.forEach((end) => end());
    this.#canvas.width = this.#canvas.height = 0;
  }

  /** The axis and scale of the lanes, where they stand above; else the whole stream along chunks. */
  get #along() {
    const box = this.#canvas.getBoundingClientRect(), view = this.#state.get("view");
    const axis = axisOf(this.#stream, view?.isTime ? "time" : "chunk");
    const isAbove = view && view.from - box.left >= LEFT / 2 && view.to <= box.right - RIGHT / 2;
    const scale = isAbove ? { view: view.span, left: view.from - box.left, inner: view.to - view.from } : scaleOf(axis.whole, box.width);
    return { axis, scale, width: box.width };
  }

  #draw() {
    const { axis, scale, width } = this.#along;
    if (!width) return;
    const colours = coloursAt(this.root, this.#stream.legend, ["stall", "burst"]);
    const to = cleanCanvas(this.#canvas, width, HEIGHT, colours.font);
    drawTicks(to, { axis, scale, colours, width }, TOP, BOTTOM);
    this.#drawGapAxis(to, scale, colours);
    const { isCrowded, columns } = gapColumns(this.#gaps, axis, scale);
    this.#columns = columns;
    const wide = blockWidth(axis, scale, isCrowded);
    for (const { pixel, chunk, gap } of columns) {
      const run = runOf(this.#marks, chunk), y = this.#height(gap);
      to.fillStyle = run ? colours.findings[run[2]] : colours.chosen;
      to.fillRect(pixel - wide / 2, Math.min(y, BOTTOM - 1), wide, Math.max(BOTTOM - y, 1));
      if (run && chunk === waited(run)) drawShape(to, run[2], pixel, y, colours);
    }
    this.#mark();
  }

  /**
   * @param {CanvasRenderingContext2D} to
   * @param {import("../timeline/scale.js").Scale} scale
   * @param {import("../timeline/colours.js").Colours} colours
   */
  #drawGapAxis(to, { left, inner }, colours) {
    let taken = Infinity;
    to.textAlign = "right";
    for (const { value, words } of this.#scaleOfGaps.ticks) {
      const y = this.#height(10 ** value);
      to.fillStyle = colours.line;
      to.fillRect(left - BESIDE / 2, Math.round(y), inner + BESIDE, 1);
      if (taken - y < LEAST_LABEL_PX) continue;
      taken = y;
      to.fillStyle = colours.muted;
      // The lowest stays clear of what the other axis is called.
      to.fillText(words, left - BESIDE, Math.min(y, BOTTOM - 4));
    }
  }

  /** The pixel of a gap, from the top. */
  #height(/** @type {number} */ gap) {
    const { low, high } = this.#scaleOfGaps, part = gap > 0 ? (Math.log10(gap) - low) / (high - low) : 0;
    return BOTTOM - Math.max(part, 0) * (BOTTOM - TOP);
  }

  /** The lines at the cursor and at what is hovered, and the gap there in words. */
  #mark() {
    const { axis, scale } = this.#along, hover = this.#state.get("hover"), cursor = this.#state.get("cursor");
    for (const [node, chunk] of /** @type {[HTMLElement, number | null][]} */ ([[this.#cursor, cursor], [this.#hovered, hover]])) {
      const place = chunk === null ? NaN : axis.place(chunk), isSeen = place >= scale.view[0] && place <= scale.view[1];
      node.hidden = !isSeen;
      if (isSeen) node.style.transform = `translateX(${toPixel(scale, place)}px)`;
    }
    const said = this.#words(hover ?? cursor);
    if (this.#said.textContent !== said) this.#said.textContent = said;
  }

  #words(/** @type {number} */ chunk) {
    const gap = this.#gaps[chunk], run = runOf(this.#marks, chunk);
    return `chunk ${count(chunk)}: ${gap >= 0 ? `${seconds(gap)} after the one before` : "no gap is known before it"}${run ? `, ${run[2]}` : ""}`;
  }

  /**
   * @param {MouseEvent} event
   * @returns {number | null}
   */
  #chunkAt(event) {
    const x = event.clientX - this.#canvas.getBoundingClientRect().left;
    let best = null, score = Infinity;
    for (const { pixel, chunk } of this.#columns) {
      if (Math.abs(pixel - x) < score) [score, best] = [Math.abs(pixel - x), chunk];
    }
    return best;
  }
}

/**
 * The chunk before which there was the wait: the end of a stall, the beginning of a burst.
 * @param {import("./gaps.js").MarkRun} run
 * @returns {number}
 */
const waited = ([first, last, mark]) => (mark === "stall" ? last : first);

/**
 * A ring where a stall ended, a square where a burst began: told apart without their colours.
 * @param {CanvasRenderingContext2D} to
 * @param {string} mark
 * @param {number} x
 * @param {number} y
 * @param {import("../timeline/colours.js").Colours} colours
 */
function drawShape(to, mark, x, y, colours) {
  to.beginPath();
  if (mark === "stall") to.arc(x, y, RING_PX, 0, 2 * Math.PI);
  else to.rect(x - RING_PX + 0.5, y - RING_PX + 0.5, 2 * RING_PX - 1, 2 * RING_PX - 1);
  to.fillStyle = colours.back;
  to.fill();
  to.strokeStyle = colours.findings[mark];
  to.lineWidth = 1.5;
  to.stroke();
}
