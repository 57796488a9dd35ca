// Looks of stretches of a text that move without touching its elements: what has not come yet, what is hovered, where chunks end.
//
// Ranges of the browser's CSS Custom Highlight API; browsers without it show the text without these looks.

import { lowerBound } from "../stream.js";

/** By name, each above those before it. */
const NAMES = ["rx-cut-off", "rx-to-come", "rx-under"];

/** @type {Map<string, Highlight>} */
const all = new Map();
if (globalThis.Highlight && CSS.highlights) {
  NAMES.forEach((name, priority) => {
    const highlight = new Highlight();
    highlight.priority = priority;
    CSS.highlights.set(name, highlight);
    all.set(name, highlight);
  });
}

/** The text below an element, by offsets. */
export class MarkedText {
  /** @type {Text[]} */
  #nodes = [];
  /** @type {number[]} */
  #starts = [];
  /** @type {Map<string, Range[]>} */
  #ranges = new Map();

  /** @param {Element} root whose text stays as it is */
  constructor(root) {
    this.root = root;
    this.length = 0;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = /** @type {Text} */ (walker.currentNode);
      this.#nodes.push(node);
      this.#starts.push(this.length);
      this.length += node.data.length;
    }
  }

  /** Gives stretches a look, in place of those that had it. @param {string} name @param {[number, number][]} stretches */
  mark(name, stretches) {
    const highlight = all.get(name);
    if (!highlight) return;
    this.#ranges.get(name)?.forEach((range) => highlight.delete(range));
    const ranges = stretches.flatMap(([from, to]) => (from < to ? [this.range(from, to)] : []));
    ranges.forEach((range) => highlight.add(range));
    this.#ranges.set(name, ranges);
  }

  clear() {
    for (const name of this.#ranges.keys()) this.mark(name, []);
  }

  /** @param {number} from @param {number} to */
  range(from, to) {
    const range = new Range();
    range.setStart(...this.#place(from, false));
    range.setEnd(...this.#place(to, true));
    return range;
  }

  /** The offset of a place in one of its nodes; -1 where it is in none. @param {Node} node @param {number} offset */
  offsetOf(node, offset) {
    const at = this.#nodes.indexOf(/** @type {Text} */ (node));
    return at < 0 ? -1 : this.#starts[at] + offset;
  }

  /** @param {number} offset @param {boolean} isEnd @returns {[Text, number]} */
  #place(offset, isEnd) {
    const at = Math.max(lowerBound(this.#starts, isEnd ? offset : offset + 1) - 1, 0);
    return [this.#nodes[at], offset - this.#starts[at]];
  }
}

/**
 * The place in a text that is under a pointer; null where none is, or the browser does not tell.
 * @param {number} x
 * @param {number} y
 * @param {Node} inside
 * @returns {{ node: Node, offset: number } | null}
 */
export function caretAt(x, y, inside) {
  const page = /** @type {any} */ (document), tree = inside.getRootNode();
  const found = page.caretPositionFromPoint?.(x, y, tree instanceof ShadowRoot ? { shadowRoots: [tree] } : undefined);
  if (found) return { node: found.offsetNode, offset: found.offset };
  const range = page.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}
