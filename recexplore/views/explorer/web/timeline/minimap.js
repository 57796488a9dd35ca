// The whole stream in one thin strip under the lanes, and the part in view as a window that is dragged and resized.
//
// It has something to say only of a part: unseen otherwise, it keeps its room. To the keyboard it is a slider, along the whole, of where the
// part begins; the keys that zoom work here, too.

import { activeElement, count, el, plural, seconds } from "../dom.js";
import { chunksBetween } from "./axis.js";
import { tallestOfColumns } from "./blocks.js";
import { cleanCanvas, drawStrip } from "./drawing.js";
import { scaleOf, toPixel, toPlace } from "./scale.js";

const HEIGHT = 24, STRIP_TOP = 6, STRIP_BOTTOM = 22;
const HANDLE_PX = 6, LEAST_PX = 10;
const STEP = 0.1, LEAP = 1;

/** How far a key pans: a part of what is in view. @type {Record<string, number>} */
const PANS = {
  ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageUp: LEAP, PageDown: -LEAP, Home: -Infinity, End: Infinity,
};

/**
 * How a drag in the minimap changes the view; places are on the axis.
 * @type {Record<string, (view: import("./scale.js").Span, by: number) => import("./scale.js").Span>}
 */
const DRAGS = {
  move: ([start, end], by) => [start + by, end + by],
  start: ([start, end], by) => [Math.min(start + by, end), end],
  end: ([start, end], by) => [start, Math.max(end + by, start)],
};

/**
 * The window in pixels; of the smallest views a window that can be taken hold of.
 * @param {import("./scale.js").Scale} scale Of the whole.
 * @param {import("./scale.js").Span} view
 * @returns {[number, number]} From, and how wide.
 */
export function windowOf(scale, [start, end]) {
  const from = toPixel(scale, start), wide = toPixel(scale, end) - from;
  return wide >= LEAST_PX ? [from, wide] : [from + wide / 2 - LEAST_PX / 2, LEAST_PX];
}

/**
 * What is dragged by a press at a pixel: an edge, the window, or nothing of it.
 * @param {[number, number]} edges From, and how wide.
 * @param {number} x
 * @returns {"start" | "end" | "move" | null}
 */
export function gripAt([from, wide], x) {
  const reach = Math.min(HANDLE_PX, wide / 3);
  if (Math.abs(x - from) <= reach) return "start";
  if (Math.abs(x - from - wide) <= reach) return "end";
  return x > from && x < from + wide ? "move" : null;
}

/**
 * What is in view, in words.
 * @param {import("./axis.js").Axis} axis
 * @param {import("./scale.js").Span} view
 * @returns {string}
 */
export function viewWords(axis, view) {
  const [start, end] = view.map((place) => Math.min(Math.max(place, axis.whole[0]), axis.whole[1])), chunks = chunksBetween(axis, start, end);
  const held = chunks === null ? "no chunk" : chunks[0] === chunks[1] ? `chunk ${count(chunks[0])}` : `chunks ${count(chunks[0])} to ${count(chunks[1])}`;
  const of = `${held} of ${plural(axis.last + 1, "chunk")}`;
  return axis.isTime ? `${seconds(start)} to ${seconds(end)}: ${of}` : of;
}

export class Minimap {
  #canvas = el("canvas");
  #window = el("div.rx-window", {}, el("i.rx-grip"), el("i.rx-grip"));
  /** @type {Omit<import("./drawing.js").Scene, "lanes" | "height"> | null} */
  #scene = null;
  /** @type {import("./scale.js").Span} */
  #view = [0, 1];

  /**
   * @param {{chunk: number, severity: string}[]} ticks Findings, the most severe last.
   * @param {(view: import("./scale.js").Span) => void} show
   * @param {(part: number) => void} pan by a part of what is in view
   */
  constructor(ticks, show, pan) {
    this.ticks = ticks;
    this.show = show;
    this.pan = pan;
    this.root = el("div.rx-minimap", { role: "slider", tabindex: "0", "aria-label": "part of the stream in view", "aria-valuemin": "0", "aria-valuemax": "100", style: { height: `${HEIGHT}px` } }, this.#canvas, this.#window);
    this.#watch();
  }

  /**
   * Draws the stream anew: its place, its axis or the theme became another one.
   * @param {Omit<import("./drawing.js").Scene, "lanes" | "height">} scene
   */
  draw(scene) {
    this.#scene = { ...scene, scale: scaleOf(scene.axis.whole, scene.width) };
    const to = cleanCanvas(this.#canvas, scene.width, HEIGHT, scene.colours.font);
    const columns = tallestOfColumns(scene.stream.shares, scene.axis, this.#scene.scale);
    drawStrip(to, this.#scene, { columns, ticks: this.ticks, top: STRIP_TOP, bottom: STRIP_BOTTOM });
  }

  /**
   * @param {import("./scale.js").Span} view
   * @param {boolean} isPart
   */
  place(view, isPart) {
    this.#view = view;
    // What is unseen has no focus, and gives it to what goes on hearing keys.
    if (!isPart && activeElement(this.root) === this.root) /** @type {HTMLElement | null} */ (this.root.closest(".rx-right"))?.focus({ preventScroll: true });
    this.root.classList.toggle("rx-unseen", !isPart);
    if (!this.#scene) return;
    this.#tell(this.#scene.axis);
    const [from, wide] = windowOf(this.#scene.scale, view);
    this.#window.style.left = `${from}px`;
    this.#window.style.width = `${wide}px`;
  }

  /** @param {import("./axis.js").Axis} axis */
  #tell(axis) {
    const [first, last] = axis.whole, [start, end] = this.#view, room = last - first - (end - start);
    this.root.setAttribute("aria-valuenow", String(room > 0 ? Math.round(Math.min(Math.max((start - first) / room, 0), 1) * 100) : 0));
    this.root.setAttribute("aria-valuetext", viewWords(axis, this.#view));
  }

  #watch() {
    const { root } = this;
    root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const part = PANS[event.key];
      if (part === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.pan(event.shiftKey ? Math.sign(part) * Math.max(Math.abs(part), LEAP) : part);
    });
    /** @type {{grip: string, x: number, view: import("./scale.js").Span} | null} */
    let dragged = null;
    const pixel = (/** @type {PointerEvent} */ event) => event.clientX - root.getBoundingClientRect().left;
    root.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0 || !this.#scene) return;
      root.setPointerCapture(event.pointerId);
      const x = pixel(event), { scale } = this.#scene;
      const grip = gripAt(windowOf(scale, this.#view), x);
      if (!grip) {
        const half = (this.#view[1] - this.#view[0]) / 2, middle = toPlace(scale, x);
        this.show([middle - half, middle + half]);
      }
      dragged = { grip: grip ?? "move", x, view: this.#view };
    });
    root.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (!this.#scene) return;
      const x = pixel(event), { scale } = this.#scene;
      if (!dragged) root.dataset.grip = gripAt(windowOf(scale, this.#view), x) ?? "";
      else this.show(DRAGS[dragged.grip](dragged.view, toPlace(scale, x) - toPlace(scale, dragged.x)));
    });
    for (const over of ["pointerup", "pointercancel"]) root.addEventListener(over, () => { dragged = null; });
  }

  destroy() {
    // A canvas keeps its pixels until it is small.
    this.#canvas.width = this.#canvas.height = 0;
  }
}
