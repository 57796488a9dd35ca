// The columns of the table: what they are called and sorted by, and which of them fit into a box.
//
// Takes widths, gives widths: nothing here draws.

import { count, seconds } from "../dom.js";

/** The first column: it takes what the others leave. */
export const TEST = "test";

export const GAP = 9;
/** What a row has left and right of its columns. */
export const EDGES = 18;
/** The least width of a test's name beside its findings; what it has before another column comes; and in a box too narrow for both. */
const LEAST_TEST = 200, EASY_TEST = 240, POOR_TEST = 120;
/** Room for the arrow of a sorted column; how much smaller a head is written. */
const ARROW = 10, HEAD = 12 / 13;

/**
 * A column. The less important give way first; `sorts` are the orders of its head, of which `isRising` begin with the least.
 * @typedef {{ key: string, label: string, title: string, importance: number, isNumber: boolean, wanted: number,
 *   sorts: { key: string, label: string, isRising: boolean }[] }} Column
 */

/** A column of numbers, sorted by itself. @type {(key: string, label: string, title: string, importance: number) => Column} */
const numbers = (key, label, title, importance) => ({
  key, label, title, importance, isNumber: true, wanted: 0, sorts: [{ key, label, isRising: false }],
});
/** @type {(key: string, label?: string) => { key: string, label: string, isRising: boolean }} */
const rising = (key, label = key) => ({ key, label, isRising: true });

/** All columns, in the order in which they stand. @type {Column[]} */
export const COLUMNS = [
  { key: TEST, label: "test", title: "the test, else the question or the request, else the file", importance: 0, isNumber: false, wanted: 420, sorts: [rising(TEST)] },
  { key: "model", label: "model, provider", title: "the model that served, else the one asked for; the provider", importance: 3, isNumber: false, wanted: 150, sorts: [rising("model"), rising("provider")] },
  { key: "findings", label: "findings", title: "errors, then warnings, then notes", importance: 1, isNumber: false, wanted: 0, sorts: [{ key: "findings", label: "findings", isRising: false }] },
  numbers("choices", "choices", "answers to one request", 6),
  numbers("chunks", "chunks", "what came over the wire, one by one", 4),
  numbers("prompt", "prompt tokens", "tokens of the prompt, as reported", 9),
  numbers("completion", "completion tokens", "tokens of the completion, as reported", 10),
  numbers("tokens", "total tokens", "tokens in all, as reported", 5),
  numbers("duration", "duration", "as the recording's clock says", 8),
  numbers("recorded", "recorded", "in UTC: when its first chunk came, where that is known, else when the API says that it answered", 12),
  numbers("bytes", "bytes", "of the file, or of what was read of it", 11),
  { key: "id", label: "id", title: "the recording's id", importance: 7, isNumber: false, wanted: 128, sorts: [rising("id")] },
  { key: "lanes", label: "picture", title: "who spoke when: one line a choice, coloured by kind", importance: 2, isNumber: false, wanted: 80, sorts: [] },
];

/**
 * How many bytes, as a person reads them: 817 B, 29.3 kB, 1.1 MB.
 * @param {number | null} n
 * @returns {string}
 */
export function bytes(n) {
  if (n === null || n < 1000) return n === null ? "–" : `${n} B`;
  const step = n < 999_950 ? 0 : n < 999_950_000 ? 1 : 2;
  return `${(n / 1000 ** (step + 1)).toFixed(1)} ${["kB", "MB", "GB"][step]}`;
}

