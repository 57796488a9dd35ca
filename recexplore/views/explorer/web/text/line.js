// Recorded text on one line: as nodes of an element, and as what an attribute holds. Nothing in it is invisible, and no direction that it
// sets reaches what stands beside it.

import { beginning, oneLine } from "../dom.js";
import { recorded, signed } from "./controls.js";

const LONGEST = 300, LONGEST_TITLE = 1_000;

/**
 * Recorded text as nodes of one line: what is longer is never seen whole anyway.
 * @param {string | null | undefined} text
 * @param {number} [most] In UTF-16 units.
 * @returns {(string | HTMLElement)[]}
 */
export const line = (text, most = LONGEST) => recorded(oneLine(beginning(text ?? "", most)));

/**
 * Text whose direction ends with it (FSI, PDI), for attributes: they have no elements inside.
 * @param {string} text
 * @returns {string}
 */
const isolated = (text) => (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(text) ? `\u2068${text}\u2069` : text);

/**
 * Recorded text as an attribute may hold it: not endless, signs for what nobody would see, its direction its own.
 * @param {string} text
 * @param {number} [most] In UTF-16 units.
 * @returns {string}
 */
export const titled = (text, most = LONGEST_TITLE) => isolated(signed(beginning(text, most)));
