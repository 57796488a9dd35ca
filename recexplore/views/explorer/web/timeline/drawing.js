// How the timeline is drawn: lanes, ticks, the wire, blocks, and what moves above them. Takes what was computed, decides nothing.

import { count } from "../dom.js";
import { ALL } from "../stream.js";
import { blockRoom, blockWidth, BOTTOM, middleOf, OTHER, TOP } from "./blocks.js";
import { LEFT, placedLabels, RIGHT, roundTicks, toPixel } from "./scale.js";

const PX_A_TICK = 90;
const AIR = 8;
/** Between what is drawn and the names left of it. */
const BESIDE = 14;
/** Of a tick's label, below the end of the lanes. */
const LABEL_BELOW = 13;

/**
 * What is drawn: a stream's shares along an axis, in lanes, with a theme's colours.
 * @typedef {object} Scene
 * @property {import("../stream.js").Stream} stream
 * @property {import("./axis.js").Axis} axis
 * @property {import("./scale.js").Scale} scale
 * @property {import("./blocks.js").Lanes} lanes
 * @property {import("./colours.js").Colours} colours
 * @property {number} width
 * @property {number} height
 */

/**
 * A clean canvas in the size that it has on the screen.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {string} font
 * @returns {CanvasRenderingContext2D}
 */
export function cleanCanvas(canvas, width, height, font) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = font;
  return context;
}

/**
 * Ticks along the axis: hairlines from top to bottom, and numbers under them.
 * @param {CanvasRenderingContext2D} to
 * @param {Pick<Scene, "axis" | "scale" | "colours" | "width">} scene
 * @param {number} top
 * @param {number} bottom
 */
