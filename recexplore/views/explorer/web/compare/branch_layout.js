// Where the branches of a divergence tree stand: characters from left to right, runs from top to bottom. Pure.

/** @typedef {{ left: number, top: number, width: number, height: number }} Box In pixels. */
/** @typedef {{ parent: number | null, start: number, end: number, first_run: number, end_run: number, n_ending: number }} Branch */

const LEAST_STEP = 26, LEAST_LEAF = 190, END_PX = 84;

/**
 * The branches, and one of its own for runs that end where others go on.
 * @template {Branch & { text: string, ends: string, logprob: number | null }} B
 * @param {B[]} branches
 * @returns {B[]}
 */
export function withEnds(branches) {
  const isParted = new Set(branches.map(({ parent }) => parent));
  const ends = branches.flatMap((branch, at) => (branch.n_ending && isParted.has(at)
    ? [{ ...branch, parent: at, start: branch.end, end_run: branch.first_run + branch.n_ending, text: "", ends: "", logprob: null }] : []));
  return [...branches, ...ends];
}

/**
 * Where characters stand: every place where runs part gets room, long shared stretches not all of it (their logarithm).
 * @param {Branch[]} branches
 * @param {number} width
 * @returns {(char: number) => number} pixels of a place where runs part; of any character behind the last the right edge
 */
export function placesOf(branches, width) {
  const partings = [...new Set([0, ...branches.filter(({ parent }) => parent !== null).map(({ start }) => start)])].sort((a, b) => a - b);
  const weights = partings.slice(1).map((place, at) => Math.log2(2 + place - partings[at]));
  const room = Math.max(width - LEAST_LEAF, width * 0.3), least = Math.min(LEAST_STEP, room / Math.max(weights.length, 1));
  const sum = weights.reduce((total, weight) => total + weight, 0) || 1, free = Math.max(Math.min(room, weights.length * 240) - least * weights.length, 0);
  const pixels = new Map([[0, 0]]);
  let pixel = 0;
  weights.forEach((weight, at) => {
    pixel += least + (free * weight) / sum;
    pixels.set(partings[at + 1], pixel);
  });
  return (char) => pixels.get(char) ?? width;
}

/**
 * The box of each branch: it ends where its runs part, or at the right edge; one without text is short.
 * @param {Branch[]} branches
 * @param {number} nRuns
 * @param {number} width
 * @param {number} height
 * @returns {Box[]}
 */
export function boxesOf(branches, nRuns, width, height) {
  const place = placesOf(branches, width), unit = height / Math.max(nRuns, 1);
  const isParted = new Set(branches.map(({ parent }) => parent));
  return branches.map(({ start, end, first_run: first, end_run: behind }, at) => {
    const left = place(start), right = isParted.has(at) ? place(end) : start === end ? Math.min(left + END_PX, width) : width;
    return { left, top: first * unit, width: right - left, height: (behind - first) * unit };
  });
}
