// One recorded stream as columns: events in wire order, and the turns and lanes that follow from them.
//
// Takes what `recexplore.views.explorer.stream_view` sends: facts, and one buffer a column. Draws nothing.

const WITH_SIZE = new Set(["content", "reasoning", "tag", "tool_call", "refusal", "unknown"]);
/** What a turn may mostly hold; kinds without a colour of their own are "other". */
export const TURN_KINDS = [
  "other", "content", "reasoning", "tool_call", "refusal", "citation", "annotation", "unknown", "usage", "error",
];
const TURN_KIND = new Map(TURN_KINDS.map((kind, at) => [kind, at]));
const TYPES = { int32: Int32Array, int16: Int16Array, uint8: Uint8Array, uint32: Uint32Array, float64: Float64Array };

/** The lane of events that concern no single choice. */
export const ALL = -1;

function column(type, view) {
  // A buffer may begin anywhere; typed arrays want their own boundary.
  return new TYPES[type](view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

export class Stream {
  constructor(view, buffers) {
    this.id = view.id;
    this.nChunks = view.n_chunks;
    this.choices = view.choices;
    this.kinds = view.kinds;
    this.clock = view.clock;
    this.toolNames = new Map(view.tool_names);
    this.finishes = new Map(view.finishes);
    const named = Object.fromEntries(view.columns.map(([name, type], at) => [name, type === "utf8" ? buffers[at] : column(type, buffers[at])]));
    this.chunk = named.chunk;
    this.choice = named.choice;
    this.kind = named.kind;
    this.t = view.clock === "none" ? null : named.t_s;
    this.text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(named.text);
    this.nEvents = this.chunk.length;
    this.offset = new Uint32Array(this.nEvents + 1);
    for (let i = 0; i < this.nEvents; i++) this.offset[i + 1] = this.offset[i] + named.length[i];
    this.#index();
    this.#findTurns();
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

  /** A turn is one chunk's part for one lane: what it mostly holds, and how much text. */
  #findTurns() {
    const numbers = [...new Set(this.choice)].sort((a, b) => (a === ALL) - (b === ALL) || a - b);
    this.lanes = numbers;
    const place = new Map(numbers.map((choice, at) => [choice, at]));
    const chunks = [], lanes = [], kinds = [], chars = [], finishes = [];
    for (let i = 0; i < this.nEvents;) {
      const chunk = this.chunk[i], choice = this.choice[i];
      let size = 0, loudest = -1, kind = 0, finish = false;
      for (; i < this.nEvents && this.chunk[i] === chunk && this.choice[i] === choice; i++) {
        const name = this.kinds[this.kind[i]];
        const length = WITH_SIZE.has(name) ? this.offset[i + 1] - this.offset[i] : 0;
        size += length;
        if (length > loudest && TURN_KIND.has(name)) [loudest, kind] = [length, TURN_KIND.get(name)];
        finish ||= name === "finish";
      }
      chunks.push(chunk);
      lanes.push(place.get(choice));
      kinds.push(kind);
      chars.push(size);
      finishes.push(finish && kind === 0);
    }
    this.turns = {
      n: chunks.length,
      chunk: Int32Array.from(chunks),
      lane: Int16Array.from(lanes),
      kind: Uint8Array.from(kinds),
      chars: Int32Array.from(chars),
      isFinish: Uint8Array.from(finishes),
    };
    const spoken = Float32Array.from(chars.filter((size) => size > 0), Math.sqrt).sort();
    const usual = spoken.length ? spoken[Math.floor((spoken.length - 1) * 0.9)] : 1;
    /** Height of each turn as a share of its lane: long but usual chunks fill half of it, outliers nearly all. */
    this.turns.height = Float32Array.from(chars, (size) => Math.min(0.94, Math.max(0.09, (Math.sqrt(size) / usual) * 0.42)));
  }

  textOf(event) {
    return this.text.slice(this.offset[event], this.offset[event + 1]);
  }

  laneName(lane) {
    return this.lanes[lane] === ALL ? "all choices" : `choice ${this.lanes[lane]}`;
  }

  /** Where a chunk stands on the axis. */
  x(chunk, axis) {
    return axis === "time" && this.t ? this.t[chunk] : chunk;
  }

  /** The whole axis, with half a block of air. */
  span(axis) {
    let start = Infinity, end = -Infinity;
    if (axis === "time" && this.t) {
      for (const t of this.t) {
        if (t < start) start = t;
        if (t > end) end = t;
      }
    }
    if (!(start <= end)) [start, end] = [0, Math.max(this.nChunks - 1, 0)];
    const air = Math.max((end - start) * 0.012, axis === "time" ? 1e-6 : 0.6);
    return [start - air, end + air];
  }

  /** The last chunk that had come when `seconds` had passed. */
  chunkAt(seconds) {
    let found = 0;
    for (let chunk = 0; chunk < this.nChunks && !(this.t[chunk] > seconds); chunk++) if (this.t[chunk] <= seconds) found = chunk;
    return found;
  }

  /** The time of a chunk, or of the last one before it that has one. */
  timeBy(chunk) {
    while (chunk > 0 && Number.isNaN(this.t[chunk])) chunk--;
    return Number.isNaN(this.t[chunk]) ? 0 : this.t[chunk];
  }

  /** The chunk that brings the first of these words to a choice's text; null where none does. */
  firstHit(needles) {
    let best = null;
    for (const { choice } of needles.length ? this.choices : []) {
      const events = [];
      let text = "";
      for (let i = 0; i < this.nEvents; i++) {
        if (this.choice[i] !== choice || !WITH_SIZE.has(this.kinds[this.kind[i]])) continue;
        events.push([text.length, this.chunk[i]]);
        text += this.textOf(i);
      }
      const low = text.toLowerCase();
      for (const needle of needles) {
        const at = low.indexOf(needle.toLowerCase());
        if (at < 0) continue;
        const chunk = events[lowerBound(events.map(([start]) => start), at + 1) - 1][1];
        if (best === null || chunk < best) best = chunk;
      }
    }
    return best;
  }

  /** The turns of a chunk: [first, end). */
  turnsOf(chunk) {
    const at = lowerBound(this.turns.chunk, chunk);
    return [at, lowerBound(this.turns.chunk, chunk + 1)];
  }
}

/** The first place in a sorted array whose value is not below `value`. */
export function lowerBound(array, value) {
  let low = 0, high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
