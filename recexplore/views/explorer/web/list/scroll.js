// Places in the list and where they stand, for lists taller than a browser can make an element.

export const ROW = 50;
// Browsers refuse elements much taller than thirty million pixels.
const TALLEST = 8_000_000;

/**
 * How tall the whole list is.
 * @param {number} total rows
 * @returns {number} in pixels
 */
export const heightOf = (total) => Math.min(total * ROW, TALLEST);

/**
 * The place in the order that stands at the top.
 * @param {number} scrollTop
 * @param {number} total rows
 * @param {number} room the pixels that rows have
 * @returns {number}
 */
export function placeAt(scrollTop, total, room) {
  if (total * ROW <= TALLEST) return scrollTop / ROW;
  return (scrollTop / Math.max(TALLEST - room, 1)) * Math.max(total - room / ROW, 0);
}

/**
 * How far to scroll for a place to stand at the top.
 * @param {number} place
 * @param {number} total rows
 * @param {number} room the pixels that rows have
 * @returns {number}
 */
export function scrollTopOf(place, total, room) {
  if (total * ROW <= TALLEST) return place * ROW;
  return (place / Math.max(total - room / ROW, 1)) * (TALLEST - room);
}

/**
 * The place to have at the top so that another is in sight; moves no further than it must.
 * @param {number} place
 * @param {number} first the place now at the top
 * @param {number} fits how many rows have room
 * @returns {number}
 */
export function topToShow(place, first, fits) {
  if (place < first) return place;
  return place + 1 > first + fits ? Math.max(0, place + 1 - fits) : first;
}
