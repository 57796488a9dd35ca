// The timeline: one lane a choice, a block a chunk share, a thin line along the wire.
//
// Takes a Stream and the shared State (cursor, hover, axis); draws on two canvases, the blocks below and what moves above,
// so that moving the cursor draws no block again. Streams with more shares than pixels are drawn a column of pixels at a
// time: the tallest block of each lane and kind stands for all that fall into it, so no outlier is lost.

import { beginning, count, el, oncePerFrame, oneLine, plural, seconds } from "../dom.js";
import { chunksOf, foundAt } from "../panes/findings.js";
import { findingMarks } from "./marks.js";
import { ALL, lowerBound } from "../stream.js";

const LEFT = 78, RIGHT = 14, TOP = 26, BOTTOM = 24;
const MOST_HEIGHT = 330, LANE = [18, 84], LANE_OF_ALL = 34;
const LEAST_VIEW = 4;
const BRUSH_FROM = 5;
const MOST_IN_TIP = 4;
/** What has no legend entry of its own is drawn as the first one. */
const OTHER = 0;

export function lanes(stream, state, findings, severities) {
  const spoken = stream.lanes.filter((choice) => choice !== ALL).length;
  const laneHeight = Math.max(LANE[0], Math.min(LANE[1], MOST_HEIGHT / Math.max(spoken, 1)));
  const heightOf = (lane) => (stream.lanes[lane] === ALL ? LANE_OF_ALL : laneHeight);
  const tops = stream.lanes.map((_, lane) => TOP + laneHeight * Math.min(lane, spoken));
  const height = tops.reduce((_, top, lane) => top + heightOf(lane), TOP + LANE_OF_ALL) + BOTTOM;
  const below = el("canvas.rx-blocks"), above = el("canvas.rx-marks");
  const tip = el("div.rx-tip", { hidden: true });
  const marks = findingMarks(findings, severities);
  const root = el("div.rx-timeline", {
    role: "img", "aria-label": `${count(stream.nChunks)} chunks in ${stream.lanes.length} lanes${findings.length ? `, ${plural(findings.length, "finding")}` : ""}; arrow keys step along them`,
  }, el("div.rx-scrolled", {}, el("div.rx-tall", { style: { height: `${height}px` } }, below, above)), tip);
  let width = 0, colours = {}, brush = null;
  let view = stream.span(state.get("axis"));
  state.set("zoomed", false);

  const inner = () => Math.max(width - LEFT - RIGHT, 1);
  const toPixel = (x) => LEFT + ((x - view[0]) / (view[1] - view[0])) * inner();
  const toX = (pixel) => view[0] + ((pixel - LEFT) / inner()) * (view[1] - view[0]);
  const middle = (lane) => tops[lane] + heightOf(lane) / 2;
  const where = (chunk) => toPixel(stream.x(chunk, state.get("axis")));

  function pen(canvas) {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = colours.font;
    return context;
  }

  function readColours() {
    const style = getComputedStyle(root);
    const value = (name) => style.getPropertyValue(name).trim();
    colours = { shares: stream.legend.map(({ name }) => value(`--rx-${name}`)), brush: value("--rx-content") };
    colours.findings = Object.fromEntries(severities.map((severity) => [severity, value(`--rx-${severity}`)]));
    Object.assign(colours, {
      text: style.color, muted: value("--rx-muted-plain"), line: value("--rx-hairline"), wire: value("--rx-wire"), back: getComputedStyle(root.closest(".rx-explorer") ?? root).backgroundColor,
      font: `12px ${style.fontFamily}`,
    });
  }

  /** The shares in view, as blocks: of all in one column of pixels, lane and kind only the tallest. */
  function blocks() {
    const { shares } = stream, axis = state.get("axis");
    const from = axis === "time" ? 0 : lowerBound(shares.chunk, Math.floor(view[0]));
    const to = axis === "time" ? shares.n : lowerBound(shares.chunk, Math.ceil(view[1]) + 1);
    const crowded = to - from > inner();
    const shown = [];
    const cells = crowded ? new Int32Array((Math.ceil(inner()) + 2) * stream.lanes.length * stream.legend.length) : null;
    for (let i = from; i < to; i++) {
      const x = stream.x(shares.chunk[i], axis);
      if (!(x >= view[0] && x <= view[1])) continue;
      if (!crowded) {
        shown.push(i);
        continue;
      }
      const pixel = Math.round(toPixel(x) - LEFT);
      const cell = (pixel * stream.lanes.length + shares.lane[i]) * stream.legend.length + shares.kind[i];
      // Counted from one: an empty cell is zero.
      if (!cells[cell] || shares.height[i] > shares.height[cells[cell] - 1]) cells[cell] = i + 1;
    }
    cells?.forEach((share) => share && shown.push(share - 1));
    return { crowded, shown };
  }

  function drawBlocks() {
    if (!width) return;
    const to = pen(below), { shares } = stream, axis = state.get("axis");
    drawAxis(to);
    const { crowded, shown } = blocks();
    if (!crowded && stream.lanes.length > 1) drawWire(to, shown);
    const step = inner() / (view[1] - view[0]);
    const wide = crowded ? 1 : Math.max(axis === "time" ? 2 : 1.2, Math.min(8, axis === "time" ? 3 : step * 0.72));
    for (const i of shown) {
      const x = where(shares.chunk[i]), y = middle(shares.lane[i]);
      to.fillStyle = colours.shares[shares.kind[i]];
      if (shares.kind[i] === OTHER && shares.isFinish[i]) {
        to.strokeStyle = colours.muted;
        to.lineWidth = 1.5;
        to.beginPath();
        to.arc(x, y, 4, 0, 2 * Math.PI);
        to.stroke();
        continue;
      }
      const tall = shares.kind[i] === OTHER ? 3 : Math.max(3, shares.height[i] * heightOf(shares.lane[i]));
      const broad = shares.kind[i] === OTHER ? Math.max(wide, 3) : wide;
      if (broad > 4) {
        to.beginPath();
        to.roundRect(x - broad / 2, y - tall / 2, broad, tall, 1.5);
        to.fill();
      } else {
        to.fillRect(x - broad / 2, y - tall / 2, broad, tall);
      }
    }
    marks.draw(to, where, { left: LEFT, right: width - RIGHT, bottom: TOP, colours: colours.findings, back: colours.back });
  }

  function drawAxis(to) {
    const axis = state.get("axis");
    to.textBaseline = "middle";
    to.textAlign = "right";
    stream.lanes.forEach((_, lane) => {
      to.fillStyle = colours.muted;
      to.fillText(stream.laneName(lane), LEFT - 14, middle(lane), LEFT - 16);
    });
    to.textAlign = "center";
    const { at, words } = ticks(view, Math.max(2, inner() / 90), axis);
    at.forEach((x, n) => {
      const pixel = toPixel(x);
      to.fillStyle = colours.line;
      to.fillRect(Math.round(pixel), TOP, 1, height - TOP - BOTTOM);
      to.fillStyle = colours.muted;
      to.fillText(words[n], pixel, height - BOTTOM + 13);
    });
    to.textAlign = "right";
    to.fillText(axis === "time" ? "seconds" : "chunk", LEFT - 14, height - BOTTOM + 13);
  }

  function drawWire(to, shown) {
    to.strokeStyle = colours.wire;
    to.lineWidth = 1;
    to.beginPath();
    let begun = false;
    for (const i of shown) {
      if (stream.lanes[stream.shares.lane[i]] === ALL) continue;
      const point = [where(stream.shares.chunk[i]), middle(stream.shares.lane[i])];
      if (begun) to.lineTo(...point);
      else to.moveTo(...point);
      begun = true;
    }
    to.stroke();
  }

  function drawMarks() {
    if (!width) return;
    const to = pen(above), bottom = height - BOTTOM;
    to.save();
    to.beginPath();
    to.rect(LEFT - 8, 0, width - LEFT + 8, height);
    to.clip();
    if (stream.nChunks) {
      const cursor = where(state.get("cursor"));
      const half = Math.min(4, inner() / (view[1] - view[0]) / 2);
      if (state.get("cursor") < stream.nChunks - 1 && cursor < width) {
        to.globalAlpha = 0.7;
        to.fillStyle = colours.back;
        to.fillRect(Math.max(cursor + half, LEFT - 8), TOP, width, bottom - TOP);
        to.globalAlpha = 1;
      }
      const hover = state.get("hover");
      if (hover !== null && hover < stream.nChunks) {
        to.globalAlpha = 0.16;
        to.fillStyle = colours.text;
        const wide = Math.max(6, half * 2);
        to.fillRect(where(hover) - wide / 2, TOP, wide, bottom - TOP);
        to.globalAlpha = 1;
      }
      if (cursor >= LEFT - 8 && cursor <= width) {
        to.fillStyle = colours.text;
        to.fillRect(cursor - 0.75, TOP - 8, 1.5, bottom - TOP + 8);
        const label = `chunk ${count(state.get("cursor"))}`;
        to.font = `600 ${colours.font}`;
        const room = to.measureText(label).width / 2;
        to.textAlign = "center";
        to.textBaseline = "alphabetic";
        to.fillText(label, Math.min(Math.max(cursor, LEFT - 8 + room), width - room - 2), 13);
      }
    }
    if (brush) {
      to.globalAlpha = 0.14;
      to.fillStyle = colours.brush;
      to.fillRect(Math.min(...brush), TOP, Math.abs(brush[1] - brush[0]), bottom - TOP);
    }
    to.restore();
  }

  const redraw = oncePerFrame(() => { drawBlocks(); drawMarks(); });
  const remark = oncePerFrame(drawMarks);

  function setView(start, end) {
    const whole = stream.span(state.get("axis"));
    const least = state.get("axis") === "time" ? (whole[1] - whole[0]) / 10000 : LEAST_VIEW;
    const size = Math.min(Math.max(end - start, least), whole[1] - whole[0]);
    const from = Math.min(Math.max((start + end - size) / 2, whole[0]), whole[1] - size);
    view = [from, from + size];
    state.set("zoomed", size < (whole[1] - whole[0]) * 0.999);
    // What was under the pointer has moved away.
    leave();
    redraw();
  }

  /** Zooms by a factor around a place on the axis; around the cursor where none is given. */
  function zoom(factor, around = null) {
    const cursor = stream.x(state.get("cursor"), state.get("axis"));
    const fixed = around ?? (cursor >= view[0] && cursor <= view[1] ? cursor : (view[0] + view[1]) / 2);
    setView(fixed - (fixed - view[0]) / factor, fixed + (view[1] - fixed) / factor);
  }

  const fit = () => setView(...stream.span(state.get("axis")));

  /** The chunk nearest to a place on the canvas; one with a share in the lane under it, where there is one near. */
  function nearest(pixelX, pixelY) {
    const { shares } = stream, axis = state.get("axis");
    if (!shares.n) return null;
    const lane = tops.findLastIndex((top) => pixelY >= top);
    const x = toX(pixelX);
    const near = axis === "time" ? 0 : lowerBound(shares.chunk, Math.floor(x) - 40);
    const last = axis === "time" ? shares.n : lowerBound(shares.chunk, Math.ceil(x) + 41);
    let best = null, score = Infinity;
    for (let i = near; i < last; i++) {
      const away = Math.abs(where(shares.chunk[i]) - pixelX) + (shares.lane[i] === lane ? 0 : 12);
      if (away < score) [score, best] = [away, shares.chunk[i]];
    }
    return best ?? Math.min(Math.max(Math.round(x), 0), stream.nChunks - 1);
  }

  function showTip(chunk, pixelX) {
    const [from, to] = stream.sharesOf(chunk);
    const lines = [];
    for (let share = from; share < to; share++) {
      const kinds = [];
      let text = "";
      for (let i = stream.firstEvent[chunk]; i < stream.firstEvent[chunk + 1]; i++) {
        if (stream.choice[i] !== stream.lanes[stream.shares.lane[share]]) continue;
        const kind = stream.kindOf(i).label;
        if (!kinds.includes(kind)) kinds.push(kind);
        text += stream.toolNames.has(i) ? `${stream.toolNames.get(i)} ` : "";
        text += stream.finishes.has(i) ? stream.finishes.get(i) : stream.textOf(i);
      }
      const said = oneLine(text);
      lines.push(el("div.rx-tip-line", {},
        el("span.rx-label", {}, `${stream.laneName(stream.shares.lane[share])} · ${kinds.join(", ")} `),
        el("span.rx-tip-text", {}, beginning(said, 160))));
    }
    const time = stream.t && !Number.isNaN(stream.t[chunk]) ? ` · ${seconds(stream.t[chunk])}` : "";
    putTip(pixelX, el("b", {}, `chunk ${count(chunk)}${time}`), ...lines.slice(0, 6), ...inTip(foundAt(findings, chunk, stream.nChunks)));
  }

  /** Findings as lines of a tip. */
  function inTip(found) {
    const lines = found.slice(0, MOST_IN_TIP).map((finding) => el("div.rx-tip-line", {},
      el(`i.rx-sign.rx-sign-${finding.severity}`), el("b", {}, finding.rule ?? finding.severity), el("span.rx-label", {}, ` ${finding.rule === null ? "" : `${finding.severity} · `}${chunksOf(finding)}`),
      finding.message ? el("div.rx-tip-said", {}, beginning(finding.message, 240)) : null));
    if (found.length > MOST_IN_TIP) lines.push(el("div.rx-label", {}, `and ${count(found.length - MOST_IN_TIP)} more`));
    return lines;
  }

  function putTip(pixelX, ...inside) {
    tip.replaceChildren(...inside);
    tip.hidden = false;
    const left = Math.min(Math.max(pixelX - tip.offsetWidth / 2, 4), Math.max(width - tip.offsetWidth - 4, 4));
    tip.style.left = `${left}px`;
  }

  const place = (event) => {
    const box = above.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let pressed = null;
  /** The findings whose marks are at a place. */
  const marked = (x, y) => (marks.any && y < TOP && x >= LEFT - 10 ? marks.under(x, where) : []);

  above.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (pressed !== null) {
      if (brush || Math.abs(x - pressed) > BRUSH_FROM) {
        brush = [pressed, Math.min(Math.max(x, LEFT), width - RIGHT)];
        tip.hidden = true;
        remark();
      }
      return;
    }
    if (x < LEFT - 10) return leave();
    const found = marked(x, y);
    above.classList.toggle("rx-at-mark", found.length > 0);
    const chunk = found[0]?.chunk ?? nearest(x, y);
    state.set("hover", chunk);
    tip.classList.toggle("rx-tip-high", found.length > 0);
    if (found.length) putTip(x, ...inTip(found));
    else if (chunk !== null) showTip(chunk, where(chunk));
  });
  above.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    above.setPointerCapture(event.pointerId);
    pressed = Math.max(place(event)[0], LEFT);
  });
  above.addEventListener("pointerup", (event) => {
    if (pressed === null) return;
    const [x, y] = place(event), chosen = brush;
    pressed = brush = null;
    if (chosen) setView(...chosen.map(toX).sort((a, b) => a - b));
    else if (x >= LEFT - 10 && stream.nChunks) state.set("cursor", marked(x, y)[0]?.chunk ?? nearest(x, y));
    remark();
  });
  above.addEventListener("pointercancel", () => { pressed = brush = null; remark(); });
  above.addEventListener("dblclick", fit);
  above.addEventListener("wheel", (event) => {
    const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), toX(place(event)[0]));
    } else if (state.get("zoomed") && along) {
      event.preventDefault();
      const by = (along / inner()) * (view[1] - view[0]);
      setView(view[0] + by, view[1] + by);
    }
  }, { passive: false });
  function leave() {
    tip.hidden = true;
    state.set("hover", null);
  }
  above.addEventListener("pointerleave", leave);

  /** A cursor that leaves the view takes the view along. */
  function follow() {
    const x = stream.x(state.get("cursor"), state.get("axis"));
    if (x < view[0] || x > view[1]) {
      const size = view[1] - view[0];
      setView(x - size / 2, x + size / 2);
    }
    remark();
  }

  const sized = new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    readColours();
    drawBlocks();
    drawMarks();
  });
  sized.observe(root);
  const ends = [
    state.on("cursor", follow),
    state.on("hover", remark),
    state.on("axis", fit),
    state.on("theme", () => { readColours(); redraw(); }),
  ];
  return {
    root, zoom, fit,
    destroy() {
      sized.disconnect();
      redraw.cancel();
      remark.cancel();
      ends.forEach((end) => end());
      // A canvas keeps its pixels until it is small.
      below.width = below.height = above.width = above.height = 0;
    },
  };
}

/** Round places on an axis, and what to write beside them. */
export function ticks([start, end], most, axis) {
  const rough = (end - start) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough);
  if (axis !== "time") step = Math.max(1, Math.round(step));
  const digits = axis === "time" ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  const at = [];
  for (let x = Math.ceil(start / step) * step; x <= end && at.length < 60; x += step) if (x > -step * 1e-6) at.push(x);
  return { at, words: at.map((x) => (axis === "time" ? Math.abs(x).toFixed(digits) : count(Math.round(x) + 0))) };
}
