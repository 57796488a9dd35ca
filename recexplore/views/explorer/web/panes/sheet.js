// What panes of figures are laid out with: a sheet of parts, notes in it, and the heads of its tables.

import { el } from "../dom.js";

export function pane(...inside) {
  return el("div.rx-sheet", {}, ...inside);
}

export const note = ({ level, words }) => el(`p.rx-noted.rx-noted-${level}`, {}, words);

export const text = (label, title = null) => ({ label, title });

export const number = (label, title = null) => ({ label, title, isNumber: true });
