// The wire of the shown runs: a lane each, a block a piece, equal text at the same place. Two canvases: blocks below, cursor above.

import { count, el, oncePerFrame, oneLine } from "../dom.js";
import { upperBound } from "../stream.js";
import { recorded } from "../text/controls.js";
import { titled } from "../text/line.js";
import { coloursAt } from "../timeline/colours.js";
import { cleanCanvas, drawTicks } from "../timeline/drawing.js";
import { watchPointer } from "../timeline/pointer.js";
import { LEFT, toPixel } from "../timeline/scale.js";
import { putTip } from "../timeline/tips.js";
import { Viewport } from "../timeline/viewport.js";
import { stretchOf } from "./aligned.js";
import { numberOf } from "./shown_runs.js";

const TOP = 20, LANE = 24, BOTTOM = 22, BLOCK = 12, BESIDE = 14, REPORT = 9, BEFORE_REPORT = 3, LEAST_CHARS = 16, LONGEST = 160;

/** What an empty box at the end of a lane says. */
export const NO_REPORT = "no usage report came";

/** @param {number} end @returns {import("../timeline/axis.js").Axis} */
function axisOf(end) {
  const air = Math.max(end * 0.006, 0.5);
  return { isTime: false, unit: "character", whole: [-air, end + air], least: Math.min(LEAST_CHARS, end + 1), last: end, times: null, place: (position) => position, from: Math.ceil };
}

/**
 * Where on the axis a piece has characters: in several stretches where others have words in its middle.
 * @param {import("./aligned.js").Part} part
 * @param {number} piece
 * @returns {[number, number][]}
 */
export function drawnOf({ start, left, right, position }, piece) {
  const from = start[piece], end = start[piece + 1];
  if (right[piece] - left[piece] <= end - from) return [[left[piece], right[piece]]];
  /** @type {[number, number][]} */
  const stretches = [];
  for (let unit = from; unit < end; unit++) {
    const last = stretches.at(-1);
    if (last && position[unit] <= last[1]) last[1] = position[unit] + 1;
    else stretches.push([position[unit], position[unit] + 1]);
  }
  return stretches;
}

/**
 * The shown runs in which no usage report came, though one came in another of them.
 * @param {import("../messages").ComparisonView} view
 * @param {number[]} shown
 * @returns {number[]}
 */
export function withoutReport({ runs }, shown) {
  const lacking = shown.filter((run) => !runs[run].has_usage);
  return lacking.length < shown.length ? lacking : [];
}

export class Lanes {
  #below = el("canvas", { "aria-hidden": "true" });
  #above = el("canvas.rx-marks", { role: "img", tabindex: "-1" });
  #tip = el("div.rx-tip", { hidden: true });
  #viewport = new Viewport(axisOf(1));
  /** @type {import("../timeline/colours.js").Colours | null} */
  #colours = null;

