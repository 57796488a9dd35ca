// Which recordings a query means, where there is no Python to ask: `recexplore.views.find.finder`, once more.
//
// Takes a table that `recexplore.views.find.search_table` made, and the texts of the answers when a query first needs them;
// answers `find`, `rows` and `values` as `recexplore.views.explorer.answers` does.

import { note, understood, wellFormed } from "./query.js";
import { patternOf, snippet } from "./snippets.js";

/** @typedef {import("./query.js").Term} Term */
/** @typedef {import("../messages").SearchTable} SearchTable */
/** @typedef {Record<string, import("../messages").AnswerTexts>} AnswerTexts */
/** @typedef {import("../messages").Questions} Questions */
/** Of each recording whether it is meant. @typedef {Uint8Array} Mask */
/** @typedef {{ key: number, places: number[], terms: Term[], tallies: Record<string, { mask: Mask, chosen: string[] }> }} Found */

const OF_RULES = "findings.rule", MOST_VIEWS = 16;

export class Search {
  /** What each view asked last. @type {Map<string, Found>} */
  #found = new Map();
  /** @type {Map<string, Mask>} */
  #hits = new Map();
  /** @type {Map<string, number>} */
  #places;
  /** @type {AnswerTexts} */
  #texts = {};

  /** @param {SearchTable} table @param {() => Promise<AnswerTexts>} answerTexts */
  constructor(table, answerTexts) {
    this.table = table;
    this.answerTexts = answerTexts;
    this.n = table.rows.length;
    this.#places = new Map(table.rows.map(({ id }, place) => [id, place]));
  }

  /** @param {Questions["find"]["given"]} given @returns {Promise<Questions["find"]["answer"]>} */
  async find({ view, key, count, recording, query = "", facets = {}, sort = null, descending = false, anchors = [] }) {
    if (understood(query, this.table.language).terms.some(({ spoken }) => spoken.length)) this.#texts = await this.answerTexts();
    return this.findNow({ view, key, count, recording, query, facets, sort, descending, anchors });
  }