/** A time of day in UTC, to the second. @param {number | null} posix @returns {string} */
function moment(posix) {
  return posix === null ? "–" : new Date(posix * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** How the numbers of a column are written. @type {Record<string, (value: number | null) => string>} */
export const WRITTEN = { duration: seconds, recorded: moment, bytes };

/**
 * A number as its column shows it.
 * @param {string} key
 * @param {number | null} value
 * @returns {string}
 */
export const written = (key, value) => (WRITTEN[key] ?? count)(value);

/**
 * The least width of every column: its head with an arrow, and the longest number of the whole corpus. No number is ever cut.
 * @param {Record<string, number>} largest the largest number of each column, and of findings by severity
 * @param {string[]} severities
 * @param {(text: string) => number} measure the width of a text
 * @returns {Record<string, { least: number, wanted: number }>}
 */
export function widths(largest, severities, measure) {
  const badges = severities.map((severity) => badgeWidth(largest[severity] ?? 0, measure));
  const all = badges.reduce((sum, width) => sum + width + 2, -2);
  // Two lines of badges, of which the longer holds two.
  const folded = Math.max(badges[0] + 2 + (badges[1] ?? 0), (badges[1] ?? 0) + 2 + (badges[2] ?? 0));
  return Object.fromEntries(COLUMNS.map((column) => {
    const head = HEAD * Math.max(0, ...column.label.split(/,? /).map(measure)) + (column.sorts.length ? ARROW : 0);
    const least = {
      [TEST]: LEAST_TEST, model: 96, findings: folded, id: 100, lanes: 80,
    }[column.key] ?? Math.max(...longest(column.key, largest[column.key] ?? 0).map(measure));
    const wanted = column.key === "findings" ? all : column.wanted;
    return [column.key, { least: Math.ceil(Math.max(head, least)), wanted: Math.ceil(Math.max(head, least, wanted)) }];
  }));
}

/** The width of a severity's badge. @type {(n: number, measure: (text: string) => number) => number} */
export const badgeWidth = (n, measure) => Math.ceil(Math.max(20, measure(`W${n}`) * 0.9 + 6));

/** Texts as long as any of the numbers up to the largest. @type {(key: string, most: number) => string[]} */
function longest(key, most) {
  if (key === "duration") return [most < 99.5 ? "99.9 ms" : "", written(key, most)];
  if (key === "bytes") return ["999.9 kB"];
  if (key === "recorded") return [most ? "2000-09-29" : "–"]; // the time stands below the day
  return [written(key, Math.round(most))];
}

/**
 * Which columns fit, and how wide they are. A wider box never shows less: columns come in the order of their importance, and
 * the first that does not fit ends it. What is sorted by is always there.
 * @param {number} box the width of the list
 * @param {Record<string, { least: number, wanted: number }>} sizes as `widths` gives them
 * @param {{ hidden?: string[], widths?: Record<string, number> }} chosen by the reader
 * @param {string | null} sort the order shown
 * @returns {{ key: string, width: number }[]} in the order in which they stand
 */
export function fitted(box, sizes, chosen, sort) {
  const sorted = columnOf(sort)?.key, own = chosen.widths ?? {}, hidden = new Set(chosen.hidden ?? []);
  const wanted = COLUMNS.filter(({ key }) => key === TEST || key === sorted || !hidden.has(key))
    .sort((a, b) => (a.key === sorted ? 0.5 : a.importance) - (b.key === sorted ? 0.5 : b.importance));
  /** @type {(key: string) => number} */
  const least = (key) => Math.max(own[key] ?? 0, sizes[key].least);
  const room = box - EDGES;
  const kept = new Map([[TEST, 0]]);
  let left = room;
  for (const { key, importance } of wanted.slice(1)) {
    const need = least(key) + GAP, easy = Math.max(own[TEST] ?? EASY_TEST, LEAST_TEST);
    const test = kept.size === 1 ? POOR_TEST : importance === 1 ? LEAST_TEST : easy;
    // Findings stand in one line before anything less important comes.
    const unfolded = importance > 1 && kept.has("findings") && own.findings === undefined ? Math.max(sizes.findings.wanted - (kept.get("findings") ?? 0), 0) : 0;
    if (left - need - unfolded < test && key !== sorted) break;
    if (unfolded && left - need - unfolded >= test) {
      kept.set("findings", sizes.findings.wanted);
      left -= unfolded;
    }
    kept.set(key, least(key));
    left -= need;
  }
  grow(kept, left, sizes, own);
  return COLUMNS.filter(({ key }) => kept.has(key)).map(({ key }) => ({ key, width: Math.floor(kept.get(key) ?? 0) }));
}

/**
 * Gives away what is left: some of it to whom it helps, the rest to the test.
 * @param {Map<string, number>} kept
 * @param {number} left
 * @param {Record<string, { least: number, wanted: number }>} sizes
 * @param {Record<string, number>} own
 */
function grow(kept, left, sizes, own) {
  /** @type {(key: string) => boolean} */
  const isOwn = (key) => own[key] !== undefined;
  /** @type {(key: string, most: number) => void} */
  const give = (key, most) => {
    const now = kept.get(key);
    if (now === undefined || isOwn(key)) return;
    const more = Math.max(0, Math.min(most - now, left));
    kept.set(key, now + more);
    left -= more;
  };
  const test = Math.min(Math.max(left, POOR_TEST), isOwn(TEST) ? Math.max(own[TEST], LEAST_TEST) : EASY_TEST);
  kept.set(TEST, test);
  left -= test;
  give("findings", sizes.findings.wanted);
  give("model", sizes.model.wanted);
  give("id", sizes.id.wanted);
  give(TEST, sizes[TEST].wanted);
  give("model", 2 * sizes.model.wanted);
  give(TEST, Infinity);
}

/**
 * The column whose head sorts by something; undefined where none does.
 * @param {string | null} sort
 * @returns {Column | undefined}
 */
export const columnOf = (sort) => COLUMNS.find(({ sorts }) => sorts.some(({ key }) => key === sort));
