// The facets: a button each, which opens its values with their counts. Several values of one facet mean any of them.

import { beginning, count, el, oneLine } from "../dom.js";
import { Popup } from "../popup.js";
import { line, titled } from "../text/line.js";
import { NOT_NAMED } from "./rows.js";

/** The facets, and a word for each. */
export const FACETS = ["provider", "model", "dialect", "shows", "severity", "rule"];
/** With more values a field to filter them. */
const MANY = 10;
const LONGEST = 200;
const NO_RULES = "no rules were run: explore was called with findings=False";

/**
 * What a facet's button says: its name, and the first of what was chosen.
 * @param {string} name
 * @param {string[]} chosen
 * @returns {string}
 */
export function pillLabel(name, chosen) {
  if (!chosen.length) return name;
  const more = chosen.length > 1 ? ` +${chosen.length - 1}` : "";
  return `${name}: ${titled(oneLine(beginning(chosen[0], 22)))}${more}`;
}

/**
 * The values with one of them chosen, or no longer.
 * @param {Record<string, string[]>} chosen
 * @param {string} name
 * @param {string} value
 * @returns {Record<string, string[]>}
 */
export function toggled(chosen, name, value) {
  const now = chosen[name] ?? [];
  return without({ ...chosen, [name]: now.includes(value) ? now.filter((each) => each !== value) : [...now, value] });
}

/** Without the facets of which nothing is chosen. @type {(chosen: Record<string, string[]>) => Record<string, string[]>} */
const without = (chosen) => Object.fromEntries(Object.entries(chosen).filter(([, values]) => values.length));

/** A value of a facet, and how many recordings it would leave. @typedef {{ value: string, count: number }} Value */

/** All facets, in a row. */
export class Facets {
  /** What is chosen: the values of each facet. @type {Record<string, string[]>} */
  chosen = {};
  /** @type {{ facets: Record<string, Value[]>, n_values: Record<string, number> }} */
  #answer = { facets: {}, n_values: {} };
  #clear;

  /** @param {() => void} changed called when the reader chose */
  constructor(changed) {
    this.changed = changed;
    this.facets = FACETS.map((name) => new Facet(name, this));
    this.#clear = el("button.rx-quiet.rx-clear", { type: "button", title: "choose nothing in any facet", onclick: () => this.set({}) }, "clear");
    this.root = el("div.rx-facets", { role: "group", "aria-label": "facets" }, this.facets.map((facet) => facet.root), this.#clear);
    this.update(this.#answer);
  }

  /** Shows what an answer counted. @param {{ facets: Record<string, Value[]>, n_values: Record<string, number> }} answer */
  update(answer) {
    this.#answer = answer;
    // It keeps its room: what is beside it must not move.
    const isAny = Object.keys(this.chosen).length > 0;
    if (!isAny && this.#clear === document.activeElement) this.facets[0].popup.button.focus();
    this.#clear.classList.toggle("rx-away", !isAny);
    this.#clear.disabled = !isAny;
    for (const facet of this.facets) facet.update(answer.facets[facet.name] ?? [], answer.n_values[facet.name] ?? 0, this.chosen[facet.name] ?? []);
  }

  /** Chooses. @param {Record<string, string[]>} chosen */
  set(chosen) {
    this.chosen = chosen;
    this.update(this.#answer);
    this.changed();
  }
}

/** One facet: its button, the × that takes everything back, and its values. */
class Facet {
  /** @type {Value[]} */
  #values = [];
  #nValues = 0;
  /** @type {string[]} */
  #chosen = [];
  /** @type {Map<string, HTMLElement>} */
  #lines = new Map();

  /** @param {string} name @param {Facets} facets */
  constructor(name, facets) {
    this.name = name;
    this.facets = facets;
    this.label = el("span.rx-pill-label");
    const button = el("button.rx-pill", { type: "button", dataset: { facet: name } }, this.label, el("span.rx-open", { "aria-hidden": "true" }, "▾"));
    this.popup = new Popup(button, name, (box) => this.#fill(box));
    this.off = el("button.rx-off", { type: "button", "aria-label": `any ${name}`, title: `any ${name}`, onclick: () => this.#takeBack() }, "×");
    this.root = el("span.rx-facet", {}, button, this.off, this.popup.box);
  }

  /** @param {Value[]} values those listed @param {number} nValues how many there are @param {string[]} chosen */
  update(values, nValues, chosen) {
    const isSame = values.length === this.#values.length && values.every(({ value }, at) => value === this.#values[at].value);
    [this.#values, this.#nValues, this.#chosen] = [values, nValues, chosen];
    const { button } = this.popup;
    this.label.textContent = pillLabel(this.name, chosen);
    button.classList.toggle("rx-on", chosen.length > 0);
    button.disabled = !values.length && !chosen.length;
    button.title = button.disabled ? (["severity", "rule"].includes(this.name) ? NO_RULES : "nothing was recorded of it")
      : chosen.length ? chosen.slice(0, 12).map((value) => titled(oneLine(value), LONGEST)).join(", ") : `choose any ${this.name}`;
    this.off.hidden = !chosen.length;
    if (!this.popup.isOpen()) return;
    if (isSame) this.#values.forEach((each) => this.#count(each));
    else this.#fill(this.popup.box);
  }

  #takeBack() {
    this.popup.button.focus();
    this.facets.set(without({ ...this.facets.chosen, [this.name]: [] }));
  }

  /** @param {HTMLElement} box */
  #fill(box) {
    this.#lines = new Map(this.#values.map((each) => [each.value, this.#line(each)]));
    const list = el("div.rx-choices", { role: "group", "aria-label": this.name }, [...this.#lines.values()]);
    const left = this.#nValues - this.#values.length;
    const filter = this.#values.length > MANY ? el("input.rx-filter", {
      type: "search", "aria-label": `filter ${this.name}`, placeholder: "filter", spellcheck: "false", oninput: () => this.#filter(filter.value),
    }) : null;
    box.replaceChildren(...[filter, list, left > 0 ? el("p.rx-label", {}, `${count(left)} more: ${this.name}:… in the search finds them`) : null].filter((node) => node !== null));
    this.#values.forEach((each) => this.#count(each));
  }

  /** @param {Value} value */
  #line({ value }) {
    const input = el("input", { type: "checkbox", onchange: () => this.facets.set(toggled(this.facets.chosen, this.name, value)) });
    return el("label.rx-choice", { title: titled(value, 400) }, input, el(`span.rx-choice-name${value === NOT_NAMED ? ".rx-missing" : ""}`, {}, line(value, LONGEST)), el("span.rx-count"));
  }

  /** @param {Value} value */
  #count({ value, count: n }) {
    const line = this.#lines.get(value);
    if (!line) return;
    line.classList.toggle("rx-none", n === 0);
    /** @type {HTMLInputElement} */ (line.firstChild).checked = this.#chosen.includes(value);
    /** @type {HTMLElement} */ (line.lastChild).textContent = count(n);
  }

  /** @param {string} words */
  #filter(words) {
    const low = words.trim().toLowerCase();
    for (const [value, line] of this.#lines) line.hidden = !value.toLowerCase().includes(low);
  }
}