  /** The same, once the texts of the answers are there, if they are needed. @param {Questions["find"]["given"]} given @param {AnswerTexts} texts @returns {Questions["find"]["answer"]} */
  findNow({ view, key, count, recording, query = "", facets, sort = null, descending = false, anchors = [] }, texts = this.#texts) {
    this.#texts = texts;
    const { language, facets: known } = this.table, chosenValues = facets ?? {};
    const { terms: all, notes } = understood(query, language);
    for (const name of Object.keys(chosenValues)) if (!Object.hasOwn(known, name)) notes.push(note(language, "no facet", { name, known: Object.keys(known).join(", ") }));
    let by = sort, isDescending = descending;
    for (const term of all) if (term.order) [by, isDescending] = [term.order, term.negated];
    const terms = all.filter((term) => !term.order), order = by === null ? null : this.#orderNamed(by);
    if (by !== null && order === null) notes.push(note(language, "no order", { beginning: [...by].slice(0, 20).join(""), known: Object.keys(this.table.ranks).join(", ") }));
    const asked = new Uint8Array(this.n).fill(1);
    for (const term of terms) {
      const fits = this.#fits(term);
      for (let place = 0; place < this.n; place++) if (fits[place] === Number(term.negated)) asked[place] = 0;
    }
    const chosen = new Map(Object.keys(known).filter((name) => chosenValues[name]?.length).map((name) => [name, this.#having(name, chosenValues[name])]));
    /** @type {Found["tallies"]} */
    const tallies = {};
    for (const name of Object.keys(known)) {
      tallies[name] = { mask: both(asked, [...chosen].filter(([other]) => other !== name).map(([, mask]) => mask)), chosen: chosenValues[name] ?? [] };
    }
    const mask = both(asked, [...chosen.values()]), places = this.#sorted([...mask.keys()].filter((place) => mask[place]), order, isDescending);
    const found = { key, places, terms, tallies }, at = (/** @type {string} */ id) => places.indexOf(this.#places.get(id) ?? -1);
    this.#found.delete(view);
    this.#found.set(view, found);
    for (const oldest of this.#found.keys()) if (this.#found.size > MOST_VIEWS) this.#found.delete(oldest);
    const values = Object.fromEntries(Object.keys(known).map((name) => [name, this.#tally(name, tallies[name], "")]));
    const anchor = anchors.find((id) => at(id) >= 0);
    return {
      total: places.length, of: this.n, at: at(recording), anchor: anchor === undefined ? null : [anchor, at(anchor)],
      facets: Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each.values])),
      n_values: Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each.n_values])),
      sort: order, descending: isDescending && order !== null, largest: this.table.largest, notes: [...new Set(notes)],
      nowhere: places.length ? [] : this.#nowhere(terms, chosenValues.rule ?? []),
      substrings: terms.filter(({ spoken, negated }) => spoken.length && !negated).map(({ substring }) => substring),
      rows: this.#rowsOf(places.slice(0, count), terms),
    };
  }

  /** @param {Questions["rows"]["given"]} given @returns {Questions["rows"]["answer"]} */
  rows({ view, key, first, count }) {
    const { places, terms } = this.#foundBy(view, key);
    return this.#rowsOf(places.slice(first, first + count), terms);
  }

  /** @param {Questions["values"]["given"]} given @returns {Questions["values"]["answer"]} */
  values({ view, key, facet, words }) {
    const { tallies } = this.#foundBy(view, key);
    if (!Object.hasOwn(tallies, facet)) throw new Error(`no facet \`${facet}\``);
    return this.#tally(facet, tallies[facet], words);
  }

  /** @param {string} view @param {number} key */
  #foundBy(view, key) {
    const found = this.#found.get(view);
    if (found?.key !== key) throw new Error("these rows are no longer known: search again");
    return found;
  }

  /** An order by its name, in any case, or by another of its names. @param {string} name */
  #orderNamed(name) {
    const { also, ranks } = this.table, low = name.toLowerCase(), named = Object.hasOwn(also, low) ? also[low] : low;
    return Object.hasOwn(ranks, named) ? named : null;
  }

  /** @param {Term} term @returns {Mask} */
  #fits({ flag, run, number, passes, visible, spoken, substring }) {
    if (flag) return this.#maskOf(this.table.flags[flag]);
    if (run) return this.#runsOf(run);
    // What was not recorded passes no comparison.
    if (number) return Uint8Array.from(this.table.numbers[number], (value) => Number(passes(value ?? NaN)));
    return either(this.n, [this.#holding(visible, substring), this.#holding(spoken, substring)]);
  }

  /** Which recordings are runs of the request of one whose id begins so. @param {string} beginning */
  #runsOf(beginning) {
    const begins = new RegExp(`^${patternOf(beginning).source}`, "iu"), { requests, rows } = this.table;
    const wanted = new Set(requests.filter((_, place) => begins.test(rows[place].id)));
    return Uint8Array.from(requests, (number) => Number(wanted.has(number)));
  }

