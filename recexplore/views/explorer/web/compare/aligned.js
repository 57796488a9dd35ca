// The texts of the shown runs as columns: pieces, and where each character stands on the axis that they share.
//
// Takes what `recexplore.views.explorer.comparing.texts` sends. Computes and draws nothing: what stands beside what was said by Python.

import { lowerBound, upperBound } from "../stream.js";

/**
 * The text of one run in a section.
 * @typedef {object} Part
 * @property {number} run
 * @property {string} text
 * @property {number | null} ownChoice The number that the run gave the choice.
 * @property {string} toolName
 * @property {number} nPieces
 * @property {Uint32Array} start Where each piece begins in the text, and behind the last its end.
 * @property {Int32Array} chunk
 * @property {Int32Array} left Where each piece begins on the axis.
 * @property {Int32Array} right
 * @property {Int32Array} position Where each unit of the text stands on the axis.
 * @property {[number, number][]} differing
 */

/** @typedef {Omit<import("../messages").TextSection, "parts"> & { parts: Part[] }} Section */

export class Aligned {
  /**
   * @param {import("../messages").AlignedTexts} view
   * @param {DataView[]} buffers
   */
  constructor(view, buffers) {
    this.runs = view.runs;
    const [length, chunk, left, right, position] = buffers.slice(0, 5).map((buffer) =>
      new Int32Array(/** @type {ArrayBuffer} */ (buffer.buffer).slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)));
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(buffers[5]);
    let piece = 0, unit = 0;
    /** @type {Section[]} */
    this.sections = view.sections.map((section) => ({
      ...section,
      parts: section.parts.map(({ own_choice: ownChoice, tool_name: toolName, n_pieces: nPieces, n_units: nUnits, differing }, at) => {
        const start = new Uint32Array(nPieces + 1), [from, begin] = [piece, unit];
        for (let k = 0; k < nPieces; k++) start[k + 1] = start[k] + length[from + k];
        piece += nPieces;
        unit += nUnits;
        return {
          run: view.runs[at], text: text.slice(begin, unit), ownChoice, toolName, nPieces, start, differing, position: position.subarray(begin, unit),
          chunk: chunk.subarray(from, piece), left: left.subarray(from, piece), right: right.subarray(from, piece),
        };
      }),
    }));
    /** The length of the axis. */
    this.end = this.sections.at(-1)?.end ?? 0;
    this.parts = this.sections.flatMap((section) => section.parts);
    this.nPieces = piece;
    /** Where a piece of any run ends: what a step goes to. */
    this.edges = [...new Set(this.parts.flatMap(({ right: ends }) => [...ends]))].sort((a, b) => a - b);
    /** Where runs begin to differ. */
    this.differences = [...new Set(this.sections.flatMap((section) => section.parts.flatMap((part) => part.differing.map((each) => stretchOf(section, part, each)[0]))))].sort((a, b) => a - b);
  }

  /** The section at a position. @param {number} position @returns {Section | undefined} */
  sectionAt(position) {
    return this.sections.find(({ end }) => position < end) ?? this.sections.at(-1);
  }

  /** Where the next edge is, so many on or back. @param {number} position @param {number} by */
  step(position, by) {
    const { edges } = this;
    if (!edges.length) return 0;
    const at = by > 0 ? upperBound(edges, position) - 1 + by : lowerBound(edges, position) + by;
    return at < 0 ? 0 : edges[Math.min(at, edges.length - 1)];
  }

  /** The next difference after a position, or the last before it; round from the ends. @param {number} position @param {number} by */
  difference(position, by) {
    const places = this.differences;
    return by > 0 ? places.find((place) => place > position) ?? places[0] : places.findLast((place) => place < position) ?? places.at(-1);
  }

  /** The section and part of a run's text. @param {{ choice: number, kind: string, tool: number | null }} place @param {number} run */
  partOf({ choice, kind, tool }, run) {
    const section = this.sections.find((each) => each.choice === choice && each.kind === kind && each.tool === tool);
    return section && { section, part: section.parts[this.runs.indexOf(run)] };
  }
}

/** How many units of a part stand before a position. @type {(part: Part, position: number) => number} */
export const unitsBefore = (part, position) => lowerBound(part.position, position);

/** The piece that holds a unit; -1 where there is none. @type {(part: Part, unit: number) => number} */
export function pieceAt(part, unit) {
  const piece = upperBound(part.start, unit) - 1;
  return piece < part.nPieces ? piece : -1;
}

/**
 * Where a stretch of a part's text stands on the axis; an empty one stands where the next character does.
 * @param {{ end: number }} section
 * @param {Part} part
 * @param {[number, number]} stretch
 * @returns {[number, number]}
 */
export function stretchOf(section, { position }, [start, end]) {
  const left = start < position.length ? position[start] : section.end;
  return [left, end > start ? position[end - 1] + 1 : left];
}
