// Play, step, go to a chunk, and how fast: moves the cursor along the wire, in true time where a clock recorded it.

import { count, el, seconds } from "../dom.js";
import { chunkField } from "./chunk_field.js";

const CHUNKS_PER_SECOND = 12;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 20, 100];
const WHY_NO_TIME = "time not recorded: the recorder kept no arrival times and the provider sent none";
const ZOOM = 1.8;

/**
 * How fast a speed is, in words: of a recorded clock so many times, without one so many chunks.
 * @param {number} times
 * @param {boolean} isTimed
 * @returns {string}
 */
export function speedWords(times, isTimed) {
  return isTimed ? `${count(times)}×` : `${count(times * CHUNKS_PER_SECOND)} chunks/s`;
}

/**
 * @typedef {object} Scrubber
 * @property {HTMLElement} root
 * @property {() => void} toggle Plays or pauses.
 * @property {(by: number) => void} step
 * @property {() => void} ask Takes the focus to the field of the chunk's number.
 * @property {() => void} destroy
 */

/**
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {import("./timeline.js").Timeline} timeline
 * @returns {Scrubber}
 */
export function scrubber(stream, state, timeline) {
  const last = Math.max(stream.nChunks - 1, 0);
  const play = el("button.rx-play", { type: "button", disabled: stream.nChunks < 2 });
  const slider = el("input.rx-slider", { type: "range", min: 0, max: last, step: 1, "aria-label": "chunk", disabled: stream.nChunks < 2 });
  const speed = speedMenu(stream);
  const player = new Player(stream, state, () => Number(speed.value), (isPlaying) => {
    play.textContent = isPlaying ? "❚❚" : "▶";
    play.setAttribute("aria-label", isPlaying ? "pause" : "play");
    play.title = `${isPlaying ? "pause" : "play"} (space)`;
  });
  const go = (/** @type {number} */ chunk) => {
    player.pause();
    state.set("cursor", Math.min(Math.max(chunk, 0), last));
  };
  const step = (/** @type {number} */ by) => go(state.get("cursor") + by);
  const field = chunkField(last, go, () => /** @type {HTMLElement | null} */ (slider.closest(".rx-right"))?.focus({ preventScroll: true }));
  const time = el("span.rx-time-now");
  const back = el("button.rx-step", { type: "button", title: "previous chunk (←)", "aria-label": "previous chunk", onclick: () => step(-1) }, "←");
  const forth = el("button.rx-step", { type: "button", title: "next chunk (→)", "aria-label": "next chunk", onclick: () => step(1) }, "→");

  function paint() {
    const cursor = state.get("cursor");
    slider.value = String(cursor);
    slider.style.setProperty("--rx-done", `${last ? (cursor / last) * 100 : 100}%`);
    slider.setAttribute("aria-valuetext", `chunk ${cursor} of ${last}`);
    time.textContent = stream.t && !Number.isNaN(stream.t[cursor]) ? `${seconds(stream.t[cursor])} ·` : "";
    field.show(cursor);
    back.disabled = cursor <= 0;
    forth.disabled = cursor >= last;
  }

  play.addEventListener("click", () => player.toggle());
  slider.addEventListener("input", () => go(Number(slider.value)));
  const set = settings(stream, state, timeline);
  const ends = [state.on("cursor", paint), ...set.ends];
  paint();
  return {
    root: el("div.rx-scrubber", {}, play, slider, el("span.rx-count.rx-where-now", {}, time, field.root, el("span", {}, `/ ${count(last)}`)),
      el("span.rx-buttons", {}, back, forth), speed, ...set.parts),
    toggle: () => player.toggle(),
    step,
    ask: () => field.ask(),
    destroy() {
      player.pause();
      ends.forEach((end) => end());
    },
  };
}

/** @param {import("../stream.js").Stream} stream */
function speedMenu({ t }) {
  const title = t ? "how fast to play: times as fast as it was recorded" : "how fast to play, since no time was recorded";
  return el("select.rx-pill.rx-speed", { title, "aria-label": "speed" },
    SPEEDS.map((times) => el("option", { value: times, selected: times === 1 }, speedWords(times, t !== null))));
}

