// The whole stream in one thin strip under the lanes, and the part in view as a window that is dragged and resized.
//
// It has something to say only of a part: unseen otherwise, it keeps its room. The keys that zoom and pan do the same.

import { el } from "../dom.js";
import { tallestOfColumns } from "./blocks.js";
import { cleanCanvas, drawStrip } from "./drawing.js";
import { scaleOf, toPixel, toPlace } from "./scale.js";

const HEIGHT = 24, STRIP_TOP = 6, STRIP_BOTTOM = 22;
const HANDLE_PX = 6, LEAST_PX = 10;

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
   */
  constructor(ticks, show) {
    this.ticks = ticks;
    this.show = show;
    this.root = el("div.rx-minimap", { "aria-hidden": "true", style: { height: `${HEIGHT}px` } }, this.#canvas, this.#window);
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
    this.root.classList.toggle("rx-unseen", !isPart);
    if (!this.#scene) return;
    const [from, wide] = windowOf(this.#scene.scale, view);
    this.#window.style.left = `${from}px`;
    this.#window.style.width = `${wide}px`;
  }

  #watch() {
    const { root } = this;
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
