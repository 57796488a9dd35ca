// One slider for all shown runs: what stands before it on the axis of their texts has come.

import { count, el } from "../dom.js";

const CHARS_PER_SECOND = 40;

/**
 * @param {import("./view.js").ComparingState} state
 * @param {import("../state.js").State} outer
 */
export function slider(state, outer) {
  const play = el("button.rx-play", { type: "button" });
  const range = el("input.rx-slider", { type: "range", min: 0, step: 1, "aria-label": "character" });
  const where = el("span.rx-count.rx-where-now");
  const step = (/** @type {number} */ by) => {
    const aligned = state.get("aligned");
    if (aligned) go(aligned.step(state.get("cursor"), by));
  };
  const button = (/** @type {string} */ words, /** @type {string} */ title, /** @type {() => void} */ onclick) => el("button.rx-step", { type: "button", title, "aria-label": title, onclick }, words);
  const back = button("←", "previous piece of any run (←)", () => step(-1)), forth = button("→", "next piece of any run (→)", () => step(1));
  const before = button("‹ difference", "previous difference (p)", () => toDifference(-1)), after = button("difference ›", "next difference (n)", () => toDifference(1));
  /** @type {HTMLInputElement} */
  const borders = el("input", { type: "checkbox", onchange: () => outer.set("borders", borders.checked) });
  let frame = 0;

  /** @param {number} position */
  function go(position) {
    pause();
    const aligned = state.get("aligned");
    if (aligned) state.set("cursor", Math.min(Math.max(position, 0), aligned.end));
  }

  /** @param {number} by */
  function toDifference(by) {
    const aligned = state.get("aligned"), next = aligned?.difference(state.get("cursor"), by);
    if (next !== undefined) go(next);
  }

  function pause() {
    cancelAnimationFrame(frame);
    frame = 0;
    paint();
  }

  function toggle() {
    const aligned = state.get("aligned");
    if (frame || !aligned?.end) return pause();
    let position = state.get("cursor") >= aligned.end ? 0 : state.get("cursor"), last = performance.now();
    const tick = (/** @type {number} */ now) => {
      const { end } = state.get("aligned") ?? { end: 0 };
      position = Math.min(position + (Math.max(now - last, 0) / 1000) * CHARS_PER_SECOND, end);
      last = now;
      state.set("cursor", Math.floor(position));
      if (position >= end) pause();
      else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    paint();
  }

  function paint() {
    const end = state.get("aligned")?.end ?? 0, cursor = Math.min(state.get("cursor"), end);
    range.max = String(end);
    range.value = String(cursor);
    range.disabled = play.disabled = end === 0;
    range.style.setProperty("--rx-done", `${end ? (cursor / end) * 100 : 100}%`);
    range.setAttribute("aria-valuetext", `character ${cursor} of ${end}`);
    where.replaceChildren("character ", el("b", {}, count(cursor)), ` / ${count(end)}`);
    back.disabled = cursor <= 0;
    forth.disabled = cursor >= end;
    before.disabled = after.disabled = !state.get("aligned")?.differences.length;
    play.textContent = frame ? "❚❚" : "▶";
    play.setAttribute("aria-label", frame ? "pause" : "play");
    play.title = `${frame ? "pause" : "play"} (space)`;
    borders.checked = outer.get("borders");
  }

  play.addEventListener("click", toggle);
  range.addEventListener("input", () => go(Number(range.value)));
  const ends = [state.on("cursor aligned", paint), outer.on("borders", paint)];
  paint();
  return {
    root: el("div.rx-scrubber", {}, play, range, where, el("span.rx-buttons", {}, back, forth), el("span.rx-buttons.rx-differences", {}, before, after),
      el("label.rx-toggle", { title: "show where chunks end (b)" }, borders, "boundaries")),
    step, go, toggle, toDifference,
    destroy() {
      cancelAnimationFrame(frame);
      ends.forEach((end) => end());
    },
  };
}