/**
 * What the timeline runs along, how much of it is seen, and whether chunks have visible ends.
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {import("./timeline.js").Timeline} timeline
 * @returns {{parts: HTMLElement[], ends: (() => void)[]}}
 */
function settings(stream, state, timeline) {
  const clock = stream.t ? `what the timeline runs along; time by the ${stream.clock} clock (x)` : WHY_NO_TIME;
  /** @type {HTMLSelectElement} */
  const axis = el("select.rx-pill.rx-axis", { "aria-label": "horizontal axis", title: clock, onchange: () => state.set("axis", axis.value === "time" ? "time" : "chunk") },
    el("option", { value: "chunk" }, "x = chunk"),
    el("option", { value: "time", disabled: !stream.t }, stream.t ? "x = time" : "x = time: not recorded"));
  /** @type {HTMLInputElement} */
  const borders = el("input", { type: "checkbox", onchange: () => state.set("borders", borders.checked) });
  const button = (/** @type {string} */ label, /** @type {string} */ name, /** @type {string} */ title, /** @type {() => void} */ onclick) =>
    el("button.rx-step", { type: "button", title, "aria-label": name, onclick }, label);
  const zoomIn = button("+", "zoom in", "zoom in (+)", () => timeline.zoom(ZOOM));
  const zoomOut = button("−", "zoom out", "zoom out (−)", () => timeline.zoom(1 / ZOOM));
  const fit = el("button.rx-step.rx-fit", { type: "button", title: "whole stream (0, or double click)", onclick: () => timeline.fit() }, "fit");
  const paint = () => {
    axis.value = state.get("axis");
    borders.checked = state.get("borders");
    fit.disabled = !state.get("zoomed");
  };
  paint();
  return {
    parts: [axis, el("span.rx-buttons", {}, zoomOut, zoomIn, fit),
      el("label.rx-toggle", { title: "show where chunks end, and the tags around reasoning (b)" }, borders, "boundaries")],
    ends: [state.on("axis borders zoomed", paint)],
  };
}

/** Moves the cursor by itself, until the end, or until somebody pauses it. */
class Player {
  #frame = 0;
  #before = 0;
  /** Seconds where there is a clock, else chunks. */
  #position = 0;
  /** The chunk that it put the cursor on. */
  #put = 0;

  /**
   * @param {import("../stream.js").Stream} stream
   * @param {import("../state.js").State} state
   * @param {() => number} speed
   * @param {(isPlaying: boolean) => void} tell
   */
  constructor(stream, state, speed, tell) {
    this.stream = stream;
    this.state = state;
    this.speed = speed;
    this.tell = tell;
    this.isTimed = false;
    this.last = Math.max(stream.nChunks - 1, 0);
    tell(false);
  }

  toggle() {
    if (this.#frame) this.pause();
    else if (this.last > 0) this.#begin();
  }

  pause() {
    if (this.#frame) this.tell(false);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #begin() {
    if (this.state.get("cursor") >= this.last) this.state.set("cursor", 0);
    this.isTimed = this.stream.t !== null && !Number.isNaN(this.stream.t[this.state.get("cursor")]);
    this.#goOn();
    this.#before = performance.now();
    this.tell(true);
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
  }

  /** From where the cursor is. */
  #goOn() {
    this.#put = this.state.get("cursor");
    this.#position = this.isTimed ? this.stream.timeBy(this.#put) : this.#put;
  }

  #tick(/** @type {number} */ now) {
    // Somebody clicked elsewhere: play on from there.
    if (this.state.get("cursor") !== this.#put) this.#goOn();
    // The first frame may have begun before the click.
    this.#position += (Math.max(now - this.#before, 0) / 1000) * this.speed() * (this.isTimed ? 1 : CHUNKS_PER_SECOND);
    this.#before = now;
    // A stretch whose chunks have no time is not waited for.
    const next = this.isTimed ? Math.max(this.stream.chunkAt(this.#position), this.#put) : Math.floor(this.#position);
    this.#put = Math.min(next, this.last);
    this.state.set("cursor", this.#put);
    if (this.#put >= this.last) this.pause();
    else this.#frame = requestAnimationFrame((at) => this.#tick(at));
  }
}
