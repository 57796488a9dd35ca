// Recorded text in which nothing is invisible: control and direction characters stand as small signs.
//
// A sign is drawn by the style sheet beside the character, which stays where it was: what is copied, searched and read aloud is the text
// as recorded. A direction set by such a character ends with its sign, so that it turns nothing around.

import { el } from "../dom.js";

const MOST_SIGNS = 2_000, MOST_IN_SIGN = 8;

/** Controls but tab and line feed, what sets directions, what has no width; a flag's tags, which are no secret, stay together. */
const CONTROLS = new RegExp([
  "\\u{1f3f4}[\\u{e0020}-\\u{e007e}]+\\u{e007f}",
  "([\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]+)",
].join("|"), "gu");

const NAMES = new Map([
  [0x1b, "escape"], [0xad, "soft hyphen"], [0x61c, "Arabic letter mark"], [0x200b, "zero width space"], [0x200e, "left-to-right mark"], [0x200f, "right-to-left mark"],
  [0x2028, "line separator"], [0x2029, "paragraph separator"], [0x202a, "left-to-right embedding"], [0x202b, "right-to-left embedding"],
  [0x202c, "pop directional formatting"], [0x202d, "left-to-right override"], [0x202e, "right-to-left override"], [0x2060, "word joiner"],
  [0x2066, "left-to-right isolate"], [0x2067, "right-to-left isolate"], [0x2068, "first strong isolate"], [0x2069, "pop directional isolate"],
  [0xfeff, "byte order mark"], [0x7f, "delete"], [0, "null"], [0x0d, "carriage return"],
]);

/** The old controls by their number. Fonts rarely have the pictures that Unicode has of them. */
const SHORT = "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(" ");

const codeOf = (/** @type {string} */ character) => `U+${/** @type {number} */ (character.codePointAt(0)).toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * The sign of a character: ESC and the like for the old controls, else its number.
 * @param {string} character
 * @returns {string}
 */
export function signOf(character) {
  const code = /** @type {number} */ (character.codePointAt(0));
  return code === 0x7f ? "DEL" : SHORT[code] ?? codeOf(character);
}

/**
 * A text in parts, those of controls with the signs to be shown for them.
 * @param {string} text
 * @returns {{text: string, signs: string | null}[]}
 */
export function partsOf(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(CONTROLS)) {
    if (match[1] === undefined) continue;
    if (parts.length > MOST_SIGNS) break;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), signs: null });
    const characters = [...match[1].slice(0, 2 * MOST_IN_SIGN)].slice(0, MOST_IN_SIGN), n = [...match[1]].length;
    parts.push({ text: match[1], signs: characters.map(signOf).join(" ") + (n > characters.length ? ` … ${n.toLocaleString("en")}` : "") });
    end = match.index + match[1].length;
  }
  if (end < text.length || !parts.length) parts.push({ text: text.slice(end), signs: null });
  return parts;
}

/** Whether a text has characters that nobody would see. */
export const hasControls = (/** @type {string} */ text) => {
  CONTROLS.lastIndex = 0;
  for (const match of text.matchAll(CONTROLS)) if (match[1] !== undefined) return true;
  return false;
};

/**
 * A text as nodes for an element, controls with their signs.
 * @param {string | null | undefined} text
 * @returns {(string | HTMLElement)[]}
 */
export function recorded(text) {
  if (!text) return [];
  return partsOf(text).map((part) => (part.signs === null ? part.text
    : el("span.rx-control", { dataset: { shown: part.signs }, title: titleOf(part.text) }, part.text)));
}

/** @param {string} controls */
function titleOf(controls) {
  const [first] = controls, name = NAMES.get(/** @type {number} */ (first.codePointAt(0)));
  return [codeOf(first), name].filter(Boolean).join(" ");
}

/**
 * A text for where there are no elements, a tooltip or a label: signs in place of controls.
 * @param {string} text
 * @returns {string}
 */
export const signed = (text) => partsOf(text).map((part) => part.signs ?? part.text).join("");
