// Which columns are shown: a button and its list.

import { el } from "../dom.js";
import { COLUMNS, TEST } from "./columns.js";
import { Popup } from "../popup.js";

/**
 * The button that opens the list of columns.
 * @param {() => { hidden: string[], shown: string[], hasWidths: boolean }} now what is hidden, what is seen, and whether a width was chosen
 * @param {{ hide: (hidden: string[]) => void, reset: () => void }} does
 * @returns {HTMLElement}
 */
export function columnsButton(now, does) {
  const button = el("button.rx-quiet", { type: "button", title: "columns of the list" }, "columns");
  const popup = new Popup(button, "columns", fill);

  /** @param {HTMLElement} box */
  function fill(box) {
    const lines = COLUMNS.map((column) => el("label.rx-choice", { title: column.title },
      el("input", { type: "checkbox", disabled: column.key === TEST, dataset: { column: column.key }, onchange: (/** @type {any} */ event) => change(column.key, event.target.checked) }),
      el("span.rx-choice-name", {}, column.label), el("span.rx-count")));
    const reset = el("button.rx-quiet", { type: "button", onclick: () => { does.reset(); update(lines); } }, "as at first");
    box.replaceChildren(el("div.rx-choices", { role: "group", "aria-label": "columns" }, lines), el("p.rx-label", {}, reset));
    update(lines);
  }

  /** @param {string} key @param {boolean} isShown */
  function change(key, isShown) {
    const { hidden } = now();
    does.hide(isShown ? hidden.filter((each) => each !== key) : [...hidden, key]);
    update([...popup.box.querySelectorAll("label")]);
  }

  /** @param {any[]} lines */
  function update(lines) {
    const { hidden, shown } = now();
    lines.forEach((line, at) => {
      const { key } = COLUMNS[at], isHidden = hidden.includes(key);
      line.firstChild.checked = !isHidden;
      line.lastChild.textContent = isHidden ? (shown.includes(key) ? "sorts the list" : "") : shown.includes(key) ? "" : "no room";
    });
  }

  return el("span.rx-facet", {}, button, popup.box);
}
