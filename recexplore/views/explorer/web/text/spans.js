// What each event of a choice says, in parts: where a finding's evidence begins and ends in it.
//
// Takes a Stream, the events of one choice's text and what `underlines` gave; gives texts. Knows no element.

/**
 * A part of an event's text, and the finding that is about it.
 * @typedef {[string, import("../messages").Finding | null]} Part
 */

/** `isJoined`: it begins a kind, right behind a letter of another. @typedef {{ kind: import("../messages").ShownKind, finding: import("../messages").Finding | null, text: string, isJoined: boolean }} Run */

/** Whether two texts of different kinds would be read as one word: only looks may part them. @type {(before: string, after: string) => boolean} */
export const isJoined = (before, after) => /\S$/u.test(before) && /^\S/u.test(after);

/** The class of what is set apart from the kind before it. @type {(joined: boolean) => string} */
export const joinedClass = (joined) => (joined ? ".rx-begins" : "");

/**
 * @param {import("../stream.js").Stream} stream
 * @param {number[]} events
 * @param {(place: number) => [number, number, import("../messages").Finding][]} underlined
 */
export function spansOf(stream, events, underlined) {
  const joined = joinedPlaces(stream, events);

  /**
   * What an event says, in parts; a tool call of its own begins a line, with its name.
   * @param {number} place
   * @returns {Part[]}
   */
  function partsOf(place) {
    const event = events[place], name = stream.toolNames.get(event), text = stream.textOf(event);
    /** @type {Part[]} */
    const parts = [];
    if (name !== undefined) parts.push([`${place > 0 ? "\n" : ""}${name} `, null]);
    let end = 0;
    for (const [from, to, finding] of underlined(place)) {
      if (from > end) parts.push([text.slice(end, from), null]);
      parts.push([text.slice(from, to), finding]);
      end = to;
    }
    if (end < text.length || !parts.length) parts.push([text.slice(end), null]);
    return parts;
  }

  /**
   * Neighbouring parts of one kind under one finding as one.
   * @param {number} from
   * @param {number} to
   * @returns {Run[]}
   */
  function runsOf(from, to) {
    /** @type {Run[]} */
    const runs = [];
    for (let place = from; place < to; place++) {
      const kind = stream.kindOf(events[place]);
      partsOf(place).forEach(([text, finding], part) => {
        const run = runs.at(-1), begins = part === 0 && joined.has(place);
        if (run && run.kind === kind && run.finding === finding && !begins) run.text += text;
        else runs.push({ kind, finding, text, isJoined: begins });
      });
    }
    return runs;
  }

  /**
   * Whether an event's text is the end of a line.
   * @param {number} place
   * @returns {boolean}
   */
  function endsLine(place) {
    const start = stream.offset[events[place]], end = stream.offset[events[place] + 1];
    return start < end && stream.text[end - 1] === "\n";
  }

  return { partsOf, runsOf, endsLine, joined };
}

/**
 * The places at which a kind begins right behind a letter of another; tags between them are not seen.
 * @param {import("../stream.js").Stream} stream
 * @param {number[]} events
 * @returns {Set<number>}
 */
function joinedPlaces(stream, events) {
  /** @type {Set<number>} */
  const places = new Set();
  let last = -1;
  events.forEach((event, place) => {
    const kind = stream.kindOf(event);
    if (kind.look === "markup" || stream.offset[event] === stream.offset[event + 1]) return;
    if (last >= 0 && stream.kindOf(last) !== kind && !stream.toolNames.has(event) && isJoined(stream.textOf(last), stream.textOf(event))) places.add(place);
    last = event;
  });
  return places;
}

/**
 * The events of a choice whose text stands where an answer is read.
 * @param {import("../stream.js").Stream} stream
 * @param {number} choice
 * @returns {number[]}
 */
export function eventsOf(stream, choice) {
  const events = [];
  for (let event = 0; event < stream.nEvents; event++) {
    if (stream.choice[event] === choice && stream.kindOf(event).look) events.push(event);
  }
  return events;
}
