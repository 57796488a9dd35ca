// The rows of the list that were asked for, a page at a time.

export const PAGE = 100;
const MOST_PAGES = 24;

/** Pages of what one search found. A new search begins with its first page; answers to an older one are dropped. */
export class Pages {
  /** @type {Map<number, import("../messages").Row[]>} */
  #rows = new Map();
  /** @type {Map<number, Promise<void>>} */
  #asked = new Map();
  #search = 0;
  #ask;
  #came;
  #failed;

  /**
   * @param {(first: number, count: number) => Promise<any[]>} ask rows of the present search
   * @param {() => void} came called when a page came
   * @param {(error: Error) => void} failed
   */
  constructor(ask, came, failed) {
    this.#ask = ask;
    this.#came = came;
    this.#failed = failed;
  }

  /** Begins anew. @param {import("../messages").Row[]} rows the first page */
  begin(rows) {
    this.#search++;
    this.#rows = new Map([[0, rows]]);
    this.#asked = new Map();
  }

  /** The row at a place, if it came. @param {number} place @returns {any} */
  at(place) {
    return this.#rows.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** The place of a recording among the rows that came; -1 where it is none of them. @param {string} id @returns {number} */
  placeOf(id) {
    for (const [page, rows] of this.#rows) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  /** Asks for the page that holds a place, unless it came or is under way. @param {number} place @returns {Promise<void>} */
  want(place) {
    const page = Math.floor(place / PAGE);
    if (this.#rows.has(page)) return Promise.resolve();
    const asked = this.#asked.get(page) ?? this.#fetch(page, this.#search);
    this.#asked.set(page, asked);
    return asked;
  }

  /** @param {number} page @param {number} search */
  async #fetch(page, search) {
    try {
      const rows = await this.#ask(page * PAGE, PAGE);
      if (search !== this.#search) return;
      this.#rows.set(page, rows);
      // The pages asked for longest ago are let go.
      for (const old of this.#rows.keys()) if (this.#rows.size > MOST_PAGES && old !== page) this.#rows.delete(old);
      this.#came();
    } catch (error) {
      if (search === this.#search) this.#failed(/** @type {Error} */ (error));
    } finally {
      if (search === this.#search) this.#asked.delete(page);
    }
  }
}
