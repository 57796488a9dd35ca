// What a reader chose and wants again next time: widths, columns. Kept by the browser, where it lets.

const PREFIX = "recexplore.";

/**
 * What was kept under a name.
 * @template T
 * @param {string} name
 * @param {T} otherwise What to give where nothing is kept, or it cannot be read.
 * @returns {T}
 */
export function kept(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/**
 * Keeps a value under a name; where the browser refuses, it is kept until the page closes.
 * @param {string} name
 * @param {unknown} value
 */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A private window: what was chosen holds for this page.
  }
}
