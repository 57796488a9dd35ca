// Which parts of a text findings are about: their spans, else the events of their chunks.
//
// Takes a Stream, the events of one choice's transcript and the findings, the most severe first; tells of each event which of its
// parts belong to which finding. Searches nothing: the kernel says where a span stands. Draws nothing.

import { lowerBound } from "../stream.js";

// What is so for a range this wide is so throughout: all of it underlined would point at nothing.
const MOST_CHUNKS = 40, FEW_CHUNKS = 3;
// Thousands of findings, each about a whole long text, must not hold the page up: the most severe have their turn first.
const MOST_WORK = 5_000_000;

/**
 * Whether a finding is about so much of a stream that it is about no place in it.
 * @param {{chunk: number | null, last_chunk: number | null}} finding
 * @param {number} nChunks
 * @returns {boolean}
 */
export function isBroad({ chunk, last_chunk }, nChunks) {
  if (chunk === null) return true;
  const size = (last_chunk ?? chunk) - chunk + 1;
  return size > MOST_CHUNKS || (size > FEW_CHUNKS && size > nChunks / 2);
}

/**
 * Gives `at(place)`: [[from, to, finding]] of the event at a place, in its own text, in order and apart.
 * @param {import("../stream.js").Stream} stream
 * @param {number[]} events
 * @param {number} choice
 * @param {import("../messages").Finding[]} findings the most severe first
 * @returns {(place: number) => [number, number, import("../messages").Finding][]}
 */
export function underlines(stream, events, choice, findings) {
  if (!findings.length || !events.length) return () => [];
  const chunks = Int32Array.from(events, (event) => stream.chunk[event]);
  // Findings are counted from one: zero is none. An event is in one of the two.
  const whole = new Int32Array(events.length);
  /** @type {Map<number, Int32Array>} */
  const parts = new Map();
  const placeOf = new Int32Array(stream.nEvents).fill(-1);
  events.forEach((event, place) => { placeOf[event] = place; });
  let work = 0;

  const size = (/** @type {number} */ place) => stream.offset[events[place] + 1] - stream.offset[events[place]];

  /** Gives a finding what no more severe one has of an event's text. @param {number} number @param {number} place @param {number} from @param {number} to */
  function mark(number, place, from, to) {
    if (++work > MOST_WORK || whole[place] || from >= to) return;
    if (from === 0 && to === size(place) && !parts.has(place)) {
      whole[place] = number;
      return;
    }
    const owners = parts.get(place) ?? new Int32Array(size(place));
    parts.set(place, owners);
    for (let at = from; at < to; at++) if (!owners[at]) owners[at] = number;
    work += to - from;
  }

  /** @param {number} number @param {number[]} span */
  function markSpan(number, [text, from, to]) {
    const joined = stream.joined[text];
    for (let at = Math.max(lowerBound(joined.starts, from + 1) - 1, 0); at < joined.starts.length && joined.starts[at] < to; at++) {
      const place = placeOf[joined.events[at]];
      // The text of another choice has its own transcript.
      if (place < 0 || work > MOST_WORK) return;
      mark(number, place, Math.max(from - joined.starts[at], 0), Math.min(to - joined.starts[at], size(place)));
    }
  }

  /** @param {number} number @param {number} chunk @param {number} last */
  function markChunks(number, chunk, last) {
    const first = lowerBound(chunks, chunk), end = lowerBound(chunks, last + 1);
    for (let place = first; place < end; place++) mark(number, place, 0, size(place));
  }

  findings.forEach((finding, at) => {
    const { chunk } = finding, isHere = finding.choice === null || finding.choice === choice;
    if (finding.spans.length) finding.spans.forEach((span) => markSpan(at + 1, span));
    else if (chunk !== null && isHere && !isBroad(finding, stream.nChunks)) markChunks(at + 1, chunk, finding.last_chunk ?? chunk);
  });

  return (place) => {
    if (whole[place]) return [[0, size(place), findings[whole[place] - 1]]];
    /** @type {[number, number, import("../messages").Finding][]} */
    const runs = [];
    const owners = parts.get(place);
    for (let at = 0; owners && at < owners.length;) {
      let to = at + 1;
      while (to < owners.length && owners[to] === owners[at]) to++;
      if (owners[at]) runs.push([at, to, findings[owners[at] - 1]]);
      at = to;
    }
    return runs;
  };
}
