// Where a word stands in a text, and what is shown of it: as `recexplore.views.find` finds and cuts it.

import { characters, first } from "./query.js";

const LINE_END = /\r\n|[\n\v\f\r\x85\u2028\u2029]/g;

/** @typedef {import("../messages").Match} Match */

/**
 * A pattern for a word in any case. Not by lower case: that makes two characters of some, and is not what Python's search does.
 * @param {string} word
 */
export const patternOf = (word) => new RegExp(word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "iu");

/**
 * What is shown of a text that holds a word; null where it does not.
 * @param {string} text
 * @param {string} word
 * @param {string} where
 * @param {import("../messages").SnippetRoom} room
 * @returns {Match | null}
 */
export function snippet(text, word, where, room) {
  const place = text.search(patternOf(word));
  if (place < 0) return null;
  const lead = [...text.slice(Math.max(place - 2 * room.lead, 0), place)], n = characters(word);
  // What stands before the hit is cut by characters: as many as there is room for, one for the sign of the cut.
  const isWhole = place <= 2 * room.lead && characters(text.slice(0, place)) <= room.lead;
  const before = isWhole ? text.slice(0, place) : `…${lead.slice(lead.length - room.lead + 1).join("")}`;
  const rest = [...text.slice(place, place + 2 * (n + room.whole + 1))];
  const hit = cut(rest.slice(0, n), room.hit), left = room.whole - characters(before) - characters(hit);
  return { before: oneLine(before), hit: oneLine(hit), after: oneLine(cut(rest.slice(n, n + left + 1), left)), where };
}

/** @param {string[]} text its characters @param {number} most */
const cut = (text, most) => (text.length <= most ? text.join("") : `${first(text.join(""), most - 1)}…`);

/** @param {string} text */
const oneLine = (text) => text.replace(LINE_END, "↵").replaceAll("\t", "⇥");
