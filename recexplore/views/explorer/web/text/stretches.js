// Where the stretches of a text begin and end: pieces small enough to be taken apart into a node an event.
//
// Takes the chunk of each event and whether an event ends a line, gives places. Knows no element.

import { lowerBound } from "../stream.js";

const USUAL = 120, MOST = 600;

/**
 * Events `from` to `to` (not included) of a text, in chunks `first` to `last`; `isCut` where it ends in the middle of a line.
 * @typedef {{from: number, to: number, first: number, last: number, isCut: boolean}} Stretch
 */

/**
 * A text cut at the first line end after enough events; one without line ends is cut all the same.
 * @param {ArrayLike<number>} chunks the chunk of each event, never falling
 * @param {(event: number) => boolean} endsLine
 * @returns {Stretch[]}
 */
export function stretchesOf(chunks, endsLine) {
  const stretches = [];
  for (let from = 0; from < chunks.length;) {
    const most = Math.min(from + MOST, chunks.length);
    let to = Math.min(from + USUAL, most);
    while (to < most && !endsLine(to - 1)) to++;
    stretches.push({ from, to, first: chunks[from], last: chunks[to - 1], isCut: to < chunks.length && !endsLine(to - 1) });
    from = to;
  }
  return stretches;
}

/**
 * The number of the stretch that holds an event; the last one for events beyond it, -1 where there is none.
 * @param {Stretch[]} stretches
 * @param {number} event
 * @returns {number}
 */
export function stretchOf(stretches, event) {
  return Math.min(firstWhere(stretches.length, (number) => stretches[number].to > event), stretches.length - 1);
}

/**
 * The first of `n` numbers for which something holds that holds for all behind it; `n` where it holds for none.
 * @param {number} n
 * @param {(number: number) => boolean} holds
 * @returns {number}
 */
export function firstWhere(n, holds) {
  let low = 0, high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The events of some chunks, `first` to `last`, that a stretch has, counted from its beginning: [from, to).
 * @param {ArrayLike<number>} chunks
 * @param {Stretch} stretch
 * @param {number} first
 * @param {number} last
 * @returns {[number, number]}
 */
export function eventsWithin(chunks, { from, to }, first, last) {
  const inside = (/** @type {number} */ event) => Math.min(Math.max(event, from), to) - from;
  return [inside(lowerBound(chunks, first)), inside(lowerBound(chunks, last + 1))];
}

/**
 * What is in one of two ranges and not in the other: at most two ranges, the places whose look changes.
 * @param {[number, number]} before
 * @param {[number, number]} after
 * @returns {{lost: [number, number][], won: [number, number][]}}
 */
export function changed(before, after) {
  return { lost: without(before, after), won: without(after, before) };
}

/**
 * @param {[number, number]} range
 * @param {[number, number]} other
 * @returns {[number, number][]}
 */
function without([from, to], [start, end]) {
  if (start >= end) return from < to ? [[from, to]] : [];
  /** @type {[number, number][]} */
  const parts = [[from, Math.min(to, start)], [Math.max(from, end), to]];
  return parts.filter(([low, high]) => low < high);
}
