// The text of every choice side by side: what has arrived at the cursor, chunk by chunk.
//
// Takes a Stream and the shared State. Text is shown by text nodes only and is always complete, so the browser's own search
// finds it; but only the stretches in sight are taken apart into a span an event, and only what a step changes is touched, so a hundred
// thousand events cost no more than a hundred. A span has no width of its own, but for a gap where a
// kind begins right behind another: taking apart and putting together moves nothing. Stretches
// are blocks, so that one can be laid out without the others; they end where a line does, and only a text without any line end is cut.

import { mayComeOn } from "../coming.js";
import { debounced, el, onClick, oncePerFrame, plural } from "../dom.js";
import { ALL, lowerBound } from "../stream.js";
import { goesOnBelow } from "../goes_on_below.js";
import { recorded } from "./controls.js";
import { markHits } from "./hits.js";
import { titled } from "./line.js";
import { eventsOf, joinedClass, spansOf } from "./spans.js";
import { changed, eventsWithin, firstWhere, stretchesOf, stretchOf } from "./stretches.js";
import { underlines } from "./underlines.js";

const AIR = 24, EDGE = 4, MARGIN = 120, SETTLED_MS = 150;
/** From so many stretches on, those out of sight are left out of what the browser goes through at each frame. */
const MANY = 8;

/** @typedef {import("../stream.js").Stream} Stream */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../messages").Finding} Finding */
/** A choice, or what stands for all of them. @typedef {Partial<import("../messages").StreamChoice> & { choice: number, name: string }} Choice */

/**
 * @param {Stream} stream
 * @param {import("../state.js").State} state listens to cursor, hover, range ([first, last] chunk) and substrings
 * @param {Finding[]} findings
 * @returns {{root: HTMLElement, destroy: () => void}}
 */
export function transcripts(stream, state, findings) {
  const panes = stream.choices.map((choice) => new Transcript(stream, state, choice, findings));
  const beside = stream.lanes.includes(ALL) ? new Transcript(stream, state, { choice: ALL, name: "all choices" }, findings) : null;
  if (beside?.hasText) panes.push(beside);
  else beside?.destroy();
  const root = el("div.rx-texts", { style: { "--rx-columns": String(Math.min(Math.max(panes.length, 1), 3)) } }, panes.map((pane) => pane.root));
  if (!panes.length) root.append(el("section.rx-pane.rx-nothing", {}, stream.nChunks ? "No text came in this answer." : "The recording holds no answer."));
  return { root, destroy: () => panes.forEach((pane) => pane.destroy()) };
}

/** One stretch of a text on the page: its node, whether it is taken apart, and which of its events have which look. */
class Piece {
  /** @param {import("./stretches.js").Stretch} stretch @param {boolean} isLast */
  constructor(stretch, isLast) {
    this.stretch = stretch;
    this.node = el(`span.rx-stretch${stretch.isCut && !isLast ? ".rx-cut" : ""}`);
    this.isApart = false;
    /** @type {Range[]} */
    this.hits = [];
    /** @type {Map<string, [number, number]>} */
    this.looks = new Map();
  }

  /** Gives the events [from, to) a look, and takes it from the others; only those that change are touched. @param {string} name @param {[number, number]} range */
  look(name, range) {
    const { lost, won } = changed(this.looks.get(name) ?? [0, 0], range);
    for (const [from, to] of lost) for (let at = from; at < to; at++) this.node.children[at].classList.remove(name);
    for (const [from, to] of won) for (let at = from; at < to; at++) this.node.children[at].classList.add(name);
    this.looks.set(name, range);
  }
}

/** The text of one choice. */
class Transcript {
  /** What it listens to, until it is ended. @type {(() => void)[]} */
  #ends = [];

