// The texts of any of the runs that are compared, taken from those of all of them, which stand on one axis.
//
// An axis of some runs is that of all without the places where none of them has a character: what Python would send for the
// same runs (`recexplore.views.explorer.comparing.texts`), if the first of them is the one that all are told by.

import { Aligned } from "../compare/aligned.js";
import { lowerBound, upperBound } from "../stream.js";

/** @typedef {import("../compare/aligned.js").Part} Part */
/** @typedef {[number, number]} Stretch */

const COLUMNS = /** @type {const} */ (["length", "chunk", "left", "right", "position"]);

/**
 * @param {import("../messages").AlignedTexts} view the texts of all runs, the first of which the others are told by
 * @param {DataView[]} buffers
 * @param {number[]} runs
 * @returns {{ value: import("../messages").AlignedTexts, buffers: DataView[] }}
 */
export function textsOf(view, buffers, runs) {
  const all = new Aligned(view, buffers), isByReference = runs[0] === all.runs[0];
  /** @type {Record<string, number[]>} */
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, []]));
  /** @type {import("../messages").TextSection[]} */
  const sections = [];
  let end = 0, text = "";
  for (const section of all.sections) {
    const parts = runs.map((run) => section.parts[all.runs.indexOf(run)]);
    if (parts.every((part) => !part.text)) continue;
    const places = placesOf(section, parts), differing = isByReference ? byReference(parts) : byFirst(parts);
    const made = parts.map((part, at) => {
      const position = Array.from(part.position, (each) => end + places[each - section.start]), behind = end + places[places.length - 1];
      for (let piece = 0; piece < part.nPieces; piece++) {
        const [from, to] = [part.start[piece], part.start[piece + 1]], left = position[from] ?? behind;
        columns.length.push(to - from);
        columns.chunk.push(part.chunk[piece]);
        columns.left.push(left);
        columns.right.push(to > from ? position[to - 1] + 1 : left);
      }
      for (const each of position) columns.position.push(each);
      text += part.text;
      return { own_choice: part.ownChoice, tool_name: part.toolName, n_pieces: part.nPieces, n_units: part.text.length, differing: differing[at] };
    });
    const width = places[places.length - 1];
    sections.push({ ...section, start: end, end: end + width, parts: made });
    end += width;
  }
  const bytes = [...COLUMNS.map((name) => Int32Array.from(columns[name])), new TextEncoder().encode(text)];
  return {
    value: { runs, sections, columns: [...COLUMNS.map((name) => /** @type {[string, "int32"]} */ ([name, "int32"])), ["text", "utf8"]] },
    buffers: bytes.map(({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength)),
  };
}

/** For each place of a section's axis how many before it some part has a character at; behind the last how many there are. @param {{ start: number, end: number }} section @param {Part[]} parts */
function placesOf({ start, end }, parts) {
  const places = new Int32Array(end - start + 1), taken = new Uint8Array(end - start);
  for (const { position } of parts) for (const each of position) taken[each - start] = 1;
  taken.forEach((is, place) => { places[place + 1] = places[place] + is; });
  return places;
}

/** What differs from the first, which all were told by. @param {Part[]} parts @returns {Stretch[][]} */
function byReference([first, ...others]) {
  const { position } = first;
  const lost = others.flatMap((part) => part.differing.map(([start, end]) => /** @type {Stretch} */ ([
    start > 0 ? upperBound(position, part.position[start - 1]) : 0, end < part.position.length ? lowerBound(position, part.position[end]) : position.length,
  ])));
  return [merged(lost), ...others.map((part) => part.differing)];
}

/** What differs from the first, character by character. @param {Part[]} parts @returns {Stretch[][]} */
function byFirst([first, ...others]) {
  const found = others.map((part) => partings(first, part));
  return [merged(found.flatMap(([lost]) => lost)), ...found.map(([, won]) => won)];
}

/** Where two texts differ: stretches of the one, and of the other. @param {Part} one @param {Part} other @returns {[Stretch[], Stretch[]]} */
function partings(one, other) {
  /** @type {[Stretch[], Stretch[]]} */
  const found = [[], []];
  let i = 0, j = 0;
  /** @type {[number, number] | null} */
  let from = null;
  const close = () => {
    if (from) [[from[0], i], [from[1], j]].forEach((each, at) => found[at].push(/** @type {Stretch} */ (each)));
    from = null;
  };
  while (i < one.text.length || j < other.text.length) {
    const here = one.position[i] ?? Infinity, there = other.position[j] ?? Infinity;
    if (here === there && one.text[i] === other.text[j]) close();
    else from ??= [i, j];
    if (here <= there) i++;
    if (there <= here) j++;
  }
  close();
  return found;
}

/** Stretches in their order, those that touch or overlap as one. @param {Stretch[]} parts @returns {Stretch[]} */
function merged(parts) {
  /** @type {Stretch[]} */
  const found = [];
  for (const [start, end] of parts.toSorted(([a, b], [c, d]) => a - c || b - d)) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}
