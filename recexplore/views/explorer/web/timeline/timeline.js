// The timeline: one lane a choice, a block a chunk share, a thin line along the wire; under it a strip of the whole.
//
// Takes a Stream and the shared State; draws on two canvases, the blocks below and what moves above, so that moving the cursor
// draws no block again. What stands where is computed in `axis`, `viewport` and `blocks`.
//
// Of the state it reads cursor, hover, axis, theme and range, and sets cursor, hover, zoomed, range and `view`: which span of
// which axis is drawn between which pixels of the window, for what lines up with the lanes; null where there are none.

import { count, el, oncePerFrame, plural } from "../dom.js";
import { axisOf } from "./axis.js";
import { BOTTOM, layLanes, nearestChunk, sharesInView, TOP } from "./blocks.js";
import { ChosenRange } from "./chosen_range.js";
import { coloursAt } from "./colours.js";
import { cleanCanvas, drawBlocks, drawLaneNames, drawMoving, drawTicks, drawWire } from "./drawing.js";
import { findingMarks } from "./marks.js";
import { Minimap } from "./minimap.js";
import { watchPointer } from "./pointer.js";
import { LEFT, RIGHT, scaleOf, toPixel } from "./scale.js";
import { chunkTip, findingsTip, putTip } from "./tips.js";
import { Viewport } from "./viewport.js";

/** What is left of this is names. */
const FIRST_PX = LEFT - 10;

/**
 * Whether a timeline says anything of a stream: one chunk is nothing to draw along.
 * @param {{nChunks: number}} stream
 * @returns {boolean}
 */
export function isWorthDrawing({ nChunks }) {
  return nChunks > 1;
}

export class Timeline {
  #stream;
  #state;
  #findings;
  #severities;
  #lanes;
  #marks;
  #viewport;
  #range;
  #map;
  /** @type {import("./colours.js").Colours | null} */
  #colours = null;
  /** Where the pointer is. @type {number | null} */
  #pointer = null;
  #isClick = false;
  #below = el("canvas.rx-blocks");
  #above = el("canvas.rx-marks");
  #tip = el("div.rx-tip", { hidden: true });
  #redraw = oncePerFrame(() => this.#drawAll());
  #remark = oncePerFrame(() => this.#drawMoving());
  #sized = new ResizeObserver(() => this.#resize());
  /** @type {(() => void)[]} */
  #ends = [];

  /**
   * @param {import("../stream.js").Stream} stream
   * @param {import("../state.js").State} state
   * @param {import("./tips.js").Finding[]} findings
   * @param {string[]} severities The most severe first.
   * @param {number} [room] For the lanes, in pixels.
   */
  constructor(stream, state, findings, severities, room) {
    this.#stream = stream;
    this.#state = state;
    this.#findings = findings;
    this.#severities = severities;
    this.#lanes = layLanes(stream.lanes, room);
    this.#marks = findingMarks(findings, severities);
    this.#viewport = new Viewport(axisOf(stream, state.get("axis")));
    this.#range = new ChosenRange(stream, state, this.#viewport, () => this.zoomToRange());
    this.#map = new Minimap(this.#marks.ticks, (span) => this.show(span), (part) => this.pan(part));
    state.set("zoomed", false);
    state.set("range", null);
    state.set("view", null);
    this.root = isWorthDrawing(stream) ? this.#parts() : nothingToDraw(stream);
    if (isWorthDrawing(stream)) this.#listen();
  }

