// The order of the table: what a click on a head makes of it, and how a query says it.

/** An order: by what, and whether the greatest stand first; by null: as loaded. @typedef {{ by: string | null, descending: boolean }} Order */

/**
 * The next order after a head was chosen: first its own way, then the other, then as loaded.
 * @param {Order} now
 * @param {string} by
 * @param {boolean} isRising whether its own way is the least first
 * @returns {Order}
 */
export function nextOrder(now, by, isRising) {
  if (now.by !== by) return { by, descending: !isRising };
  return now.descending === !isRising ? { by, descending: isRising } : { by: null, descending: false };
}

// A word as the search takes it: a phrase is one, whatever it holds.
const WORD = /-?(?:[^\s":]+:)?(?:"[^"]*"?|\S+)/g, ORDER = /^-?sort:./i;

/**
 * Whether a query names an order.
 * @param {string} query
 * @returns {boolean}
 */
export const namesOrder = (query) => (query.match(WORD) ?? []).some((word) => ORDER.test(word));

/**
 * The query with another order in place of those it names; one that names none stays as it is.
 * @param {string} query
 * @param {Order} order
 * @returns {string}
 */
export function withOrder(query, order) {
  if (!namesOrder(query)) return query;
  const said = order.by === null ? "" : `sort:${order.descending ? "-" : ""}${order.by}`;
  let isSaid = false;
  return query.replace(WORD, (word) => {
    if (!ORDER.test(word)) return word;
    const place = isSaid ? "" : said;
    isSaid = true;
    return place;
  }).replace(/ {2,}/g, " ").trim();
}
