// What panes of figures are laid out with: a sheet of parts, notes in it, and the heads of its tables.

import { el } from "../dom.js";
import { recorded } from "../text/controls.js";

/**
 * @param {...(Node | string | null)} inside
 * @returns {HTMLElement}
 */
export function pane(...inside) {
  return el("div.rx-sheet", {}, ...inside);
}

/** @type {(given: {level: string, words: string}) => HTMLElement} */
export const note = ({ level, words }) => el(`p.rx-noted.rx-noted-${level}`, {}, recorded(words));

/** @type {(label: string, title?: string | null) => {label: string, title: string | null}} */
export const text = (label, title = null) => ({ label, title });

/** @type {(label: string, title?: string | null) => {label: string, title: string | null, isNumber: boolean}} */
export const number = (label, title = null) => ({ label, title, isNumber: true });
