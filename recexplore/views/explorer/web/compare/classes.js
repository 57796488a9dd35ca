// Classes of equal runs, as letters: A is the reference's.

import { el, plural } from "../dom.js";

/** As many looks as can be told apart; classes beyond them repeat those but the first. */
const LOOKS = 7;

/**
 * The letter of a class: A to Z, then AA, AB …
 * @param {number} number
 * @returns {string}
 */
export function letterOf(number) {
  const last = String.fromCharCode(65 + (number % 26));
  return number < 26 ? last : letterOf(Math.floor(number / 26) - 1) + last;
}

/** The name of a class's look: of A its own, of the others one of those that can be told apart. @param {number} number */
const lookOf = (number) => letterOf(number === 0 ? 0 : ((number - 1) % (LOOKS - 1)) + 1).toLowerCase();

/**
 * The style of a class.
 * @param {number} number
 * @returns {string}
 */
export const styleOf = (number) => `rx-class-${lookOf(number)}`;

/**
 * The custom property with the colour of a class's branches; of those of several classes with null.
 * @param {number | null} number
 * @returns {string}
 */
export const hueOf = (number) => (number === null ? "--rx-other" : number === 0 ? "--rx-content" : `--rx-class-${lookOf(number)}`);

/**
 * How many runs each class of a level has.
 * @param {{ classes: number[] }[]} runs
 * @param {number} level
 * @returns {Map<number, number>}
 */
export function sizesOf(runs, level) {
  const sizes = new Map();
  for (const { classes } of runs) sizes.set(classes[level], (sizes.get(classes[level]) ?? 0) + 1);
  return sizes;
}

/**
 * A class as a small coloured letter.
 * @param {number} number
 * @param {string} level
 * @param {number} size how many runs it has
 * @returns {HTMLElement}
 */
export const chip = (number, level, size) =>
  el(`span.rx-class.${styleOf(number)}`, { title: `${level}: class ${letterOf(number)}, ${plural(size, "run")}` }, letterOf(number));
