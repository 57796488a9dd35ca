// How alike the answers are: a matrix of all pairs, and after how much of the text runs leave the reference.

import { count, el, errorWords, oncePerFrame, percent, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { cleanCanvas } from "../timeline/drawing.js";
import { putTip } from "../timeline/tips.js";
import { numberOf } from "./shown_runs.js";

const LABEL_PX = 64, CELL = [3, 30], MOST_PX = 420, BAR_PX = 110;

/**
 * How large a cell is, so that all have room.
 * @param {number} n
 * @param {number} room
 * @returns {number}
 */
export const cellOf = (n, room) => Math.max(CELL[0], Math.min(CELL[1], Math.floor(Math.min(room, MOST_PX) / Math.max(n, 1))));

/** @param {import("./view.js").Given} given @returns {import("./view.js").Pane} */
export function alikePane({ view, ids, state, source, go }) {
  const root = el("div.rx-alike", {}, el("p.rx-missing", {}, "loading…"));
  /** @type {import("../messages").Alike | null} */
  let made = null;
  let isEnded = false;
  const canvas = el("canvas.rx-matrix", { role: "img", tabindex: "-1" }), tip = el("div.rx-tip", { hidden: true });
  const box = el("div.rx-matrix-box", {}, canvas, tip);

  async function load() {
    try {
      made = await source.compareAlike(ids);
      if (!isEnded) show(made);
    } catch (error) {
      if (!isEnded) root.replaceChildren(el("p.rx-failed", {}, recorded(errorWords(error))));
    }
  }

  /** @param {import("../messages").Alike} alike */
  function show({ answers, n_answers: n, partings, n_equal: equal }) {
    const cut = n > answers.length ? ` The ${count(answers.length)} most frequent are shown.` : "";
    canvas.setAttribute("aria-label", `similarity of ${plural(answers.length, "answer")}, pair by pair`);
    root.replaceChildren(
      el("section", {}, el("h4", {}, "similarity of answers"), el("p.rx-label", {}, `${plural(n, "different answer")}: the stronger the colour, the more words two have in common.${cut}`), box),
      el("section", {}, el("h4", {}, "where runs leave the reference"), el("p.rx-label", {}, `${plural(equal, "run")} never; the others after so much of the text:`), histogram(partings)));
    draw();
  }

  const draw = oncePerFrame(() => {
    if (!made || !box.clientWidth) return;
    const { answers, similarity } = made, n = answers.length, cell = cellOf(n, box.clientWidth - LABEL_PX), size = cell * n, style = getComputedStyle(box);
    const width = LABEL_PX + size, height = size + 2;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const to = cleanCanvas(canvas, width, height, `11px ${style.fontFamily}`), hue = style.getPropertyValue("--rx-content").trim(), muted = style.getPropertyValue("--rx-muted-plain").trim();
    to.textAlign = "right";
    to.textBaseline = "middle";
    answers.forEach(({ run, n_runs: runs }, row) => {
      if (cell >= 11) {
        to.fillStyle = muted;
        to.fillText(`${run}${runs > 1 ? ` ×${count(runs)}` : ""}`, LABEL_PX - 6, row * cell + cell / 2, LABEL_PX - 8);
      }
      to.fillStyle = hue;
      similarity[row].forEach((value, column) => {
        to.globalAlpha = 0.06 + 0.94 * value ** 2;
        to.fillRect(LABEL_PX + column * cell, row * cell, cell - (cell > 5 ? 1 : 0), cell - (cell > 5 ? 1 : 0));
      });
      to.globalAlpha = 1;
    });
  });

  /** @param {MouseEvent} event */
  function pairUnder(event) {
    const { left, top } = canvas.getBoundingClientRect();
    if (!made) return null;
    const n = made.answers.length, cell = cellOf(n, box.clientWidth - LABEL_PX), column = Math.floor((event.clientX - left - LABEL_PX) / cell), row = Math.floor((event.clientY - top) / cell);
    return column >= 0 && row >= 0 && column < n && row < n ? { one: made.answers[row], other: made.answers[column], value: made.similarity[row][column] } : null;
  }

  canvas.addEventListener("mousemove", (event) => {
    const pair = pairUnder(event);
    tip.hidden = !pair;
    if (!pair) return;
    const runs = (/** @type {{ run: number, n_runs: number }} */ { run, n_runs: n }) => `run ${numberOf(run)}${n > 1 ? ` and ${count(n - 1)} like it` : ""}`;
    putTip(tip, event.clientX - box.getBoundingClientRect().left, box.clientWidth, [el("b", {}, percent(pair.value)), el("span.rx-label", {}, pair.one === pair.other ? ` ${runs(pair.one)}` : ` ${runs(pair.one)}; ${runs(pair.other)}`)]);
    tip.style.top = `${event.clientY - box.getBoundingClientRect().top + 16}px`;
  });
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => {
    const pair = pairUnder(event);
    if (pair && pair.one !== pair.other) go([pair.one.run, pair.other.run], null, 0);
  });

  const sized = new ResizeObserver(draw);
  sized.observe(root);
  const end = state.on("theme", draw);
  load();
  return {
    root,
    destroy() {
      isEnded = true;
      end();
      draw.cancel();
      sized.disconnect();
    },
  };

  /** @param {number[]} partings */
  function histogram(partings) {
    const most = Math.max(...partings, 1), share = 100 / partings.length, n = view.runs.length - partings.reduce((sum, each) => sum + each, 0);
    const bars = partings.map((runs, at) => el("div.rx-parting-bar", { title: `${plural(runs, "run")} after ${at * share} to ${(at + 1) * share} % of the text`, style: { height: `${(runs / most) * BAR_PX}px` } }, runs ? el("span", {}, count(runs)) : null));
    return el("figure.rx-partings", { role: "img", "aria-label": `${plural(view.runs.length - n, "run")} leave the reference` }, el("div.rx-parting-bars", { style: { height: `${BAR_PX + 18}px` } }, bars), el("figcaption.rx-label", {}, el("span", {}, "0 %"), el("span", {}, "share of the text"), el("span", {}, "100 %")));
  }
}