  /** Which recordings have a word in one of some columns. @param {string[]} columns @param {string} word */
  #holding(columns, word) {
    const key = JSON.stringify([columns, word]), known = this.#hits.get(key);
    if (known) return known;
    const mask = new Uint8Array(this.n), pattern = patternOf(word);
    for (const name of columns) {
      const column = this.table.texts[name];
      if (column) column.values.forEach((value, at) => pattern.test(value) && column.members[at].forEach((place) => { mask[place] = 1; }));
      else this.#answers(name).forEach(([text, place]) => { if (!mask[place] && text !== null && pattern.test(text)) mask[place] = 1; });
    }
    this.#hits.set(key, mask);
    return mask;
  }

  /** The texts of the answers in a column, and whose each is. @param {string} name @returns {[string | null, number][]} */
  #answers(name) {
    const [frame, column] = name.split("."), { owners, columns } = this.#texts[frame];
    return columns[column].map((text, row) => [text, owners[row]]);
  }

  /** Which recordings have one of the values. @param {string} facet @param {string[]} chosen @returns {Mask} */
  #having(facet, chosen) {
    const known = this.table.facets[facet], wanted = new Set(chosen.map(wellFormed));
    return this.#maskOf(known ? known.members.filter((_, at) => wanted.has(known.values[at])).flat() : []);
  }

  /** The values of a facet that hold some words, of very many the most frequent. @param {string} facet @param {{ mask: Mask, chosen: string[] }} tally @param {string} words */
  #tally(facet, { mask, chosen }, words) {
    const known = this.table.facets[facet];
    if (!known) return { values: [], n_values: 0 };
    const pattern = patternOf(wellFormed(words)), wanted = new Set(chosen.map(wellFormed));
    const holding = [...known.values.keys()].filter((at) => pattern.test(known.values[at]));
    const listed = holding.filter((at, n) => n < this.table.most_values || wanted.has(known.values[at]));
    return {
      values: listed.map((at) => ({ value: known.values[at], count: known.members[at].reduce((n, place) => n + mask[place], 0) })),
      n_values: holding.length,
    };
  }

  /** Equals stay as they are, and what is missing comes last. @param {number[]} places @param {string | null} order @param {boolean} descending */
  #sorted(places, order, descending) {
    if (order === null) return places;
    const ranks = this.table.ranks[order], sign = descending ? -1 : 1;
    const key = (/** @type {number} */ place) => (ranks[place] === null ? Infinity : sign * /** @type {number} */ (ranks[place]));
    return places.sort((a, b) => (key(a) === key(b) ? 0 : key(a) - key(b)));
  }

  /** @param {number[]} places @returns {Mask} */
  #maskOf(places) {
    const mask = new Uint8Array(this.n);
    for (const place of places) mask[place] = 1;
    return mask;
  }

  /** Of each rule that was asked for by its whole name and that no recording has, that it is so. @param {Term[]} terms @param {string[]} chosen */
  #nowhere(terms, chosen) {
    const words = terms.filter(({ visible, negated }) => !negated && visible.length === 1 && visible[0] === OF_RULES).map(({ substring }) => substring);
    return [...new Set([...words, ...chosen])].filter((rule) => Object.hasOwn(this.table.nowhere, rule)).map((rule) => this.table.nowhere[rule]);
  }

  /** @param {number[]} places @param {Term[]} terms */
  #rowsOf(places, terms) {
    return places.map((place) => ({ ...this.table.rows[place], match: this.#matchOf(place, terms) }));
  }

  /** Where the first word that no visible field explains stands in a recording's answer. @param {number} place @param {Term[]} terms */
  #matchOf(place, terms) {
    for (const { spoken, visible, substring } of terms.filter((term) => term.spoken.length && !term.negated)) {
      if (this.#holding(visible, substring)[place]) continue;
      for (const name of spoken) {
        const [frame, column] = name.split("."), { owners, choices, columns } = this.#texts[frame];
        const what = frame === "tool_calls" ? `tool ${column}` : column;
        for (let row = owners.indexOf(place); row >= 0 && owners[row] === place; row++) {
          const match = snippet(columns[column][row] ?? "", substring, `choice ${choices[row]}, ${what}`, this.table.snippet);
          if (match) return match;
        }
      }
    }
    return null;
  }
}

/** @param {Mask} mask @param {Mask[]} others */
const both = (mask, others) => mask.map((is, place) => (is && others.every((other) => other[place]) ? 1 : 0));

/** @param {number} n @param {Mask[]} masks */
const either = (n, masks) => Uint8Array.from({ length: n }, (_, place) => (masks.some((mask) => mask[place]) ? 1 : 0));
