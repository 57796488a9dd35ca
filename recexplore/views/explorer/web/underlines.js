// Which parts of a text findings are about: the recorded words that a finding quotes, else the events of its chunks.
//
// Takes a Stream, the events of one transcript and the findings that concern it, the most severe first; tells of each event which
// of its parts belong to which finding. Draws nothing.

import { lowerBound } from "./stream.js";

// A quote this short stands anywhere: it counts only where it is all that an event says.
const SHORT = 4;
// What is so for a range this wide is so throughout: all of it underlined would point at nothing.
const MOST_CHUNKS = 40, FEW_CHUNKS = 3;
const MOST_QUOTES = 24, MOST_HITS = 500;
// A thousand findings, each about a whole long stream, must not hold the page up.
const MOST_SEARCHED = 20_000_000;

/** Whether a finding is about so much of a stream that it is about no place in it. */
export function isBroad({ chunk, last_chunk }, nChunks) {
  const size = (last_chunk ?? chunk) - chunk + 1;
  return size > MOST_CHUNKS || (size > FEW_CHUNKS && size > nChunks / 2);
}

/** Gives `at(place)`: [[from, to, finding]] of the event at a place, in its own text, in order and apart. */
export function underlines(stream, events, findings) {
  if (!findings.length || !events.length) return () => [];
  const chunks = Int32Array.from(events, (event) => stream.chunk[event]);
  const starts = new Float64Array(events.length + 1);
  events.forEach((event, place) => { starts[place + 1] = starts[place] + stream.offset[event + 1] - stream.offset[event]; });
  // Findings are counted from one: zero is none. An event is in one of the two.
  const whole = new Int32Array(events.length), parts = new Map();
  let joined = null, searched = 0;

  const size = (place) => starts[place + 1] - starts[place];

  function mark(number, place, from, to) {
    if (from === 0 && to === size(place)) {
      whole[place] = number;
      parts.delete(place);
      return;
    }
    if (!parts.has(place)) parts.set(place, new Int32Array(size(place)).fill(whole[place]));
    whole[place] = 0;
    parts.get(place).fill(number, from, to);
  }

  function markText(number, from, to) {
    for (let place = Math.max(lowerBound(starts, from + 1) - 1, 0); place < events.length && starts[place] < to; place++) {
      if (size(place)) mark(number, place, Math.max(from - starts[place], 0), Math.min(to - starts[place], size(place)));
    }
  }

  /** Where a quote stands: [[from, to]], cut to what lies within the finding's own chunks. */
  function hitsOf(quote, from, to) {
    const words = quote.replace(/^…|…$/g, "");
    if (!words.trim() || searched > MOST_SEARCHED) return [];
    joined ??= events.map((event) => stream.textOf(event)).join("");
    // What a quote shows around its place may lie outside.
    const start = Math.max(from - words.length, 0), text = joined.slice(start, to + words.length);
    searched += text.length;
    const hits = [];
    for (let at = text.indexOf(words); at >= 0 && hits.length < MOST_HITS; at = text.indexOf(words, at + words.length)) {
      const hit = [Math.max(start + at, from), Math.min(start + at + words.length, to)];
      if (hit[0] < hit[1] && (words.length >= SHORT || isEvent(start + at, words.length))) hits.push(hit);
    }
    if (hits.length || !words.includes(" … ")) return hits;
    // The middle was left out: from its beginning to its end.
    const [head, tail] = [words.slice(0, words.indexOf(" … ")), words.slice(words.lastIndexOf(" … ") + 3)];
    const first = text.indexOf(head), last = first < 0 ? -1 : text.indexOf(tail, first + head.length);
    if (head.length < SHORT || tail.length < SHORT || last < 0) return hits;
    const hit = [Math.max(start + first, from), Math.min(start + last + tail.length, to)];
    return hit[0] < hit[1] ? [hit] : hits;
  }

  function isEvent(at, length) {
    const place = lowerBound(starts, at + 1) - 1;
    return starts[place] === at && size(place) === length;
  }

  /** Whether a part holds more than tags, which are not shown unless they are asked for. */
  function isSeen([from, to]) {
    for (let place = Math.max(lowerBound(starts, from + 1) - 1, 0); place < events.length && starts[place] < to; place++) {
      if (size(place) && stream.kindOf(events[place]).look !== "markup") return true;
    }
    return false;
  }

  /** The quotes of an evidence that stand there. Recorded text has quotes of its own: the longest that is found counts. */
  function quoted(evidence, from, to) {
    const closing = [...evidence.matchAll(/”/g)].map((match) => match.index).slice(0, MOST_QUOTES).reverse();
    const found = [];
    let tried = 0;
    for (let at = evidence.indexOf("“"); at >= 0 && tried < MOST_QUOTES; tried++) {
      let end = at;
      for (const close of closing) {
        const hits = close > at + 1 ? hitsOf(evidence.slice(at + 1, close), from, to) : [];
        if (!hits.length) continue;
        found.push(...hits);
        end = close;
        break;
      }
      at = evidence.indexOf("“", end + 1);
    }
    return found.length ? found : hitsOf(evidence, from, to);
  }

  for (let number = findings.length; number > 0; number--) {
    const finding = findings[number - 1];
    const first = lowerBound(chunks, finding.chunk), end = lowerBound(chunks, (finding.last_chunk ?? finding.chunk) + 1);
    if (first >= end) continue;
    const hits = finding.evidence ? quoted(finding.evidence, starts[first], starts[end]) : [];
    hits.forEach(([from, to]) => markText(number, from, to));
    if (!hits.some(isSeen) && !isBroad(finding, stream.nChunks)) for (let place = first; place < end; place++) mark(number, place, 0, size(place));
  }

  return (place) => {
    if (whole[place]) return [[0, size(place), findings[whole[place] - 1]]];
    const marks = parts.get(place), runs = [];
    for (let at = 0; marks && at < marks.length;) {
      let to = at + 1;
      while (to < marks.length && marks[to] === marks[at]) to++;
      if (marks[at]) runs.push([at, to, findings[marks[at] - 1]]);
      at = to;
    }
    return runs;
  };
}
