// What stands in a range of chunks: characters, seconds, and tokens as far as reports tell. Pure.
//
// Everything is added up once; a range is then the difference of two sums, so that it can be told while it is dragged.

import { count, plural, seconds } from "../dom.js";
import { ALL, lowerBound } from "../stream.js";

const MOST_CHOICES = 4;

/**
 * A choice's characters: the chunks that bring some, and how many have come with each.
 * @typedef {{choice: number, chunks: number[], sums: number[]}} Characters
 */

/**
 * The reports of completion tokens, in the order in which they came; the choice is `ALL` of one that counts all together.
 * @typedef {{chunk: Int32Array, choice: Int32Array, completion: Float64Array}} Reports
 */

/**
 * @typedef {object} RangeIndex
 * @property {Characters[]} characters In the order of choices.
 * @property {Reports} reports
 * @property {Float64Array | null} times Of each chunk; null without a clock.
 */

/**
 * @typedef {object} RangeSums
 * @property {number} from
 * @property {number} to
 * @property {number} nChunks
 * @property {number} nCharacters
 * @property {{choice: number, nCharacters: number}[]} ofChoices
 * @property {number | null} seconds From the first chunk with a time to the last; null where fewer than two have one.
 * @property {{n: number, isDifference: boolean} | null} tokens Null where no report stands in the range.
 */

/**
 * @param {import("../stream.js").Stream} stream
 * @returns {RangeIndex}
 */
export function rangeIndex(stream) {
  /** @type {Map<number, Characters>} */
  const found = new Map();
  for (const choice of stream.lanes) if (choice !== ALL) found.set(choice, { choice, chunks: [], sums: [] });
  for (let event = 0; event < stream.nEvents; event++) {
    const mine = found.get(stream.choice[event]);
    const { is_sized: isSized, look } = stream.kindOf(event);
    // Tags are no part of what is said.
    if (!mine || !isSized || look === "markup") continue;
    const sum = (mine.sums.at(-1) ?? 0) + charactersIn(stream.textOf(event));
    if (mine.chunks.at(-1) === stream.chunk[event]) mine.sums[mine.sums.length - 1] = sum;
    else {
      mine.chunks.push(stream.chunk[event]);
      mine.sums.push(sum);
    }
  }
  return { characters: [...found.values()], reports: stream.reports, times: stream.t };
}

/**
 * Characters as Python counts them: those beyond the first plane once.
 * @param {string} text
 * @returns {number}
 */
export function charactersIn(text) {
  let n = text.length;
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) n--;
  }
  return n;
}

/**
 * @param {RangeIndex} index
 * @param {number} from The first chunk.
 * @param {number} to The last chunk.
 * @returns {RangeSums}
 */
export function sumsOf({ characters, reports, times }, from, to) {
  const ofChoices = characters.map(({ choice, chunks, sums }) => {
    const upTo = (/** @type {number} */ chunk) => sums[lowerBound(chunks, chunk) - 1] ?? 0;
    return { choice, nCharacters: upTo(to + 1) - upTo(from) };
  });
  return {
    from, to, nChunks: to - from + 1, ofChoices,
    nCharacters: ofChoices.reduce((sum, { nCharacters }) => sum + nCharacters, 0),
    seconds: times && secondsOf(times, from, to),
    tokens: tokensOf(reports, from, to),
  };
}

/**
 * @param {Float64Array} times
 * @param {number} from
 * @param {number} to
 * @returns {number | null}
 */
function secondsOf(times, from, to) {
  while (from < to && Number.isNaN(times[from])) from++;
  while (from < to && Number.isNaN(times[to])) to--;
  return from < to ? times[to] - times[from] : null;
}

/**
 * What reports inside a range say beyond those before it. Reports accumulate: the last counts.
 * @param {Reports} reports
 * @param {number} from
 * @param {number} to
 * @returns {{n: number, isDifference: boolean} | null}
 */
function tokensOf(reports, from, to) {
  const first = lowerBound(reports.chunk, from), end = lowerBound(reports.chunk, to + 1);
  if (first === end) return null;
  const inside = lastOfChoices(reports, first, end), before = lastOfChoices(reports, 0, first);
  const isOfAll = reports.choice[end - 1] === ALL;
  const counted = [...inside].filter(([choice]) => (choice === ALL) === isOfAll);
  const sumBefore = [...before].filter(([choice]) => choice !== ALL).reduce((sum, [, n]) => sum + n, 0);
  let n = 0, isDifference = false;
  for (const [choice, completion] of counted) {
    const was = before.get(choice) ?? (isOfAll ? sumBefore : 0);
    // One that counts fewer counts anew.
    const isMore = was > 0 && completion >= was;
    n += isMore ? completion - was : completion;
    isDifference ||= isMore;
  }
  return { n, isDifference };
}

/**
 * The last report of each choice among those from `first` to before `end`.
 * @param {Reports} reports
 * @param {number} first
 * @param {number} end
 * @returns {Map<number, number>}
 */
function lastOfChoices({ choice, completion }, first, end) {
  const found = new Map();
  for (let report = first; report < end; report++) found.set(choice[report], completion[report]);
  return found;
}

/**
 * @param {RangeSums} sums
 * @returns {string} "chunks 12 to 40: 29 chunks, 1,204 characters (choice 0 602, choice 1 602), 1.24 s, 310 tokens reported"
 */
export function rangeWords({ from, to, nChunks, nCharacters, ofChoices, seconds: lasted, tokens }) {
  const shown = ofChoices.slice(0, MOST_CHOICES).map(({ choice, nCharacters: n }) => `choice ${count(choice)} ${count(n)}`);
  if (ofChoices.length > MOST_CHOICES) shown.push(`${count(ofChoices.length - MOST_CHOICES)} more`);
  const ofEach = ofChoices.length > 1 ? ` (${shown.join(", ")})` : "";
  return [
    `${from === to ? `chunk ${count(from)}` : `chunks ${count(from)} to ${count(to)}`}: ${plural(nChunks, "chunk")}`,
    `${plural(nCharacters, "character")}${ofEach}`,
    lasted === null ? null : seconds(lasted),
    tokens && `${plural(tokens.n, "completion token")} ${tokens.isDifference ? "more than reported before" : "reported"}`,
  ].filter(Boolean).join(", ");
}
