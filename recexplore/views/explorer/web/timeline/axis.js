// What the timeline runs along: the chunks by number, or their time. Pure.
//
// Some times may be missing: for searching, a chunk without one stands where the one before it does.

import { arrivalsOf, lowerBound } from "../stream.js";

const LEAST_CHUNKS = 4;
const LEAST_OF_TIME = 1 / 10000;

/**
 * @typedef {object} Axis
 * @property {boolean} isTime
 * @property {string} unit What is counted along it.
 * @property {import("./scale.js").Span} whole All there is, with half a block of air.
 * @property {number} least The smallest view.
 * @property {number} last The last chunk.
 * @property {Float64Array | null} times Of each chunk where the axis is time, NaN where it has none; null along chunks.
 * @property {(chunk: number) => number} place Where a chunk stands; NaN where it has no place.
 * @property {(place: number) => number} from The first chunk that stands at a place or behind it.
 */

/**
 * @param {number} nChunks
 * @returns {Axis}
 */
function alongChunks(nChunks) {
  const last = Math.max(nChunks - 1, 0), air = Math.max(last * 0.012, 0.6);
  return {
    isTime: false, unit: "chunk", whole: [-air, last + air], least: LEAST_CHUNKS, last, times: null,
    place: (chunk) => chunk,
    from: (place) => Math.min(Math.max(Math.ceil(place), 0), nChunks),
  };
}

/**
 * @param {Float64Array} times
 * @returns {Axis | null} None where no chunk has a time.
 */
function alongTime(times) {
  const arrivals = arrivalsOf(times), start = times.find((time) => !Number.isNaN(time)), end = arrivals.at(-1);
  if (start === undefined || end === undefined) return null;
  const air = Math.max((end - start) * 0.012, 1e-6);
  return {
    isTime: true, unit: "seconds", whole: [start - air, end + air], least: (end - start + 2 * air) * LEAST_OF_TIME, last: times.length - 1, times,
    place: (chunk) => times[chunk],
    from: (place) => lowerBound(arrivals, place),
  };
}

/**
 * @param {{nChunks: number, t: Float64Array | null}} stream
 * @param {string} name `time` or `chunk`; without a clock there are only chunks.
 * @returns {Axis}
 */
export function axisOf({ nChunks, t }, name) {
  return (name === "time" && t ? alongTime(t) : null) ?? alongChunks(nChunks);
}

/**
 * The chunks that stand between two places, from the first to the last; null where none does.
 * @param {Axis} axis
 * @param {number} start
 * @param {number} end
 * @param {number} slack How far outside a chunk's middle may be.
 * @returns {[number, number] | null}
 */
export function chunksBetween(axis, start, end, slack = 0) {
  let from = axis.from(start - slack), to = axis.from(end + slack);
  while (to <= axis.last && axis.place(to) <= end + slack) to++;
  to--;
  return from <= to ? withPlaces(axis, [from, to]) : null;
}

/**
 * A range without the chunks at its ends that have no place; null where none has one.
 * @param {Axis} axis
 * @param {[number, number]} range
 * @returns {[number, number] | null}
 */
export function withPlaces(axis, [from, to]) {
  while (from < to && Number.isNaN(axis.place(from))) from++;
  while (from < to && Number.isNaN(axis.place(to))) to--;
  return Number.isNaN(axis.place(from)) ? null : [from, to];
}