  /** @param {import("./view.js").Given} given @param {import("../explorer.js").Opening} opening */
  constructor({ state, view }, opening) {
    this.state = state;
    this.view = view;
    this.opening = opening;
    this.box = el("div.rx-lanes", {}, this.#below, this.#above, this.#tip);
    this.root = el("div.rx-timeline.rx-run-lanes", {}, this.box);
    const draw = oncePerFrame(() => this.#draw()), move = oncePerFrame(() => this.#drawMoving());
    this.redraw = draw;
    this.sized = new ResizeObserver(draw);
    this.sized.observe(this.box);
    this.ends = [
      state.on("aligned", () => this.#begin()), state.on("theme", () => { this.#colours = null; draw(); }),
      state.on("cursor", () => { this.#follow(); move(); }), state.on("hover", move), draw.cancel, move.cancel, () => this.sized.disconnect(),
    ];
    watchPointer(this.#above, {
      hover: (x, y) => this.#hover(x, y), leave: () => this.#leave(), click: (x, y) => this.#click(x, y), drag: (_, x) => this.#click(x, 0), drop: () => {},
      double: () => this.fit(), zoom: (factor, x) => this.zoom(factor, this.#viewport.placeAt(x)), pan: (pixels) => this.#moved(this.#viewport.pan(pixels / this.#viewport.scale.inner)),
    });
  }

  destroy() {
    this.ends.forEach((end) => end());
  }

  /** @param {number} factor @param {number} [around] */
  zoom(factor, around = Math.min(this.state.get("cursor"), this.#viewport.axis.last)) {
    this.#viewport.zoom(factor, around);
    this.redraw();
  }

  fit() {
    this.#viewport.show(this.#viewport.axis.whole);
    this.redraw();
  }

  /** @param {number} part */
  pan(part) {
    this.#moved(this.#viewport.pan(part));
  }

  /** @param {boolean} isMoved */
  #moved(isMoved) {
    if (isMoved) this.redraw();
    return isMoved;
  }

  #begin() {
    const aligned = this.state.get("aligned");
    if (!aligned) return;
    this.#viewport.turn(axisOf(aligned.end));
    this.box.style.height = `${this.#height}px`;
    const lacking = withoutReport(this.view, aligned.runs);
    this.#above.setAttribute("aria-label", `how ${aligned.runs.length} runs were cut: ${aligned.runs.map((run) => `run ${numberOf(run)}${lacking.includes(run) ? ` (${NO_REPORT})` : ""}`).join(", ")}`);
    this.redraw();
  }

  get #height() {
    return TOP + (this.state.get("aligned")?.runs.length ?? 0) * LANE + BOTTOM;
  }

  #follow() {
    const cursor = this.state.get("cursor");
    if (!this.#viewport.isPart || this.#viewport.holds(cursor)) return;
    this.#viewport.center(cursor);
    this.redraw();
  }

  #coloursOfNow() {
    return coloursAt(this.box, this.opening.legend, this.opening.severities);
  }

  /** What is in view as a sheet of paper has it: one canvas of a width, in the colours of now, without a cursor. @param {number} width */
  drawn(width) {
    const canvas = el("canvas"), shown = this.#viewport.width;
    this.#viewport.width = width;
    this.#drawStill(canvas, this.#coloursOfNow());
    this.#viewport.width = shown;
    return canvas;
  }

  #draw() {
    const width = this.box.clientWidth;
    if (!this.state.get("aligned") || !width) return;
    this.#viewport.width = width;
    this.#drawStill(this.#below, this.#colours ??= this.#coloursOfNow());
    this.#drawMoving();
  }

  /** What no cursor moves. @param {HTMLCanvasElement} canvas @param {import("../timeline/colours.js").Colours} colours */
  #drawStill(canvas, colours) {
    const aligned = this.state.get("aligned");
    if (!aligned) return;
    const { scale, axis, width } = this.#viewport, bottom = this.#height - BOTTOM, to = cleanCanvas(canvas, width, this.#height, colours.font);
    drawTicks(to, { axis, scale, colours, width }, TOP, bottom);
    this.#drawNames(to, colours);
    to.save();
    to.beginPath();
    to.rect(LEFT - 4, 0, width - LEFT + 4, this.#height);
    to.clip();
    for (const section of aligned.sections) {
      if (section.end < scale.view[0] || section.start > scale.view[1]) continue;
      this.#drawSection(to, section, colours, aligned.sections.length > 1);
    }
    this.#drawMissingReports(to, colours);
    to.restore();
  }

  /** @param {CanvasRenderingContext2D} to @param {import("../timeline/colours.js").Colours} colours */
  #drawNames(to, colours) {
    to.textBaseline = "middle";
    to.textAlign = "right";
    to.fillStyle = colours.muted;
    this.state.get("aligned")?.runs.forEach((run, lane) => to.fillText(`run ${count(numberOf(run))}`, LEFT - BESIDE, TOP + lane * LANE + LANE / 2, LEFT - BESIDE - 2));
  }

