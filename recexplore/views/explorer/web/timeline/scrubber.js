// Play, step and speed: moves the cursor along the wire, in true time where a clock recorded it.

import { count, el, seconds } from "../dom.js";

const CHUNKS_PER_SECOND = 12;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 20, 100];
const WHY_NO_TIME = "time not recorded: the recorder kept no arrival times and the provider sent none";

export function scrubber(stream, state, timeline) {
  const last = Math.max(stream.nChunks - 1, 0);
  const play = el("button.rx-play", { type: "button", "aria-label": "play", title: "play (space)" }, "▶");
  const slider = el("input.rx-slider", { type: "range", min: 0, max: last, step: 1, "aria-label": "chunk" });
  const back = el("button.rx-step", { type: "button", title: "previous chunk (←)", "aria-label": "previous chunk" }, "←");
  const forth = el("button.rx-step", { type: "button", title: "next chunk (→)", "aria-label": "next chunk" }, "→");
  const where = el("span.rx-count.rx-where-now");
  const speed = el("select.rx-pill", { title: "speed", "aria-label": "speed" },
    SPEEDS.map((times) => el("option", { value: times, selected: times === 1 }, `${times}×`)));
  const axis = el("select.rx-pill.rx-axis", { "aria-label": "horizontal axis", title: stream.t ? "what the timeline runs along" : WHY_NO_TIME },
    el("option", { value: "chunk" }, "x = chunk"),
    el("option", { value: "time", disabled: !stream.t }, stream.t ? `x = time (${stream.clock} clock)` : "x = time: not recorded"));
  axis.value = state.get("axis");
  const borders = el("input", { type: "checkbox" });
  borders.checked = state.get("borders");
  const zoomIn = el("button.rx-step", { type: "button", title: "zoom in (+); or drag across the lanes", "aria-label": "zoom in" }, "+");
  const zoomOut = el("button.rx-step", { type: "button", title: "zoom out (−)", "aria-label": "zoom out" }, "−");
  const fit = el("button.rx-step.rx-fit", { type: "button", title: "whole stream (0, or double click)" }, "fit");
  const root = el("div.rx-scrubber", {}, play, slider, where,
    el("span.rx-buttons", {}, back, forth), speed, axis,
    el("span.rx-buttons", {}, zoomOut, zoomIn, fit),
    el("label.rx-toggle", { title: "show where chunks end, and the tags around reasoning (b)" }, borders, "boundaries"));

  let frame = 0, before = 0, position = 0, put = 0;

  const step = (by) => state.set("cursor", Math.min(Math.max(state.get("cursor") + by, 0), last));

  function paint() {
    const cursor = state.get("cursor");
    slider.value = cursor;
    slider.style.setProperty("--rx-done", `${last ? (cursor / last) * 100 : 100}%`);
    const time = stream.t && !Number.isNaN(stream.t[cursor]) ? `${seconds(stream.t[cursor])} · ` : "";
    where.replaceChildren(time, el("b", {}, count(cursor)), ` / ${count(last)}`);
    slider.setAttribute("aria-valuetext", `chunk ${cursor} of ${last}`);
    back.disabled = cursor <= 0;
    forth.disabled = cursor >= last;
  }

  function pause() {
    cancelAnimationFrame(frame);
    frame = 0;
    play.textContent = "▶";
    play.setAttribute("aria-label", "play");
  }

  function begin() {
    if (state.get("cursor") >= last) state.set("cursor", 0);
    const inTime = stream.t !== null && !Number.isNaN(stream.t[state.get("cursor")]);
    const goOn = () => {
      put = state.get("cursor");
      position = inTime ? stream.timeBy(put) : put;
    };
    goOn();
    before = performance.now();
    play.textContent = "❚❚";
    play.setAttribute("aria-label", "pause");
    const tick = (now) => {
      // Somebody clicked elsewhere: play on from there.
      if (state.get("cursor") !== put) goOn();
      // The first frame may have begun before the click.
      position += (Math.max(now - before, 0) / 1000) * Number(speed.value) * (inTime ? 1 : CHUNKS_PER_SECOND);
      before = now;
      // A stretch whose chunks have no time is not waited for.
      const next = inTime ? Math.max(stream.chunkAt(position), state.get("cursor")) : Math.floor(position);
      put = Math.min(next, last);
      state.set("cursor", put);
      if (state.get("cursor") >= last) pause();
      else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
  }

  const toggle = () => (frame ? pause() : begin());
  play.addEventListener("click", toggle);
  back.addEventListener("click", () => { pause(); step(-1); });
  forth.addEventListener("click", () => { pause(); step(1); });
  slider.addEventListener("input", () => { pause(); state.set("cursor", Number(slider.value)); });
  axis.addEventListener("change", () => state.set("axis", axis.value));
  borders.addEventListener("change", () => state.set("borders", borders.checked));
  zoomIn.addEventListener("click", () => timeline.zoom(1.8));
  zoomOut.addEventListener("click", () => timeline.zoom(1 / 1.8));
  fit.addEventListener("click", timeline.fit);
  const ends = [
    state.on("cursor", paint),
    state.on("axis", (value) => { axis.value = value; }),
    state.on("borders", (value) => { borders.checked = value; }),
    state.on("zoomed", (value) => { fit.disabled = !value; }),
  ];
  fit.disabled = true;
  play.disabled = stream.nChunks < 2;
  slider.disabled = stream.nChunks < 2;
  paint();
  return {
    root, toggle,
    step(by) { pause(); step(by); },
    destroy() {
      pause();
      ends.forEach((end) => end());
    },
  };
}
