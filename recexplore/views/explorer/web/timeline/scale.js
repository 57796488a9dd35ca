// Places along the timeline: what a pixel is worth, which part is in view, where round numbers stand. Pure.

/** Pixels left and right of what is drawn along the axis; whatever lines up with the lanes has the same. */
export const LEFT = 78;
export const RIGHT = 14;

/**
 * A part of the axis, from start to end.
 * @typedef {[number, number]} Span
 */

/**
 * How places become pixels: `view` is drawn from pixel `left` on, `inner` pixels wide.
 * @typedef {{view: Span, left: number, inner: number}} Scale
 */

/**
 * A round number on an axis, and what is written beside it.
 * @typedef {{value: number, words: string}} Tick
 */

const MOST_TICKS = 60;
/** More of the whole than this is the whole. */
const NEARLY_ALL = 0.999;
const BETWEEN_LABELS = 8;

/**
 * @param {Span} view
 * @param {number} width Of all there is, margins included, in pixels.
 * @returns {Scale}
 */
export function scaleOf(view, width) {
  return { view, left: LEFT, inner: Math.max(width - LEFT - RIGHT, 1) };
}

/**
 * @param {Scale} scale
 * @param {number} place
 * @returns {number} Its pixel.
 */
export function toPixel({ view, left, inner }, place) {
  return left + ((place - view[0]) / (view[1] - view[0])) * inner;
}

/**
 * @param {Scale} scale
 * @param {number} pixel
 * @returns {number} The place on the axis under it.
 */
export function toPlace({ view, left, inner }, pixel) {
  return view[0] + ((pixel - left) / inner) * (view[1] - view[0]);
}

/**
 * The view that is nearest to the one asked for: no smaller than `least`, and within the whole.
 * @param {Span} asked
 * @param {Span} whole
 * @param {number} least
 * @returns {Span}
 */
export function within([start, end], whole, least) {
  const size = Math.min(Math.max(end - start, least), whole[1] - whole[0]);
  const from = Math.min(Math.max((start + end - size) / 2, whole[0]), whole[1] - size);
  return [from, from + size];
}

/**
 * The view that shows `factor` times as much detail around a place, which stays where it is.
 * @param {Span} view
 * @param {number} factor
 * @param {number} around
 * @returns {Span}
 */
export function zoomed([start, end], factor, around) {
  return [around - (around - start) / factor, around + (end - around) / factor];
}

/**
 * The view moved along the axis, as far as the whole goes.
 * @param {Span} view
 * @param {number} by
 * @param {Span} whole
 * @returns {Span} The same object where it is at that end already.
 */
export function panned(view, by, whole) {
  const room = by < 0 ? whole[0] - view[0] : whole[1] - view[1];
  const go = by < 0 ? Math.max(by, Math.min(room, 0)) : Math.min(by, Math.max(room, 0));
  return Math.abs(go) < (whole[1] - whole[0]) * 1e-9 ? view : [view[0] + go, view[1] + go];
}

/**
 * @param {Span} view
 * @param {Span} whole
 * @returns {boolean} Whether there is more than the view.
 */
export function isPart(view, whole) {
  return view[1] - view[0] < (whole[1] - whole[0]) * NEARLY_ALL;
}

/**
 * Round numbers in a view: of chunks whole ones, of seconds with as many digits as tell them apart.
 * @param {Span} view
 * @param {number} most
 * @param {boolean} isTime
 * @returns {Tick[]}
 */
export function roundTicks([start, end], most, isTime) {
  const rough = (end - start) / most;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough * (1 - 1e-9)) ?? 10 * power;
  if (!isTime) step = Math.max(1, Math.round(step));
  const digits = isTime ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  const ticks = [];
  // A stream begins at zero; the air before it has no number.
  for (let n = Math.max(Math.ceil(start / step - 1e-9), 0); n * step <= end && ticks.length < MOST_TICKS; n++) {
    ticks.push({ value: n * step, words: (n * step).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }) });
  }
  return ticks;
}

const UNITS = [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1]];

/**
 * A power of ten of a second, in the unit that people say: never as none of it.
 * @param {number} exponent
 * @returns {string}
 */
export function decadeWords(exponent) {
  const [unit, size] = /** @type {[string, number]} */ (UNITS.findLast(([, each]) => Math.log10(Number(each)) <= exponent + 1e-9) ?? UNITS[0]);
  const n = 10 ** (exponent - Math.round(Math.log10(size)));
  return `${n.toLocaleString("en", { maximumFractionDigits: 6 })} ${unit}`;
}

/**
 * The powers of ten around some positive numbers, whole decades.
 * @param {number} least
 * @param {number} most
 * @param {number} mostDecades From the top down.
 * @returns {[number, number]} Exponents, at least one apart.
 */
export function decades(least, most, mostDecades = Infinity) {
  const high = Math.ceil(Math.log10(most) - 1e-9);
  const low = Math.min(Math.floor(Math.log10(least) + 1e-9), high - 1);
  return [Math.max(low, high - mostDecades), high];
}

/**
 * Where labels are written: in the middle under their tick, pushed in at the edges; one that would touch the one before it
 * is left out.
 * @param {{pixel: number, width: number}[]} labels In the order of their pixels.
 * @param {Span} room From the first pixel to the last.
 * @returns {(number | null)[]} The middle of each label, null of those left out.
 */
export function placedLabels(labels, [from, to]) {
  let taken = -Infinity;
  return labels.map(({ pixel, width }) => {
    const middle = Math.min(Math.max(pixel, from + width / 2), to - width / 2);
    if (middle - width / 2 < taken) return null;
    taken = middle + width / 2 + BETWEEN_LABELS;
    return middle;
  });
}