  /** @param {CanvasRenderingContext2D} to @param {import("./aligned.js").Section} section @param {import("../timeline/colours.js").Colours} colours @param {boolean} isNamed */
  #drawSection(to, section, colours, isNamed) {
    const { scale } = this.#viewport, pixel = (/** @type {number} */ place) => toPixel(scale, place);
    if (isNamed) {
      const left = pixel(section.start), room = pixel(section.end) - left - 8;
      to.fillStyle = colours.wire;
      to.fillRect(Math.round(left), 4, 1, TOP + section.parts.length * LANE - 4);
      to.fillStyle = colours.muted;
      to.textAlign = "left";
      to.textBaseline = "middle";
      const from = Math.max(left, LEFT);
      if (to.measureText(section.label).width < room - (from - left)) to.fillText(section.label, from + 4, TOP / 2);
    }
    section.parts.forEach((part, lane) => {
      const top = TOP + lane * LANE + (LANE - BLOCK) / 2;
      to.fillStyle = colours.shares[section.legend];
      let drawn = -Infinity;
      for (let piece = Math.max(upperBound(part.left, scale.view[0]) - 1, 0); piece < part.nPieces && part.left[piece] <= scale.view[1]; piece++) {
        const x = pixel(part.left[piece]), end = pixel(part.right[piece]), wide = end - x;
        // Of pieces that share a pixel one is drawn.
        if (wide < 1 && x < drawn + 1) continue;
        drawn = x;
        for (const [from, behind] of drawnOf(part, piece)) {
          const start = pixel(from), room = pixel(behind) - start;
          to.fillRect(start, top, Math.max(room > 3 && behind === part.right[piece] ? room - 1 : room * 0.9, 0.8), BLOCK);
        }
      }
      to.fillStyle = colours.findings[this.opening.severities[0]];
      for (const stretch of part.differing) {
        const [start, end] = stretchOf(section, part, stretch).map(pixel);
        to.fillRect(start - (end > start ? 0 : 1), top + BLOCK + 1, Math.max(end - start, 2), 2.5);
      }
    });
  }

  /** Where lanes end and no usage report does: an empty box in its place. @param {CanvasRenderingContext2D} to @param {import("../timeline/colours.js").Colours} colours */
  #drawMissingReports(to, colours) {
    const { x, lanes } = this.#missingReports;
    to.strokeStyle = colours.muted;
    to.lineWidth = 1;
    to.setLineDash([2, 2]);
    for (const lane of lanes) to.strokeRect(x + 0.5, TOP + lane * LANE + (LANE - BLOCK) / 2 + 0.5, REPORT - 1, BLOCK - 1);
    to.setLineDash([]);
  }

  /** From which pixel on, and in which lanes, a usage report is missing. */
  get #missingReports() {
    const aligned = this.state.get("aligned"), runs = aligned?.runs ?? [], lacking = withoutReport(this.view, runs);
    return { x: Math.round(toPixel(this.#viewport.scale, aligned?.end ?? 0)) + BEFORE_REPORT, lanes: lacking.map((run) => runs.indexOf(run)) };
  }

  #drawMoving() {
    const aligned = this.state.get("aligned"), colours = this.#colours, { width, scale } = this.#viewport;
    if (!aligned || !colours || !width) return;
    const to = cleanCanvas(this.#above, width, this.#height, colours.font), bottom = this.#height - BOTTOM, tall = bottom - TOP;
    const cursor = this.state.get("cursor"), hover = this.state.get("hover"), x = toPixel(scale, Math.min(cursor, aligned.end));
    to.save();
    to.beginPath();
    to.rect(LEFT - 4, 0, width - LEFT + 4, this.#height);
    to.clip();
    if (cursor < aligned.end) {
      to.globalAlpha = 0.7;
      to.fillStyle = colours.back;
      to.fillRect(x, TOP, width - x, tall);
    }
    if (hover) {
      const [from, end] = hover.map((place) => toPixel(scale, place));
      to.globalAlpha = 0.18;
      to.fillStyle = colours.text;
      to.fillRect(from - 1, TOP, Math.max(end - from, 1) + 2, tall);
    }
    to.globalAlpha = 1;
    to.fillStyle = colours.text;
    to.fillRect(x - 0.75, TOP - 5, 1.5, tall + 5);
    to.restore();
  }

  /** The part and the piece under a place of the canvas. @param {number} x @param {number} y */
  #pieceUnder(x, y) {
    const aligned = this.state.get("aligned"), place = this.#viewport.placeAt(x), lane = Math.floor((y - TOP) / LANE);
    const section = aligned?.sections.find(({ start, end }) => place >= start && place < end), part = section?.parts[lane];
    const piece = part ? upperBound(part.left, place) - 1 : -1;
    return part && piece >= 0 && place < part.right[piece] ? { part, piece } : null;
  }

  /** @param {number} x @param {number} y */
  #hover(x, y) {
    const under = x < LEFT - 4 ? null : this.#pieceUnder(x, y), missing = this.#missingReports, lane = Math.floor((y - TOP) / LANE);
    if (!under && x >= missing.x && missing.lanes.includes(lane)) {
      this.state.set("hover", null);
      return putTip(this.#tip, x, this.#viewport.width, [el("b", {}, `run ${count(numberOf(this.state.get("aligned")?.runs[lane] ?? 0))} `), el("span", {}, NO_REPORT)]);
    }
    if (!under) return this.#leave();
    const { part, piece } = under;
    this.state.set("hover", [part.left[piece], part.right[piece]]);
    const text = part.text.slice(part.start[piece], part.start[piece + 1]);
    putTip(this.#tip, x, this.#viewport.width, [el("b", {}, `run ${count(numberOf(part.run))}, chunk ${count(part.chunk[piece])} `), el("span.rx-tip-text", {}, recorded(oneLine(text.slice(0, LONGEST))))]);
    this.#tip.setAttribute("aria-label", titled(text));
  }

  #leave() {
    this.#tip.hidden = true;
    this.state.set("hover", null);
  }

  /** @param {number} x @param {number} y */
  #click(x, y) {
    const aligned = this.state.get("aligned"), under = this.#pieceUnder(x, y);
    if (!aligned || x < LEFT - 4) return;
    // A piece has come when its end has.
    const place = under ? under.part.right[under.piece] : Math.round(this.#viewport.placeAt(x));
    this.state.set("cursor", Math.min(Math.max(place, 0), aligned.end));
  }
}
