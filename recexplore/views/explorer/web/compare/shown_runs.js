// Which runs stand side by side: those a comparison begins with, and what a choice makes of them. Pure.

export const MOST_SHOWN = 4;
/** The level whose classes say which runs have the same words. */
export const TEXT_LEVEL = 1;

/** What a run is called, as a replay counts runs; its place counts from 0. */
export const numberOf = (/** @type {number} */ run) => run + 1;

/** @typedef {{ runs: { id: string, classes: number[] }[], reference: number }} View */

/**
 * What a comparison begins with: the reference, and beside it the run that it was opened from; of the reference, or of recordings
 * that were chosen, the first run whose text is another, else the first that is another at all.
 * @param {View} view
 * @param {string[]} ids what was asked for
 * @returns {number[]}
 */
export function firstShown({ runs, reference }, ids) {
  const from = ids.length === 1 ? runs.findIndex(({ id }) => id === ids[0]) : -1;
  if (from >= 0 && from !== reference) return [reference, from];
  const others = runs.map((_, run) => run).filter((run) => run !== reference), levels = runs[0].classes.map((_, level) => level);
  const level = [TEXT_LEVEL, ...levels].find((each) => others.some((run) => runs[run].classes[each] !== 0));
  const other = level === undefined ? others[0] : others.find((run) => runs[run].classes[level] !== 0);
  return [reference, other ?? others[0]];
}

/**
 * The runs that were shown, as far as they are still there; null where less than two are.
 * @param {View} view
 * @param {string[]} ids
 */
export function shownAgain({ runs }, ids) {
  const shown = ids.map((id) => runs.findIndex((run) => run.id === id)).filter((run) => run >= 0);
  return shown.length > 1 ? shown : null;
}

/**
 * The shown runs after one was chosen: beside the first, or in addition to those there; one that is there is taken away.
 * @param {number[]} shown
 * @param {number} run
 * @param {boolean} isMore
 * @returns {number[]}
 */
export function shownWith(shown, run, isMore) {
  if (!isMore) return run === shown[0] ? shown : [shown[0], run];
  if (shown.includes(run)) return shown.length > 1 ? shown.filter((each) => each !== run) : shown;
  return shown.length < MOST_SHOWN ? [...shown, run] : [...shown.slice(0, -1), run];
}

/**
 * The runs that stand for a branch: the reference, then one of each wording, at most as many as are shown.
 * @param {number[]} runs of the branch
 * @param {number} reference
 * @param {(run: number) => number} wordingOf
 * @returns {number[]}
 */
export function shownFor(runs, reference, wordingOf) {
  const others = new Map([...runs].reverse().filter((run) => run !== reference).map((run) => [wordingOf(run), run]));
  const inOrder = [...others.values()].reverse().filter((run) => !runs.includes(reference) || wordingOf(run) !== wordingOf(reference));
  return [reference, ...(inOrder.length ? inOrder : runs.filter((run) => run !== reference))].slice(0, MOST_SHOWN);
}
