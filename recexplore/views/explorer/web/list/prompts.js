// What was asked in recordings that no test names: fetched for the rows in sight, and kept.

import { debounced } from "../dom.js";

const MOST = 50;

/** Questions by recording. */
export class Prompts {
  /** @type {Map<string, string>} */
  #known = new Map();
  /** What they were before the corpus became another: shown until it is known again. @type {Map<string, string>} */
  #before = new Map();
  /** @type {Set<string>} */
  #wanted = new Set();

  /**
   * @param {{ prompts?: (recordings: string[]) => Promise<Record<string, string>> }} source one that has none is never asked
   * @param {() => void} came called when some came
   */
  constructor(source, came) {
    this.source = source;
    this.came = came;
    this.soon = debounced(60, () => this.#fetch());
  }

  /** What was asked; "" while that is not known. Rows that have a better name are not asked for. @param {import("../messages").Row} row @returns {string} */
  of(row) {
    if (row.named !== "file" || !this.source.prompts) return "";
    const known = this.#known.get(row.id);
    if (known === undefined) {
      this.#wanted.add(row.id);
      this.soon();
    }
    // A file that grows may have another state than the one that was asked about: then nothing is answered.
    return known || this.#before.get(row.id) || "";
  }

  /** Asks anew: the corpus is another. @param {Record<string, string | null>} renamed what became of ids */
  forget(renamed = {}) {
    for (const [id, prompt] of this.#known) if (prompt) this.#before.set(id, prompt);
    const before = new Map(this.#before);
    for (const [id, now] of Object.entries(renamed)) if (now !== null) this.#before.set(now, before.get(id) ?? "");
    this.#known.clear();
  }

  destroy() {
    this.soon.cancel();
  }

  async #fetch() {
    // Those wanted last are those in sight.
    const ids = [...this.#wanted].slice(-MOST);
    this.#wanted.clear();
    ids.forEach((id) => this.#known.set(id, ""));
    try {
      const prompts = await this.source.prompts?.(ids) ?? {};
      for (const [id, prompt] of Object.entries(prompts)) this.#known.set(id, prompt);
      if (Object.values(prompts).some(Boolean)) this.came();
    } catch {
      // The file's name stays; the recording itself says what is wrong when it is opened.
    }
  }
}
