// The range of chunks that the reader chose: drawn across the lanes, or begun and ended by key; and the bar over it.
//
// It stands in the state as `range`, [from, to] or null. While it is drawn only the bar and the lanes know of it.

import { chunksBetween, withPlaces } from "./axis.js";
import { blockRoom } from "./blocks.js";
import { rangeIndex, rangeWords, sumsOf } from "./range.js";
import { rangeBar } from "./range_bar.js";
import { LEFT, RIGHT, toPixel } from "./scale.js";

/** Of a range that is zoomed to, on both sides. */
const AIR_BLOCKS = 2;

export class ChosenRange {
  #stream;
  #state;
  #viewport;
  /** The chunk where a range was begun by key. @type {number | null} */
  #begun = null;
  /** The pixels between which one is being drawn. @type {[number, number] | null} */
  #drawn = null;
  /** @type {import("./range.js").RangeIndex | null} */
  #index = null;

  /**
   * @param {import("../stream.js").Stream} stream
   * @param {import("../state.js").State} state
   * @param {import("./viewport.js").Viewport} viewport
   * @param {() => void} zoom What the bar's button does.
   */
  constructor(stream, state, viewport, zoom) {
    this.#stream = stream;
    this.#state = state;
    this.#viewport = viewport;
    this.bar = rangeBar(zoom, () => this.clear());
  }

  /** Begins at the cursor, which then takes the end along; at the second call the range stays. */
  mark() {
    const cursor = this.#state.get("cursor");
    this.#begun = this.#begun === null ? cursor : null;
    if (this.#begun !== null) this.#state.set("range", [cursor, cursor]);
  }

  /**
   * The cursor went on.
   * @param {number} cursor
   */
  follow(cursor) {
    if (this.#begun !== null) this.#state.set("range", [Math.min(this.#begun, cursor), Math.max(this.#begun, cursor)]);
  }

  clear() {
    this.#begun = null;
    this.#state.set("range", null);
  }

  /**
   * A click elsewhere clears it.
   * @param {number} chunk
   */
  clearUnless(chunk) {
    const range = this.#state.get("range");
    if (range && (chunk < range[0] || chunk > range[1])) this.clear();
  }

  /**
   * While it is drawn.
   * @param {number} from
   * @param {number} to
   */
  draw(from, to) {
    this.#drawn = this.#between(from, to);
  }

  /** @param {boolean} isWanted */
  drop(isWanted) {
    const drawn = this.#drawn;
    this.#drawn = this.#begun = null;
    if (drawn && isWanted) this.#state.set("range", this.#chunksUnder(drawn));
  }

  /**
   * From which pixel to which it is drawn; null where there is none.
   * @returns {[number, number] | null}
   */
  get pixels() {
    if (this.#drawn) return this.#drawn;
    const range = this.#state.get("range"), { axis, scale } = this.#viewport, chunks = range && withPlaces(axis, range);
    if (!chunks) return null;
    const half = blockRoom(axis, scale) / 2;
    return [toPixel(scale, axis.place(chunks[0])) - half, toPixel(scale, axis.place(chunks[1])) + half];
  }

  /**
   * The part of the axis that shows it whole; null where there is none.
   * @returns {import("./scale.js").Span | null}
   */
  get span() {
    const { pixels } = this, air = AIR_BLOCKS * blockRoom(this.#viewport.axis, this.#viewport.scale);
    return pixels && [this.#viewport.placeAt(pixels[0] - air), this.#viewport.placeAt(pixels[1] + air)];
  }

  /** Puts the bar where the range is. */
  placeBar() {
    const { pixels } = this, range = this.#drawn ? this.#chunksUnder(this.#drawn) : this.#state.get("range");
    if (!range || !pixels) return this.bar.hide();
    this.#index ??= rangeIndex(this.#stream);
    this.bar.show(rangeWords(sumsOf(this.#index, range[0], range[1])), pixels, this.#viewport.width);
  }

  /**
   * @param {number[]} pixels
   * @returns {[number, number]}
   */
  #between(...pixels) {
    const [from, to] = pixels.map((pixel) => Math.min(Math.max(pixel, LEFT), this.#viewport.width - RIGHT)).sort((a, b) => a - b);
    return [from, to];
  }

  /**
   * The chunks whose blocks are between two pixels; null where none is.
   * @param {[number, number]} pixels
   * @returns {[number, number] | null}
   */
  #chunksUnder([from, to]) {
    const viewport = this.#viewport, slack = viewport.placeAt(blockRoom(viewport.axis, viewport.scale) / 2) - viewport.placeAt(0);
    return chunksBetween(viewport.axis, viewport.placeAt(from), viewport.placeAt(to), slack);
  }
}