export function drawTicks(to, { axis, scale, colours, width }, top, bottom) {
  const ticks = roundTicks(scale.view, Math.max(2, scale.inner / PX_A_TICK), axis.isTime);
  const pixels = ticks.map(({ value }) => toPixel(scale, value));
  const places = placedLabels(ticks.map(({ words }, n) => ({ pixel: pixels[n], width: to.measureText(words).width })), [scale.left - AIR, width - 2]);
  to.fillStyle = colours.line;
  for (const pixel of pixels) to.fillRect(Math.round(pixel), top, 1, bottom - top);
  to.fillStyle = colours.muted;
  to.textBaseline = "middle";
  to.textAlign = "center";
  places.forEach((middle, n) => middle !== null && to.fillText(ticks[n].words, middle, bottom + LABEL_BELOW));
  to.textAlign = "right";
  to.fillText(axis.unit, scale.left - BESIDE, bottom + LABEL_BELOW);
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {Scene} scene
 */
export function drawLaneNames(to, { stream, lanes, colours }) {
  to.textBaseline = "middle";
  to.textAlign = "right";
  to.fillStyle = colours.muted;
  stream.lanes.forEach((/** @type {number} */ _, /** @type {number} */ lane) => to.fillText(stream.laneName(lane), LEFT - BESIDE, middleOf(lanes, lane), LEFT - BESIDE - 2));
}

/**
 * The thin line along the wire, from lane to lane.
 * @param {CanvasRenderingContext2D} to
 * @param {Scene} scene
 * @param {number[]} shown
 */
export function drawWire(to, { stream, axis, scale, lanes, colours }, shown) {
  to.strokeStyle = colours.wire;
  to.lineWidth = 1;
  to.beginPath();
  for (const share of shown) {
    const lane = stream.shares.lane[share];
    // A path begins with whatever comes first.
    if (stream.lanes[lane] !== ALL) to.lineTo(toPixel(scale, axis.place(stream.shares.chunk[share])), middleOf(lanes, lane));
  }
  to.stroke();
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {Scene} scene
 * @param {number[]} shown
 * @param {boolean} isCrowded
 */
export function drawBlocks(to, { stream, axis, scale, lanes, colours }, shown, isCrowded) {
  const { shares } = stream, wide = blockWidth(axis, scale, isCrowded);
  for (const share of shown) {
    const lane = shares.lane[share], isOther = shares.kind[share] === OTHER;
    const x = toPixel(scale, axis.place(shares.chunk[share])), y = middleOf(lanes, lane);
    if (isOther && shares.isFinish[share]) {
      drawFinish(to, x, y, colours.muted);
      continue;
    }
    const tall = isOther ? 3 : Math.max(3, shares.height[share] * lanes.heights[lane]);
    const broad = isOther ? Math.max(wide, 3) : wide;
    to.fillStyle = colours.shares[shares.kind[share]];
    if (broad > 4) {
      to.beginPath();
      to.roundRect(x - broad / 2, y - tall / 2, broad, tall, 1.5);
      to.fill();
    } else {
      to.fillRect(x - broad / 2, y - tall / 2, broad, tall);
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
function drawFinish(to, x, y, colour) {
  to.strokeStyle = colour;
  to.lineWidth = 1.5;
  to.beginPath();
  to.arc(x, y, 4, 0, 2 * Math.PI);
  to.stroke();
}

/**
 * What moves above the blocks: what has not come yet is pale, then the range, what is hovered, the cursor.
 * @param {CanvasRenderingContext2D} to
 * @param {Scene} scene
 * @param {{cursor: number, hover: number | null, range: [number, number] | null}} moving The range in pixels.
 */
export function drawMoving(to, scene, { cursor, hover, range }) {
  const { stream, axis, scale, colours, width, height } = scene, end = height - BOTTOM - TOP;
  const pixel = toPixel(scale, axis.place(cursor));
  const half = blockRoom(axis, scale) / 2;
  to.save();
  to.beginPath();
  to.rect(LEFT - AIR, 0, width - LEFT + AIR, height);
  to.clip();
  if (cursor < stream.nChunks - 1 && pixel < width) tint(to, colours.back, 0.7, Math.max(pixel + half, LEFT - AIR), width, end);
  if (range) drawRange(to, colours, range, end);
  if (hover !== null && hover < stream.nChunks) {
    const middle = toPixel(scale, axis.place(hover)), around = Math.max(3, half);
    tint(to, colours.text, 0.16, middle - around, middle + around, end);
  }
  if (pixel >= LEFT - AIR && pixel <= width) drawCursor(to, colours, pixel, width, end, `chunk ${count(cursor)}`);
  to.restore();
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {string} colour
 * @param {number} alpha
 * @param {number} from
 * @param {number} upTo
 * @param {number} tall
 */
function tint(to, colour, alpha, from, upTo, tall) {
  to.globalAlpha = alpha;
  to.fillStyle = colour;
  to.fillRect(from, TOP, upTo - from, tall);
  to.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {import("./colours.js").Colours} colours
 * @param {[number, number]} range
 * @param {number} tall
 */
function drawRange(to, colours, [from, upTo], tall) {
  tint(to, colours.chosen, 0.14, from, upTo, tall);
  to.fillStyle = colours.chosen;
  for (const edge of [from, upTo - 1]) to.fillRect(edge, TOP, 1, tall);
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {import("./colours.js").Colours} colours
 * @param {number} pixel
 * @param {number} width
 * @param {number} tall
 * @param {string} label
 */
function drawCursor(to, colours, pixel, width, tall, label) {
  to.fillStyle = colours.text;
  to.fillRect(pixel - 0.75, TOP - AIR, 1.5, tall + AIR);
  to.font = `600 ${colours.font}`;
  const room = to.measureText(label).width / 2;
  to.textAlign = "center";
  to.textBaseline = "alphabetic";
  to.fillText(label, Math.min(Math.max(pixel, LEFT - AIR + room), width - room - 2), 13);
}

/**
 * The whole stream in one thin strip, findings as ticks above it.
 * @param {CanvasRenderingContext2D} to
 * @param {Pick<Scene, "stream" | "axis" | "scale" | "colours">} scene The scale of the whole.
 * @param {{columns: number[], ticks: {chunk: number, severity: string}[], top: number, bottom: number}} parts
 */
export function drawStrip(to, { stream: { shares }, axis, scale, colours }, { columns, ticks, top, bottom }) {
  const tallest = bottom - top;
  to.fillStyle = colours.line;
  to.fillRect(LEFT - AIR, bottom, scale.inner + AIR + RIGHT, 1);
  for (const share of columns) {
    const tall = shares.kind[share] === OTHER ? 2 : Math.max(2, shares.height[share] * tallest);
    to.fillStyle = colours.shares[shares.kind[share]];
    to.fillRect(toPixel(scale, axis.place(shares.chunk[share])) - 0.5, bottom - tall, 1.2, tall);
  }
  for (const { chunk, severity } of ticks) {
    to.fillStyle = colours.findings[severity];
    to.fillRect(toPixel(scale, axis.place(chunk)) - 1, 0, 2, top - 2);
  }
}
