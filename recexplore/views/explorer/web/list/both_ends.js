// A line that gives way in its middle: the beginning of a text, a sign where some of it is missing, its end.
//
// The style sheet cuts the beginning and sets the sign; what is left of a letter that did not fit would stand as a gap before the
// end. So that both halves touch the sign, the beginning is told how wide it is with what of it fits.

import { beginning, el, isHalved, oneLine } from "../dom.js";
import { recorded } from "../text/controls.js";

const LONGEST_LABEL = 300;
/** Names of one suite begin alike: what does not fit gives way in the middle, and as much of the end stays. */
const END = 10, LONG = 24;
const SIGN = "…", SLACK_PX = 0.5;
/** From right to left it is not the last letters that give way. */
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A line that gives way in its middle, before so many of its last characters. @param {string} classes @param {string} text */
export function bothEnds(classes, text, end = text.length > LONG ? END : 0) {
  const words = oneLine(text), at = words.length - end, spaces = /^\s*/.exec(words.slice(at))?.[0].length ?? 0;
  const cut = spaces < end ? at + spaces - Number(isHalved(words, at)) : at;
  return el(`div.${classes}`, {}, el("span.rx-start", {}, recorded(beginning(words.slice(0, cut), LONGEST_LABEL))), el("span.rx-end", {}, recorded(words.slice(cut))));
}

/**
 * How much of a text fits before the sign, without the white space at its end: how many characters (UTF-16), and how wide both are.
 * @param {string} text
 * @param {number} room
 * @param {(length: number) => number} widthOf how wide so many of its characters are with the sign
 * @returns {{ length: number, width: number }}
 */
export function fitting(text, room, widthOf) {
  let least = 0, most = text.length;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (widthOf(middle) <= room) least = middle;
    else most = middle - 1;
  }
  const length = text.slice(0, least - Number(isHalved(text, least))).trimEnd().length;
  return { length, width: widthOf(length) };
}

/**
 * Closes the gaps in these lines, as wide as they are now. All are looked at before any is changed.
 * @param {Iterable<Element>} roots
 */
export function closeGaps(roots) {
  const starts = [...roots].flatMap((root) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".rx-start")]));
  for (const { style } of starts) style.maxWidth = "";
  const cut = starts.filter((start) => start.nextSibling?.textContent && start.scrollWidth > start.clientWidth && start.clientWidth > 0);
  const plain = cut.filter((start) => start.firstChild === start.lastChild && start.firstChild instanceof Text && !FROM_RIGHT.test(start.firstChild.data));
  const signs = plain.map(() => el("span", { style: { position: "absolute", visibility: "hidden" } }, SIGN));
  // Where the style sheet sets its sign, letters have no place of their own.
  plain.forEach((start, place) => {
    start.style.textOverflow = "clip";
    start.parentElement?.append(signs[place]);
  });
  const widths = plain.map((start, place) => {
    const letters = /** @type {Text} */ (start.firstChild), range = document.createRange(), sign = signs[place].getBoundingClientRect().width;
    range.setStart(letters, 0);
    return fitting(letters.data, start.getBoundingClientRect().width, (length) => {
      range.setEnd(letters, length);
      return range.getBoundingClientRect().width + sign;
    });
  });
  plain.forEach(({ style }, place) => {
    const { length, width } = widths[place];
    style.textOverflow = "";
    if (length) style.maxWidth = `${width + SLACK_PX}px`;
    signs[place].remove();
  });
}
