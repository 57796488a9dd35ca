// Branches too small for words, on one canvas: an element for each would take the browser seconds.

import { el } from "../dom.js";
import { cleanCanvas } from "../timeline/drawing.js";

/** @typedef {import("./branch_layout.js").Box} Box */
/** A box of a branch: its custom property of a colour, and whether runs of it are shown. @typedef {{ at: number, box: Box, hue: string }} SmallBranch */

const PALE = 0.4, STRONG = 0.8, LEAST_OUTLINED = 4;

export class BranchCanvas {
  /** @type {SmallBranch[]} */
  #branches = [];
  #size = [0, 0];
  #above = -1;
  #canvas = el("canvas.rx-small-branches", { "aria-hidden": "true" });

  /**
   * @param {(at: number) => string} wordsOf what is said of a branch under the pointer
   * @param {(at: number) => void} choose
   */
  constructor(wordsOf, choose) {
    this.root = this.#canvas;
    this.#canvas.addEventListener("mousemove", (event) => {
      const above = this.#under(event);
      if (above === this.#above) return;
      this.#above = above;
      this.#canvas.title = above < 0 ? "" : wordsOf(above);
      this.#canvas.classList.toggle("rx-above", above >= 0);
    });
    this.#canvas.addEventListener("click", (event) => {
      const at = this.#under(event);
      if (at >= 0) choose(at);
    });
  }

  /** @param {SmallBranch[]} branches @param {number} width @param {number} height */
  show(branches, width, height) {
    this.#branches = branches;
    this.#size = [width, height];
    this.#above = -1;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
  }

  /** One path for each look. @param {(at: number) => boolean} isOn whether runs of a branch are shown */
  paint(isOn) {
    const style = getComputedStyle(this.#canvas), colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const to = cleanCanvas(this.#canvas, ...(/** @type {[number, number]} */ (this.#size)), style.font);
    const outline = new Path2D();
    /** @type {Map<string, [string, number, Path2D]>} */
    const looks = new Map();
    for (const { at, hue, box: { left, top, width, height } } of this.#branches) {
      const alpha = isOn(at) ? STRONG : PALE, key = `${hue} ${alpha}`;
      if (!looks.has(key)) looks.set(key, [colour(hue), alpha, new Path2D()]);
      looks.get(key)?.[2].rect(left, top, width, height);
      if (width >= LEAST_OUTLINED && height >= LEAST_OUTLINED) outline.rect(left + 0.5, top + 0.5, width - 1, height - 1);
    }
    for (const [fill, alpha, path] of looks.values()) {
      to.globalAlpha = alpha;
      to.fillStyle = fill;
      to.fill(path);
    }
    to.globalAlpha = 1;
    to.strokeStyle = colour("--rx-hairline");
    to.stroke(outline);
  }

  /** @param {MouseEvent} event */
  #under({ offsetX: x, offsetY: y }) {
    return this.#branches.find(({ box: { left, top, width, height } }) => x >= left && x < left + width && y >= top && y < top + height)?.at ?? -1;
  }
}
