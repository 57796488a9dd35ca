// The facets: a button each, which opens its values with their counts. Several values of one facet mean any of them.

import { activeElement, beginning, count, debounced, el, oneLine } from "../dom.js";
import { Popup } from "../popup.js";
import { line, titled } from "../text/line.js";
import { NOT_NAMED } from "./rows.js";

/** The facets, and a word for each. */
export const FACETS = ["provider", "model", "dialect", "runs", "shows", "severity", "rule"];
/** With more values a field to filter them. */
const MANY = 10;
const LONGEST = 200, TYPING_MS = 120;
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

/** @typedef {import("../messages").FacetValue} Value */

/** All facets, in a row. */
export class Facets {
  /** What is chosen: the values of each facet. @type {Record<string, string[]>} */
  chosen = {};
  /** @type {{ facets: Record<string, Value[]>, n_values: Record<string, number> }} */
  #answer = { facets: {}, n_values: {} };
  #clear;

  /**
   * @param {() => void} changed called when the reader chose
   * @param {(facet: string, words: string) => Promise<{ values: Value[], n_values: number }>} valuesWith asks for the values that hold words
   * @param {() => void} wantCounts called when counts are looked at that are not known yet
   */
  constructor(changed, valuesWith, wantCounts) {
    this.wantCounts = wantCounts;
    this.changed = changed;
    this.valuesWith = valuesWith;
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
    if (!isAny && this.#clear === activeElement(this.#clear)) this.facets[0].popup.button.focus();
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
  /** What the search listed, and how many values there are; of very many not all are listed. @type {{ values: Value[], n: number }} */
  #all = { values: [], n: 0 };
  /** What stands in the box. @type {Value[]} */
  #values = [];
  /** @type {string[]} */
  #chosen = [];
  /** @type {Map<string, HTMLElement>} */
  #lines = new Map();
  #asked = 0;
  #list;
  #more = el("p.rx-label", { role: "status" });
  #filter;

  /** @param {string} name @param {Facets} facets */
  constructor(name, facets) {
    this.name = name;
    this.facets = facets;
    this.label = el("span.rx-pill-label");
    const button = el("button.rx-pill", { type: "button", dataset: { facet: name } }, this.label, el("span.rx-open", { "aria-hidden": "true" }, "▾"));
    this.popup = new Popup(button, name, (box) => this.#fill(box));
    this.#list = el("div.rx-choices", { role: "group", "aria-label": name });
    const soon = debounced(TYPING_MS, () => this.#ask());
    this.#filter = el("input.rx-filter", {
      type: "search", "aria-label": `filter ${name}`, placeholder: "filter", spellcheck: "false", oninput: () => (this.#isPart ? soon() : this.#sift()),
    });
    this.off = el("button.rx-off", { type: "button", "aria-label": `any ${name}`, title: `any ${name}`, onclick: () => this.#takeBack() }, "×");
    this.root = el("span.rx-facet", {}, button, this.off, this.popup.box);
  }

  /** @param {Value[]} values those listed @param {number} nValues how many there are @param {string[]} chosen */
  update(values, nValues, chosen) {
    const isNew = values !== this.#all.values;
    [this.#all, this.#chosen] = [{ values, n: nValues }, chosen];
    const { button } = this.popup;
    this.label.textContent = pillLabel(this.name, chosen);
    button.classList.toggle("rx-on", chosen.length > 0);
    button.disabled = !values.length && !chosen.length;
    button.title = button.disabled ? (["severity", "rule"].includes(this.name) ? NO_RULES : "nothing was recorded of it")
      : chosen.length ? chosen.slice(0, 12).map((value) => titled(oneLine(value), LONGEST)).join(", ") : `choose any ${this.name}`;
    this.off.hidden = !chosen.length;
    if (!this.popup.isOpen()) return;
    if (!this.#isPart || !this.#filter.value.trim()) this.#show(values, nValues);
    else if (isNew) this.#ask();
    else this.#show(this.#values, nValues);
  }

  #takeBack() {
    this.popup.button.focus();
    this.facets.set(without({ ...this.facets.chosen, [this.name]: [] }));
  }

  /** Whether there are more values than are listed. */
  get #isPart() {
    return this.#all.n > this.#all.values.length;
  }

  /** @param {HTMLElement} box */
  #fill(box) {
    this.#filter.value = "";
    this.#asked++;
    if (this.#all.values.some(({ count: n }) => n === null)) this.facets.wantCounts();
    box.replaceChildren(...(this.#all.values.length > MANY ? [this.#filter] : []), this.#list, this.#more);
    this.#show(this.#all.values, this.#all.n);
  }

  /** Asks for the values that hold what was typed, of all there are. */
  async #ask() {
    const mine = ++this.#asked, words = this.#filter.value.trim();
    if (!words) return this.#show(this.#all.values, this.#all.n);
    try {
      const { values, n_values: n } = await this.facets.valuesWith(this.name, words);
      if (mine === this.#asked) this.#show(values, n);
    } catch {
      // Of a search that another has replaced: what that one lists is asked for when it comes.
    }
  }

  /** @param {Value[]} values @param {number} n how many there are */
  #show(values, n) {
    const isSame = values.length === this.#lines.size && values.every(({ value }, at) => value === this.#values[at].value);
    this.#values = values;
    if (!isSame) {
      this.#lines = new Map(values.map((each) => [each.value, this.#line(each)]));
      this.#list.replaceChildren(...this.#lines.values());
    }
    values.forEach((each) => this.#count(each));
    const left = n - values.length;
    this.#more.textContent = left > 0 ? `${count(left)} more: type to find them` : values.length ? "" : "no value holds this";
    this.#more.hidden = !this.#more.textContent;
    if (!this.#isPart) this.#sift();
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
    /** @type {HTMLElement} */ (line.lastChild).textContent = n === null ? "…" : count(n);
  }

  /** Hides those that do not hold what was typed. */
  #sift() {
    const low = this.#filter.value.trim().toLowerCase();
    for (const [value, line] of this.#lines) line.hidden = !value.toLowerCase().includes(low);
  }
}
