// What can be said of a tool call's arguments at the cursor, and never more: unfinished is not broken, and finished is not unfinished.
//
// Takes the last fragment that came and what has ended, gives words. Knows no element.

import { count } from "../dom.js";

/** While fragments may still come. */
const OPEN = {
  empty: "no argument yet", incomplete: "not complete yet", complete: "complete JSON", broken: "can no longer become JSON",
  "not an object": "JSON, but no object",
};

/** Once the choice has finished: nothing can complete them any more. */
const FINISHED = { ...OPEN, empty: "no arguments", incomplete: "invalid JSON, ends too early", broken: "invalid JSON" };

/** Once the answer is over though its choice never finished. */
const CUT_OFF = { ...FINISHED, empty: "cut off before its arguments", incomplete: "cut off" };

/** Of a call whose tool takes what it likes. */
const ANY_TEXT = { ...OPEN, empty: "nothing yet", incomplete: "text", complete: "complete JSON", broken: "text, no JSON", "not an object": "text" };

/**
 * @typedef {Pick<import("../messages").Fragment, "state" | "broken_at">} Fragment
 * @typedef {{isFinished: boolean, isOver: boolean, takesJson: boolean, chars: number}} Ending
 */

/**
 * The class and the words for arguments as far as they have come.
 * @param {Fragment | null} fragment the last one that came
 * @param {Ending} ending whether the call's choice has finished and the answer is over by now; how many characters have come
 * @returns {{name: string, words: string}}
 */
export function stateOf(fragment, { isFinished, isOver, takesJson, chars }) {
  if (!fragment) return { name: "empty", words: isFinished || isOver ? "never begun" : "not begun" };
  if (!takesJson) return { name: fragment.state === "complete" ? "complete" : "text", words: ANY_TEXT[fragment.state] };
  const words = (isFinished ? FINISHED : isOver ? CUT_OFF : OPEN)[fragment.state];
  const isInvalid = fragment.state === "broken" || (fragment.state === "incomplete" && isFinished);
  const name = isInvalid ? "broken" : fragment.state.replaceAll(" ", "-");
  if (fragment.broken_at !== null) return { name, words: `${words} (from character ${count(fragment.broken_at)})` };
  return { name, words: fragment.state === "incomplete" && (isFinished || isOver) ? `${words} (after character ${count(chars)})` : words };
}

/**
 * Neighbouring fragments in the same state, as one stretch of a strip.
 * @param {(Fragment & {chunk: number})[]} fragments
 * @param {boolean} takesJson
 * @returns {{kind: string, from: number, to: number, title: string}[]}
 */
export function runsOf(fragments, takesJson) {
  /** @type {{ kind: string, from: number, to: number, words: string }[]} */
  const runs = [];
  for (const fragment of fragments) {
    const { name, words } = stateOf({ ...fragment, broken_at: null }, { isFinished: false, isOver: false, takesJson, chars: 0 });
    const kind = `state-${name}`, last = runs.at(-1);
    if (last && last.kind === kind) last.to = fragment.chunk;
    else runs.push({ kind, from: fragment.chunk, to: fragment.chunk, words });
  }
  return runs.map(({ kind, from, to, words }) => ({ kind, from, to, title: `${words}: ${from === to ? `chunk ${count(from)}` : `chunks ${count(from)} to ${count(to)}`}` }));
}