  #parts() {
    const { nChunks, lanes } = this.#stream, n = this.#findings.length;
    const label = `${count(nChunks)} chunks in ${plural(lanes.length, "lane")}${n ? `, ${plural(n, "finding")}` : ""}; arrow keys step along them`;
    const tall = el("div.rx-tall", { role: "img", "aria-label": label, style: { height: `${this.#lanes.height}px` } }, this.#below, this.#above);
    return el("div.rx-timeline", {}, el("div.rx-lanes", {}, el("div.rx-scrolled", {}, tall), this.#range.bar.root, this.#tip), this.#map.root);
  }

  #listen() {
    watchPointer(this.#above, this.#meanings());
    this.#sized.observe(this.root);
    this.#ends = [
      this.#state.on("cursor", () => this.#follow()),
      this.#state.on("hover range", this.#remark),
      this.#state.on("axis", () => this.#turn()),
      this.#state.on("theme", () => { this.#colours = null; this.#redraw(); }),
    ];
  }

  /**
   * Shows more of less, or less of more.
   * @param {number} factor
   * @param {number | null} around A place on the axis; the cursor's where none is given, if it is in view.
   */
  zoom(factor, around = null) {
    const cursor = this.#place(this.#state.get("cursor"));
    this.#viewport.zoom(factor, around ?? (this.#viewport.holds(cursor) ? cursor : this.#viewport.middle));
    this.#showsAnother();
  }

  /**
   * Zooms around what is under the pointer, if it is over the lanes.
   * @param {number} factor
   */
  zoomAtPointer(factor) {
    this.zoom(factor, this.#pointer === null ? null : this.#viewport.placeAt(this.#pointer));
  }

  /**
   * Moves by a part of what is in view.
   * @param {number} part
   * @returns {boolean} Whether there was anywhere to go.
   */
  pan(part) {
    const moves = this.#viewport.pan(part);
    if (moves) this.#showsAnother();
    return moves;
  }

  fit() {
    this.show(this.#viewport.axis.whole);
  }

  /** @param {import("./scale.js").Span} span As far as there is one. */
  show(span) {
    this.#viewport.show(span);
    this.#showsAnother();
  }

  /** Begins a range at the cursor, which then takes its end along; at the second call it stays. */
  markRange() {
    if (isWorthDrawing(this.#stream)) this.#range.mark();
  }

  clearRange() {
    this.#range.clear();
  }

  zoomToRange() {
    const { span } = this.#range;
    if (span) this.show(span);
  }

  destroy() {
    this.#sized.disconnect();
    this.#redraw.cancel();
    this.#remark.cancel();
    this.#ends.forEach((end) => end());
    this.#map.destroy();
    // A canvas keeps its pixels until it is small.
    for (const canvas of [this.#below, this.#above]) canvas.width = canvas.height = 0;
  }

  /**
   * What is in view as a sheet of paper has it: one canvas of a width, in the colours of now. Paper has no cursor, and on it nothing is still to come.
   * @param {number} width
   */
  drawn(width) {
    const canvas = el("canvas"), scene = { ...this.#scene, colours: this.#coloursOfNow(), scale: scaleOf(this.#viewport.span, width), width };
    this.#drawStill(canvas, scene);
    return canvas;
  }

  #coloursOfNow() {
    return coloursAt(this.root, this.#stream.legend, this.#severities);
  }

  /** @returns {import("./drawing.js").Scene} */
  get #scene() {
    const { axis, scale, width } = this.#viewport;
    this.#colours ??= this.#coloursOfNow();
    return { stream: this.#stream, axis, scale, lanes: this.#lanes, colours: this.#colours, width, height: this.#lanes.height };
  }

  #place(/** @type {number} */ chunk) {
    return this.#viewport.axis.place(chunk);
  }

  /** The pixel of a chunk. */
  #where = (/** @type {number} */ chunk) => toPixel(this.#viewport.scale, this.#place(chunk));

  #showsAnother() {
    this.#state.set("zoomed", this.#viewport.isPart);
    // What was under the pointer has moved away.
    this.#tip.hidden = true;
    this.#state.set("hover", null);
    this.#redraw();
  }

  #resize() {
    if (this.root.clientWidth === this.#viewport.width) return this.#tellView();
    this.#viewport.width = this.root.clientWidth;
    this.#colours = null;
    this.#drawAll();
  }

  #turn() {
    this.#viewport.turn(axisOf(this.#stream, this.#state.get("axis")));
    // The strip of the whole is drawn anew with the colours.
    this.#colours = null;
    this.#showsAnother();
  }

  #drawAll() {
    if (!this.#viewport.width) return;
    const isNew = this.#colours === null, scene = this.#scene;
    this.#drawStill(this.#below, scene);
    if (isNew) this.#map.draw(scene);
    this.#map.place(this.#viewport.span, this.#viewport.isPart);
    this.#drawMoving();
    this.#tellView();
  }

  /** What no cursor moves. @param {HTMLCanvasElement} canvas @param {import("./drawing.js").Scene} scene */
  #drawStill(canvas, scene) {
    const { axis, scale, colours, width, height } = scene, { lanes, legend, shares } = this.#stream;
    const to = cleanCanvas(canvas, width, height, colours.font);
    drawTicks(to, scene, TOP, height - BOTTOM);
    drawLaneNames(to, scene);
    const { isCrowded, shown } = sharesInView(shares, axis, scale, lanes.length, legend.length);
    if (!isCrowded && lanes.length > 1) drawWire(to, scene, shown);
    drawBlocks(to, scene, shown, isCrowded);
    const where = (/** @type {number} */ chunk) => toPixel(scale, axis.place(chunk));
    this.#marks.draw(to, where, { left: LEFT, right: width - RIGHT, bottom: TOP, colours: colours.findings, back: colours.back });
  }

  #drawMoving() {
    const { width } = this.#viewport;
    if (!width) return;
    const scene = this.#scene, to = cleanCanvas(this.#above, width, scene.height, scene.colours.font);
    drawMoving(to, scene, { cursor: this.#state.get("cursor"), hover: this.#state.get("hover"), range: this.#range.pixels });
    this.#range.placeBar();
  }

  /** Tells what lines up with the lanes, if anything became another. */
  #tellView() {
    const { left } = this.root.getBoundingClientRect(), { span, axis: { isTime }, width } = this.#viewport, was = this.#state.get("view");
    const [from, to] = [left + LEFT, left + width - RIGHT];
    const isSame = was && was.span === span && was.isTime === isTime && was.from === from && was.to === to;
    if (!isSame) this.#state.set("view", { span, isTime, from, to });
  }

  /** A cursor that leaves the view takes the view along. */
  #follow() {
    const cursor = this.#state.get("cursor"), place = this.#place(cursor);
    // The tip is about what is under the pointer, and would stand in the way of who steps by key.
    if (!this.#isClick) this.#tip.hidden = true;
    this.#range.follow(cursor);
    if (!Number.isNaN(place) && !this.#viewport.holds(place)) {
      this.#viewport.center(place);
      this.#showsAnother();
    }
    this.#remark();
  }

  /** The findings whose marks are at a place of the canvas. */
  #marked(/** @type {number} */ x, /** @type {number} */ y) {
    return this.#marks.any && y < TOP && x >= FIRST_PX ? this.#marks.under(x, this.#where) : [];
  }

  /** The chunk that is meant by a place of the canvas. */
  #chunkAt(/** @type {number} */ x, /** @type {number} */ y) {
    const { axis, scale } = this.#viewport;
    return this.#marked(x, y)[0]?.chunk ?? nearestChunk(this.#stream.shares, axis, scale, this.#lanes, x, y);
  }

  #hover(/** @type {number} */ x, /** @type {number} */ y) {
    if (x < FIRST_PX) return this.#leave();
    this.#pointer = x;
    const found = this.#marked(x, y), chunk = this.#chunkAt(x, y), { width } = this.#viewport;
    this.#above.classList.toggle("rx-at-mark", found.length > 0);
    this.#tip.classList.toggle("rx-tip-high", found.length > 0);
    this.#state.set("hover", chunk);
    if (found.length) putTip(this.#tip, x, width, findingsTip(found));
    else if (chunk !== null) putTip(this.#tip, this.#where(chunk), width, chunkTip(this.#stream, this.#findings, chunk));
  }

  #leave() {
    this.#pointer = null;
    this.#tip.hidden = true;
    this.#state.set("hover", null);
  }

  #click(/** @type {number} */ x, /** @type {number} */ y) {
    const chunk = x >= FIRST_PX ? this.#chunkAt(x, y) : null;
    if (chunk === null) return;
    this.#range.clearUnless(chunk);
    this.#isClick = true;
    this.#state.set("cursor", chunk);
    this.#isClick = false;
  }

  /** @returns {import("./pointer.js").Meanings} */
  #meanings() {
    return {
      hover: (x, y) => this.#hover(x, y),
      leave: () => this.#leave(),
      click: (x, y) => this.#click(x, y),
      drag: (from, to) => {
        this.#range.draw(from, to);
        this.#tip.hidden = true;
        this.#state.set("hover", null);
        this.#remark();
      },
      drop: (isWanted) => {
        this.#range.drop(isWanted);
        this.#remark();
      },
      double: (x) => {
        const { pixels } = this.#range;
        if (pixels && x >= pixels[0] && x <= pixels[1]) this.zoomToRange();
        else this.fit();
      },
      zoom: (factor, x) => this.zoom(factor, this.#viewport.placeAt(x)),
      pan: (pixels) => this.pan(pixels / this.#viewport.scale.inner),
    };
  }
}

/** @param {{nChunks: number}} stream */
function nothingToDraw({ nChunks }) {
  const words = nChunks ? "One chunk: it came at once, there is nothing to draw along." : "No chunk: there is nothing to draw.";
  return el("p.rx-missing.rx-no-timeline", {}, words);
}
