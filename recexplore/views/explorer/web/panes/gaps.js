// How long each chunk let wait, for a chart over the chunks or over time. Pure.

import { decades, decadeWords, toPixel } from "../timeline/scale.js";

const MOST_DECADES = 7;

/**
 * @typedef {[number, number, string]} MarkRun The first and the last of marked chunks in a row, and what they are marked as.
 */

/**
 * The seconds since the chunk with a time before; NaN of the first, and of one without a time.
 * @param {Float64Array} times
 * @returns {Float64Array}
 */
export function gapsOf(times) {
  const gaps = new Float64Array(times.length);
  let before = NaN;
  times.forEach((time, chunk) => {
    gaps[chunk] = time - before;
    if (!Number.isNaN(time)) before = time;
  });
  return gaps;
}

/**
 * The marked chunks of which a chunk is one; null where it is none.
 * @param {MarkRun[]} runs In the order of chunks.
 * @param {number} chunk
 * @returns {MarkRun | null}
 */
export function runOf(runs, chunk) {
  let low = 0, high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle][1] < chunk) low = middle + 1;
    else high = middle;
  }
  return low < runs.length && runs[low][0] <= chunk ? runs[low] : null;
}

/**
 * The gaps in view; of several in one column of pixels the longest.
 * @param {Float64Array} gaps
 * @param {import("../timeline/axis.js").Axis} axis
 * @param {import("../timeline/scale.js").Scale} scale
 * @returns {{isCrowded: boolean, columns: {pixel: number, chunk: number, gap: number}[]}}
 */
export function gapColumns(gaps, axis, scale) {
  /** @type {{pixel: number, chunk: number, gap: number}[]} */
  const columns = [];
  const first = Math.max(axis.from(scale.view[0]) - 1, 0);
  let isCrowded = false;
  for (let chunk = first; chunk < gaps.length; chunk++) {
    const place = axis.place(chunk), gap = gaps[chunk];
    if (place > scale.view[1]) break;
    if (!(place >= scale.view[0]) || !(gap >= 0)) continue;
    const column = { pixel: toPixel(scale, place), chunk, gap }, last = columns.at(-1);
    if (!last || Math.round(last.pixel) !== Math.round(column.pixel)) columns.push(column);
    else {
      isCrowded = true;
      if (gap > last.gap) columns[columns.length - 1] = column;
    }
  }
  return { isCrowded, columns };
}

/**
 * The axis of gaps: powers of ten of a second, the lowest said to hold what is below it, too.
 * @param {Float64Array} gaps
 * @returns {{low: number, high: number, ticks: import("../timeline/scale.js").Tick[]}} Exponents, ticks at them.
 */
export function gapAxis(gaps) {
  let least = Infinity, most = 0, hasNone = false;
  for (const gap of gaps) {
    if (gap > 0 && gap < least) least = gap;
    if (gap > most) most = gap;
    hasNone ||= gap === 0;
  }
  const [low, high] = most > 0 ? decades(least, most, MOST_DECADES) : [-3, 0];
  const isCut = hasNone || least < 10 ** low * (1 - 1e-9);
  const ticks = Array.from({ length: high - low + 1 }, (_, at) => ({ value: low + at, words: `${at === 0 && isCut ? "≤ " : ""}${decadeWords(low + at)}` }));
  return { low, high, ticks };
}