  /** @param {Stream} stream @param {State} state @param {Choice} choice @param {Finding[]} findings */
  constructor(stream, state, choice, findings) {
    this.stream = stream;
    this.state = state;
    this.choice = choice;
    const events = this.events = eventsOf(stream, choice.choice);
    this.hasText = events.length > 0;
    this.chunks = Int32Array.from(events, (event) => stream.chunk[event]);
    this.spans = spansOf(stream, events, underlines(stream, events, choice.choice, findings));
    this.said = el("span.rx-label.rx-as-of");
    this.text = el("div.rx-text", { tabindex: "0", role: "region", "aria-label": `text of ${choice.name}` });
    this.root = el("section.rx-pane.rx-transcript", {}, el("h4", {}, el("span", {}, choice.name), this.said), this.text);
    this.stretches = stretchesOf(this.chunks, this.spans.endsLine);
    this.pieces = this.stretches.map((stretch) => new Piece(stretch, stretch.to === events.length));
    this.pieces.forEach((piece) => this.#together(piece));
    this.text.append(...this.pieces.map((piece) => piece.node));
    if (!events.length) this.text.append(el("span.rx-missing", {}, noText(stream, choice)));
    /** @type {Set<Piece>} */
    this.inSight = new Set();
    /** The stretch that the cursor is in. @type {Piece | null} */
    this.kept = null;
    this.width = 0;
    this.#listen();
    this.#followCursor();
  }

  destroy() {
    this.#ends.forEach((end) => end());
  }

  #listen() {
    const { state, text } = this;
    const onCursor = oncePerFrame(() => this.#followCursor()), onLook = oncePerFrame(() => this.#paintAll()), onScroll = oncePerFrame(() => this.#takeApartInSight());
    const settle = debounced(SETTLED_MS, () => this.#settle());
    const resized = new ResizeObserver(() => {
      if (text.clientWidth !== this.width) (this.width ? settle : () => this.#settle())();
      this.#keepInSight();
    });
    text.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(text);
    this.#ends = [
      state.on("cursor", onCursor), state.on("coming", () => this.#say()), state.on("hover range", onLook),
      state.on("borders", settle), settle.cancel,
      state.on("substrings", () => this.pieces.forEach((piece) => this.#mark(piece))),
      // Of stretches there may be thousands, and they change their heights with the width of the text only.
      goesOnBelow(text, { isFixed: true }).destroy,
      onCursor.cancel, onLook.cancel, onScroll.cancel, () => resized.disconnect(),
      () => this.pieces.forEach((piece) => markHits(piece.node, [], piece.hits)),
    ];
    const chunkUnder = (/** @type {MouseEvent} */ { target }) => {
      const chunk = target instanceof Element ? target.closest("[data-chunk]")?.getAttribute("data-chunk") ?? null : null;
      return chunk === null ? null : Number(chunk);
    };
    text.addEventListener("mouseover", (event) => state.set("hover", chunkUnder(event)));
    text.addEventListener("mouseleave", () => state.set("hover", null));
    onClick(text, (event) => {
      const chunk = chunkUnder(event);
      if (chunk !== null) state.set("cursor", chunk);
    });
  }

  /** Measures the stretches, so that those out of sight keep their place without being laid out. */
  #settle() {
    const { text, pieces } = this;
    this.width = text.clientWidth;
    if (pieces.length < MANY || !this.width) return;
    text.classList.remove("rx-many");
    const heights = pieces.map((piece) => piece.node.getBoundingClientRect().height);
    pieces.forEach((piece, at) => piece.node.style.setProperty("contain-intrinsic-block-size", `auto ${heights[at]}px`));
    text.classList.add("rx-many");
  }

  /** Takes the stretches in sight apart. Positions are asked for by bisection: an observer would be told of thousands at every step. */
  #takeApartInSight() {
    const { text, pieces } = this, top = text.scrollTop - MARGIN, bottom = text.scrollTop + text.clientHeight + MARGIN;
    const before = this.inSight, first = firstWhere(pieces.length, (at) => pieces[at].node.offsetTop + pieces[at].node.offsetHeight > top);
    const end = text.clientHeight ? firstWhere(pieces.length, (at) => pieces[at].node.offsetTop >= bottom) : first;
    this.inSight = new Set(pieces.slice(first, end));
    this.inSight.forEach((piece) => this.#apart(piece));
    before.forEach((piece) => this.#rest(piece));
  }

  /** One node for each run of a kind. @param {Piece} piece */
  #together(piece) {
    piece.isApart = false;
    piece.looks.clear();
    const { from, to } = piece.stretch;
    piece.node.replaceChildren(...this.spans.runsOf(from, to).map(({ kind, finding, text, isJoined }) => el(`span${kindClasses(kind)}${foundClasses(finding)}${joinedClass(isJoined)}`, {}, recorded(text))));
    this.#mark(piece);
  }

  /** One node for each event; within it one for each part that a finding is about, unless that is all of it. @param {Piece} piece */
  #apart(piece) {
    if (piece.isApart) return;
    piece.isApart = true;
    const nodes = [];
    for (let place = piece.stretch.from; place < piece.stretch.to; place++) nodes.push(this.#event(place));
    piece.node.replaceChildren(...nodes);
    this.#mark(piece);
    this.#paint(piece);
  }

  /** @param {number} place */
  #event(place) {
    const parts = this.spans.partsOf(place), all = parts.length === 1 ? parts[0][1] : null, kind = this.stream.kindOf(this.events[place]);
    return el(`span.rx-event${kindClasses(kind)}${foundClasses(all)}${joinedClass(this.spans.joined.has(place))}`, { title: why(all), dataset: { chunk: this.chunks[place] } },
      parts.flatMap(([text, finding]) => (finding && !all
        ? el(`span${foundClasses(finding)}`, { title: why(finding), dataset: { chunk: this.chunks[place] } }, recorded(text)) : recorded(text))));
  }

  /** Puts a stretch together again where nobody sees it and the cursor is not in it. @param {Piece} piece */
  #rest(piece) {
    if (piece.isApart && piece !== this.kept && !this.inSight.has(piece)) this.#together(piece);
  }

  /** @param {Piece} piece */
  #mark(piece) {
    const substrings = this.state.get("substrings");
    if (substrings.length || piece.hits.length) piece.hits = markHits(piece.node, substrings, piece.hits);
  }

  /** @param {Piece} piece */
  #paint(piece) {
    if (!piece.isApart) return;
    const cursor = this.state.get("cursor"), hover = this.state.get("hover"), range = this.state.get("range");
    const within = (/** @type {number} */ first, /** @type {number} */ last) => eventsWithin(this.chunks, piece.stretch, first, last);
    piece.look("rx-later", within(cursor + 1, Infinity));
    piece.look("rx-now", within(cursor, cursor));
    piece.look("rx-hover", hover === null ? [0, 0] : within(hover, hover));
    piece.look("rx-in-range", range ? within(...range) : [0, 0]);
  }

