// What was searched for, marked in a text without another element: a word may reach over many.

import { lowerBound } from "../stream.js";

const MOST = 500;

// Browsers without the CSS Custom Highlight API show no marks.
const hits = globalThis.Highlight && CSS.highlights ? new Highlight() : null;
if (hits) CSS.highlights.set("rx-hit", hits);

/**
 * Marks words in an element in place of those that were marked before; gives what is marked now.
 * @param {Element} root
 * @param {string[]} substrings
 * @param {Range[]} before
 * @returns {Range[]}
 */
export function markHits(root, substrings, before) {
  if (!hits) return [];
  before.forEach((range) => hits.delete(range));
  const ranges = substrings.length ? rangesOf(root, substrings) : [];
  ranges.forEach((range) => hits.add(range));
  return ranges;
}

/**
 * Where words stand in a text, in any case: [from, to), the words one after the other.
 * @param {string} text
 * @param {string[]} substrings
 * @returns {[number, number][]}
 */
export function placesOf(text, substrings) {
  const low = text.toLowerCase();
  /** @type {[number, number][]} */
  const places = [];
  // Letters that change their length with their case would shift every place behind them.
  if (low.length !== text.length) return places;
  for (const substring of substrings.map((each) => each.toLowerCase()).filter(Boolean)) {
    for (let from = low.indexOf(substring); from >= 0 && places.length < MOST; from = low.indexOf(substring, from + substring.length)) {
      places.push([from, from + substring.length]);
    }
  }
  return places;
}

/**
 * @param {Element} root
 * @param {string[]} substrings
 * @returns {Range[]}
 */
function rangesOf(root, substrings) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const nodes = [];
  /** @type {number[]} */
  const starts = [];
  let text = "";
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    nodes.push(node);
    starts.push(text.length);
    text += node.data;
  }
  const nodeOf = (/** @type {number} */ offset, /** @type {boolean} */ isEnd) => {
    const number = lowerBound(starts, isEnd ? offset : offset + 1) - 1;
    return /** @type {[Text, number]} */ ([nodes[number], offset - starts[number]]);
  };
  return placesOf(text, substrings).map(([from, to]) => {
    const range = new Range();
    range.setStart(...nodeOf(from, false));
    range.setEnd(...nodeOf(to, true));
    return range;
  });
}
