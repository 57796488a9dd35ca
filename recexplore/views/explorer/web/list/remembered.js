// What a reader chose of the table's columns, kept from one explorer to the next where the browser keeps anything.

import { keep, kept } from "../store.js";

const NAME = "columns";

/** What is hidden, and the widths of columns that were given one. @typedef {{ hidden: string[], widths: Record<string, number> }} Chosen */

/**
 * What was kept; nothing hidden and no width where nothing, or something else, was.
 * @param {string[]} keys the columns there are
 * @returns {Chosen}
 */
export const readChosen = (keys) => checked(kept(NAME, null), keys);

/**
 * Keeps it, where that is allowed.
 * @param {Chosen} chosen
 */
export const keepChosen = (chosen) => keep(NAME, chosen);

/**
 * A choice that can be: columns there are, widths in pixels.
 * @param {any} kept
 * @param {string[]} keys
 * @returns {Chosen}
 */
export function checked(kept, keys) {
  const hidden = Array.isArray(kept?.hidden) ? kept.hidden.filter((/** @type {any} */ key) => keys.includes(key)) : [];
  const given = kept?.widths && typeof kept.widths === "object" ? Object.entries(kept.widths) : [];
  const widths = given.filter(([key, width]) => keys.includes(key) && Number.isFinite(width) && width > 0 && width < 10_000);
  return { hidden, widths: /** @type {Record<string, number>} */ (Object.fromEntries(widths)) };
}