  #paintAll() {
    this.inSight.forEach((piece) => this.#paint(piece));
    if (this.kept) this.#paint(this.kept);
  }

  #followCursor() {
    const came = lowerBound(this.chunks, this.state.get("cursor") + 1);
    this.#say(came);
    this.root.classList.toggle("rx-silent", came === 0);
    const before = this.kept;
    this.kept = this.pieces[stretchOf(this.stretches, Math.max(came - 1, 0))] ?? null;
    if (this.kept) this.#apart(this.kept);
    if (before && before !== this.kept) this.#rest(before);
    this.#paintAll();
    this.#keepInSight();
  }

  /** @param {number} came how many of its events have come at the cursor */
  #say(came = lowerBound(this.chunks, this.state.get("cursor") + 1)) {
    this.said.replaceChildren(...recorded(this.#sayHowFar(came)));
  }

  /** @param {number} came */
  #sayHowFar(came) {
    const { stream, choice, state } = this, cursor = state.get("cursor"), words = [], isEnd = cursor >= stream.nChunks - 1;
    if (choice.choice !== ALL && !choice.role) words.push("no role was ever sent");
    if (choice.finish && cursor >= (choice.finish_chunk ?? 0)) words.push(choice.finish);
    else if (isEnd && choice.choice !== ALL && !choice.finish) words.push(mayComeOn(stream, state) ? "not finished yet" : "never finished");
    else if (!isEnd) words.push(came ? `as of chunk ${cursor.toLocaleString("en")}` : this.hasText ? "nothing yet; what comes is pale" : "nothing yet");
    return words.join(" · ");
  }

  /** Scrolls to what came last; to the beginning where nothing has come. */
  #keepInSight() {
    const { text, kept } = this, came = lowerBound(this.chunks, this.state.get("cursor") + 1);
    if (kept && text.clientHeight) text.scrollTop = came ? this.#scrollTo(kept, came - 1) : 0;
    this.#takeApartInSight();
  }

  /** How far to scroll so that an event of the kept stretch is in sight. @param {Piece} kept @param {number} place */
  #scrollTo(kept, place) {
    const { text } = this;
    /** @type {Element | null} */
    let node = kept.node.children[place - kept.stretch.from];
    // A tag that is not shown stands nowhere.
    while (node && !node.getClientRects().length) node = node.previousElementSibling;
    if (!node) return text.scrollTop;
    const box = node.getBoundingClientRect(), around = text.getBoundingClientRect();
    // What is taller than the room is read from its beginning.
    if (box.height > around.height - 2 * EDGE) return Math.max(0, text.scrollTop + box.top - around.top - EDGE);
    if (box.bottom > around.bottom - EDGE) return text.scrollTop + box.bottom - around.bottom + AIR;
    return box.top < around.top ? Math.max(0, text.scrollTop + box.top - around.top - AIR) : text.scrollTop;
  }
}

/** @type {(kind: import("../messages").ShownKind) => string} */
const kindClasses = ({ name, look }) => `.rx-kind-${name}.rx-look-${look}`;
/** @type {(finding: Finding | null) => string} */
const foundClasses = (finding) => (finding ? `.rx-found.rx-found-${finding.severity}` : "");
/** @type {(finding: Finding | null) => string | null} */
const why = (finding) => (finding ? titled([finding.rule, finding.message].filter(Boolean).join(": ")) : null);

/** @param {Stream} stream @param {Choice} choice */
function noText(stream, choice) {
  let n = 0;
  for (const each of stream.choice) n += each === choice.choice ? 1 : 0;
  return n ? `${plural(n, "event")}, but no text` : "nothing came";
}
