// One recorded stream as columns: events and chunk shares, in wire order.
//
// Takes what `recexplore.views.explorer.stream_view` sends (facts, and one buffer a column) and the vocabulary that the page
// opened with. Computes and draws nothing: what a share holds and how high it is was said by the kernel.

const TYPES = { int32: Int32Array, uint8: Uint8Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array };

/** The lane of events that concern no single choice. */
export const ALL = -1;

/** @param {keyof typeof TYPES} type @param {DataView} view @returns {any} */
function column(type, view) {
  // A buffer may begin anywhere; typed arrays want their own boundary.
  return new TYPES[type](/** @type {ArrayBuffer} */ (view.buffer).slice(view.byteOffset, view.byteOffset + view.byteLength));
}

export class Stream {
  /** Times to search in, made when first searched. @type {Float64Array | null} */
  #arrivals = null;
  /** The first event of each chunk, and the number of events behind the last. */
  firstEvent = new Uint32Array(0);

  /**
   * @param {import("./messages").StreamView} view
   * @param {DataView[]} buffers
   * @param {Pick<import("./messages").Start, "kinds" | "legend">} vocabulary
   * @param {boolean} isOpen whether it had no end when it was read
   */
  constructor(view, buffers, { kinds, legend }, isOpen = false) {
    this.id = view.id;
    this.isOpen = isOpen;
    this.nChunks = view.n_chunks;
    this.choices = view.choices;
    this.lanes = view.lanes;
    this.kinds = kinds;
    this.legend = legend;
    this.clock = view.clock;
    /** @type {Map<number, string>} */
    this.toolNames = new Map(view.tool_names);
    this.finishes = new Map(view.finishes);
    /** @type {Record<string, any>} */
    const named = Object.fromEntries(view.columns.map(([name, type], at) => [name, type === "utf8" ? buffers[at] : column(type, buffers[at])]));
    /** @type {Int32Array} */
    this.chunk = named.chunk;
    /** @type {Int32Array} */
    this.choice = named.choice;
    /** @type {Uint8Array} */
    this.kind = named.kind;
    /**
     * The assembled texts by number: the events that each is made of, and where their parts begin.
     * @type {{ events: number[], starts: number[] }[]}
     */
    this.joined = [];
    /** @type {Float64Array | null} */
    this.t = view.clock === "none" ? null : named.t_s;
    this.text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(named.text);
    this.nEvents = this.chunk.length;
    this.offset = new Uint32Array(this.nEvents + 1);
    for (let i = 0; i < this.nEvents; i++) this.offset[i + 1] = this.offset[i] + named.length[i];
    this.#join(named.joined);
    /**
     * A share is one chunk's part for one lane: what it is drawn as (a place in the legend, 0 is "other"), and how high.
     * @type {import("./timeline/blocks.js").Shares}
     */
    this.shares = {
      n: named.share_chunk.length, chunk: named.share_chunk, lane: named.share_lane, kind: named.share_kind,
      height: named.share_height, isFinish: named.share_is_finish,
    };
    /**
     * Reports of completion tokens; of one that counts all choices together the choice is `ALL`.
     * @type {import("./timeline/range.js").Reports}
     */
    this.reports = { chunk: named.report_chunk, choice: named.report_choice, completion: named.report_completion };
    this.#index();
  }

  /** @param {Int32Array} numbers the assembled text that each event is a part of */
  #join(numbers) {
    /** @type {number[]} */
    const ends = [];
    numbers.forEach((number, event) => {
      if (number < 0) return;
      ends[number] ??= 0;
      const { events, starts } = this.joined[number] ??= { events: [], starts: [] };
      events.push(event);
      starts.push(ends[number]);
      ends[number] += this.offset[event + 1] - this.offset[event];
    });
  }

  /** The first event of each chunk. */
  #index() {
    this.firstEvent = new Uint32Array(this.nChunks + 1);
    let event = 0;
    for (let chunk = 0; chunk <= this.nChunks; chunk++) {
      while (event < this.nEvents && this.chunk[event] < chunk) event++;
      this.firstEvent[chunk] = event;
    }
  }

  /** The row of an event's kind. @param {number} event */
  kindOf(event) {
    return this.kinds[this.kind[event]];
  }

  /** @param {number} event */
  textOf(event) {
    return this.text.slice(this.offset[event], this.offset[event + 1]);
  }

  /** @param {number} lane */
  laneName(lane) {
    return this.lanes[lane] === ALL ? "all choices" : `choice ${this.lanes[lane]}`;
  }

  /** The last chunk that had come when `seconds` had passed; 0 where nothing has a time. @param {number} seconds */
  chunkAt(seconds) {
    if (!this.t) return 0;
    this.#arrivals ??= arrivalsOf(this.t);
    let chunk = Math.max(upperBound(this.#arrivals, seconds) - 1, 0);
    while (chunk > 0 && Number.isNaN(this.t[chunk])) chunk--;
    return chunk;
  }

  /** The time of a chunk, or of the last one before it that has one. @param {number} chunk */
  timeBy(chunk) {
    if (!this.t) return 0;
    while (chunk > 0 && Number.isNaN(this.t[chunk])) chunk--;
    return Number.isNaN(this.t[chunk]) ? 0 : this.t[chunk];
  }

  /**
   * The chunk that brings the first of these words to a choice's text; null where none does.
   * @param {string[]} substrings
   * @returns {number | null}
   */
  firstHit(substrings) {
    /** @type {number | null} */
    let best = null;
    for (const { choice } of substrings.length ? this.choices : []) {
      /** @type {[number, number][]} where an event's text begins, and its chunk */
      const events = [];
      let text = "";
      for (let i = 0; i < this.nEvents; i++) {
        if (this.choice[i] !== choice || !this.kindOf(i).is_sized) continue;
        events.push([text.length, this.chunk[i]]);
        text += this.textOf(i);
      }
      const low = text.toLowerCase();
      for (const substring of substrings) {
        const at = low.indexOf(substring.toLowerCase());
        if (at < 0) continue;
        const chunk = events[lowerBound(events.map(([start]) => start), at + 1) - 1][1];
        if (best === null || chunk < best) best = chunk;
      }
    }
    return best;
  }

  /** The shares of a chunk: [first, end). @param {number} chunk @returns {[number, number]} */
  sharesOf(chunk) {
    return [lowerBound(this.shares.chunk, chunk), lowerBound(this.shares.chunk, chunk + 1)];
  }
}

/** When chunks had come, never going back: one without a time came with the one before it. @param {Float64Array} times */
export function arrivalsOf(times) {
  const arrivals = new Float64Array(times.length);
  let latest = -Infinity;
  times.forEach((time, chunk) => {
    if (time > latest) latest = time;
    arrivals[chunk] = latest;
  });
  return arrivals;
}

/** The first place in a sorted array whose value is above `value`. @param {ArrayLike<number>} array @param {number} value */
export function upperBound(array, value) {
  let low = 0, high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place in a sorted array whose value is not below `value`. @param {ArrayLike<number>} array @param {number} value */
export function lowerBound(array, value) {
  let low = 0, high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
