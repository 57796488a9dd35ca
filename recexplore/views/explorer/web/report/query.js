// What the words of a query ask for, where there is no Python to ask: `recexplore.views.find.query`, once more.
//
// The language itself (fields, flags, limits, notes) comes as data; what is here is how words are cut and read. Both are held
// to the same answers by `tests/test_report_search.py`.

/** @typedef {import("../messages").Language} Language */
/**
 * One word of a query: text in columns (those of the answer apart), a flag, a number that passes a test, an order, or the
 * beginning of a recording's id: all runs of its request.
 * @typedef {{ negated: boolean, substring: string, visible: string[], spoken: string[], flag: string, number: string, passes: (number: number) => boolean, order: string, run: string }} Term
 */

/** White space as Python's `\s` has it: separators of files are, a byte order mark is not. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const WORD = new RegExp(`(?=[^${SPACE}])(-?)(?:([\\p{L}\\p{Nl}\\p{No}_][\\p{L}\\p{N}_]*):(?!:|//))?(?:"([^"]*)"?|([^${SPACE}]*))`, "gu");

/** @type {Record<string, (number: number, bound: number) => boolean>} */
const COMPARISONS = {
  ">=": (number, bound) => number >= bound, "<=": (number, bound) => number <= bound,
  ">": (number, bound) => number > bound, "<": (number, bound) => number < bound, "=": (number, bound) => number === bound,
};

const NOTHING = { negated: false, substring: "", visible: [], spoken: [], flag: "", number: "", passes: () => false, order: "", run: "" };

/** How many characters, none of them counted twice. @param {string} text */
export const characters = (text) => [...text].length;

/** The first characters of a text. @param {string} text @param {number} most */
export const first = (text, most) => (text.length <= most ? text : [...text].slice(0, most).join(""));

/** One of the notes on a query. @param {Language} language @param {string} name @param {Record<string, unknown>} said */
export const note = (language, name, said) => language.notes[name].replace(/\{(\w+)\}/g, (_, key) => String(said[key]));

/**
 * What a query asks for, and notes on what it may have meant otherwise.
 * @param {string} query
 * @param {Language} language
 * @returns {{ terms: Term[], notes: string[] }}
 */
export function understood(query, language) {
  /** @type {Term[]} */
  const terms = [];
  /** @type {string[]} */
  const notes = [];
  for (const [, minus, name = "", phrase, word] of wellFormed(query).matchAll(WORD)) {
    const value = phrase || word || "";
    if (terms.length === language.most_words) {
      notes.push(note(language, "words", { most: language.most_words }));
      break;
    }
    if (characters(value) > language.longest_word) notes.push(note(language, "length", { most: language.longest_word, beginning: first(value, 20) }));
    if (!value) continue;
    const { term, noted } = termOf(minus !== "", name, first(value, language.longest_word), language);
    if (term) terms.push(term);
    if (noted) notes.push(noted);
  }
  return { terms, notes };
}

/** Halves of characters become U+FFFD, as in everything that is shown. @param {string} text */
export const wellFormed = (text) => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");

/**
 * What one word asks for, null while it is unfinished; and what to say of it.
 * @param {boolean} negated @param {string} said @param {string} value @param {Language} language
 * @returns {{ term: Term | null, noted?: string }}
 */
function termOf(negated, said, value, language) {
  const name = said.toLowerCase(), { fields, flags, flags_in_words, numbers, of_rules, order, request, rules, spoken, visible } = language;
  let noted = "";
  if (name === order) {
    const by = value.replace(/^-/, "");
    return { term: by ? { ...NOTHING, negated: negated !== (by !== value), order: by } : null };
  }
  if (name === request) return { term: { ...NOTHING, negated, run: value } };
  if (Object.hasOwn(flags, name)) {
    const flag = value.toLowerCase(), known = flags_in_words[name];
    if (flags[name].includes(flag)) return { term: { ...NOTHING, negated, flag } };
    if (name === of_rules && rules.includes(flag)) return { term: { ...NOTHING, negated, substring: flag, visible: fields.rule } };
    // Without what nobody has is everything, which reads like an answer.
    if (negated) return { term: null, noted: note(language, "left out", { name, value, known }) };
    noted = note(language, "as text", { name, value, known });
  } else if (numbers.includes(name)) {
    if (!value.replace(/[<>=]/g, "")) return { term: null };
    const passes = comparison(value, language);
    if (passes) return { term: { ...NOTHING, negated, number: name, passes } };
    noted = note(language, "no number", { name, value });
  } else if (Object.hasOwn(fields, name)) {
    const isSpoken = fields[name].every((column) => spoken.includes(column));
    return { term: { ...NOTHING, negated, substring: value, visible: isSpoken ? [] : fields[name], spoken: isSpoken ? fields[name] : [] } };
  } else if (name) {
    noted = note(language, "no field", { beginning: first(said, 20), known: [...Object.keys(fields), ...numbers, ...Object.keys(flags), request, order].join(", ") });
  }
  return { term: { ...NOTHING, negated, substring: said ? first(`${said}:${value}`, language.longest_word) : value, visible, spoken }, noted };
}

/**
 * The test that a number has to pass; null where the value is none.
 * @param {string} value
 * @param {Language} language
 * @returns {((number: number) => boolean) | null}
 */
function comparison(value, { number, compared }) {
  const dots = value.indexOf("..");
  const read = (/** @type {string} */ text) => (new RegExp(`^(?:${number})$`, "u").test(text) ? Number(text.replace("inf", "Infinity").replace("nan", "NaN")) : null);
  if (dots >= 0) {
    const least = read(value.slice(0, dots) || "-inf"), most = read(value.slice(dots + 2) || "inf");
    return least === null || most === null ? null : (each) => each >= least && each <= most;
  }
  const sign = compared.find((each) => value.startsWith(each)) ?? "", bound = read(value.slice(sign.length));
  return bound === null ? null : (each) => COMPARISONS[sign || "="](each, bound);
}
