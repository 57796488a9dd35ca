// The streams that still come: what is said of them, and when to ask again.
//
// How long a stream has been silent becomes another thing without any file changing, so that is asked for while one is recorded.

import { el, seconds } from "./dom.js";

const EVERY_MS = 1_000, AFTER_FAILURE_MS = 5_000;
const WHOLE_SECONDS_FROM = 10, MINUTES_FROM = 100;

/** @typedef {import("./messages").Coming} Coming */
/** By the id of the recording. @typedef {Map<string, Coming>} ComingStreams */

/** How long ago, as a clock says it that is read once a second. @param {number} value */
export const ago = (value) => (value >= MINUTES_FROM ? seconds(value) : `${value < WHOLE_SECONDS_FROM ? value.toFixed(1) : Math.floor(value)} s`);

/**
 * A word for a stream without an end, a sentence, and how it looks.
 * @param {Coming | undefined} coming what is known of it now; nothing where nobody follows its file
 * @returns {{ look: string, word: string, sentence: string }}
 */
export function comingWords(coming) {
  const { state, quiet_s: quiet, longest_s: longest } = coming ?? { state: null, quiet_s: null, longest_s: null };
  if (state === "silent") {
    return { look: "silent", word: `silent for ${ago(quiet ?? 0)}`, sentence: `still coming; nothing came for ${ago(quiet ?? 0)}, and more than ${seconds(longest)} is a stall` };
  }
  if (state === "coming") return { look: "coming", word: "coming", sentence: `still coming${quiet === null ? "" : `; last chunk ${ago(quiet)} ago`}` };
  if (state === "left") return { look: "left", word: "no end", sentence: "nobody writes it any more: its recorder died before the end" };
  return { look: "left", word: "no end yet", sentence: "it was still coming when it was read, unless its recorder had died" };
}

/** Whether more may come of a stream. @param {import("./stream.js").Stream} stream @param {import("./state.js").State} state */
export const mayComeOn = ({ id, isOpen }, state) => isOpen && state.get("coming").get(id)?.state !== "left";

/** The sign of a stream without an end. @param {Coming | undefined} coming */
export function comingSign(coming) {
  const { look, word, sentence } = comingWords(coming);
  return el(`span.rx-coming.rx-coming-${look}`, { title: sentence }, word);
}

/**
 * Sets `coming` in the State, again and again while a stream is recorded.
 * @param {import("./explorer.js").Source} source
 * @param {import("./state.js").State} state
 */
export function followComing(source, state) {
  let turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function ask() {
    const mine = ++turn;
    clearTimeout(timer);
    if (!source.isFollowing) return;
    const answer = await source.coming().catch(() => null);
    if (mine !== turn) return;
    // Where nobody answered, what was known last is still the best that is known.
    if (answer?.length || (answer && state.get("coming").size)) state.set("coming", new Map(answer.map((each) => [each.recording, each])));
    const isRecorded = answer?.some((each) => each.state !== "left");
    if (isRecorded || answer === null) timer = setTimeout(ask, isRecorded ? EVERY_MS : AFTER_FAILURE_MS);
  }

  ask();
  return {
    /** Asks at once: the corpus is another. */
    again: ask,
    destroy() {
      turn++;
      clearTimeout(timer);
    },
  };
}
