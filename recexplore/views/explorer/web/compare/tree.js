// The divergence tree of a text: what runs say alike once, branches where they part, as high as their runs are many.
//
// A branch shows its runs beside the reference, with the cursor where it parts.

import { activeElement, beginning, count, el, errorWords, oncePerFrame, oneLine, percent, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";
import { BranchCanvas } from "./branch_canvas.js";
import { boxesOf, withEnds } from "./branch_layout.js";
import { hueOf, styleOf } from "./classes.js";
import { shownFor, TEXT_LEVEL } from "./shown_runs.js";

const RUN_PX = 24, LEAST_PX = 120, MOST_PX = 440, LABEL_PX = 13, LABEL_WIDTH = 24, GAP = 1.5, LEAST_PARTED = 6, WRAPPED_PX = 34;
const AROUND = 120;

/** A box with a gap to the next, where both have room. @param {import("./branch_layout.js").Box} box */
const apart = ({ left, top, width, height }) => ({ left, top, width: width - (width > LEAST_PARTED ? GAP : 0), height: height - (height > LEAST_PARTED ? GAP : 0) });

/** @param {import("./view.js").Given} given @returns {import("./view.js").Pane} */
export function treePane({ view, ids, state, source, go }) {
  const texts = view.texts.toSorted((a, b) => b.n_values - a.n_values);
  let place = texts[0];
  /** @type {import("../messages").Branches | null} */
  let tree = null;
  let asked = 0, drawnWidth = 0;
  const small = new BranchCanvas((at) => (tree ? told(tree.branches[at]) : ""), (at) => tree && chosen(tree.branches[at]));
  const box = el("div.rx-tree", { role: "group", "aria-label": "divergence tree" });
  /** @type {HTMLSelectElement} */
  const which = el("select.rx-pill", { "aria-label": "which text", onchange: () => { place = texts[Number(which.value)]; load(); } },
    texts.map(({ label, n_values: n }, at) => el("option", { value: at }, `${label}: ${plural(n, "wording")}`)));
  const words = el("span.rx-label");
  const root = el("div.rx-tree-pane", {}, el("p.rx-tree-words", {}, texts.length > 1 ? which : null, words), box);
  if (!place) return { root: el("p.rx-missing", {}, "None of the runs says anything.") };

  async function load() {
    const mine = ++asked;
    try {
      const made = await source.compareTree(ids, place);
      if (mine !== asked) return;
      tree = { ...made, branches: withEnds(made.branches) };
      draw();
    } catch (error) {
      if (mine === asked) box.replaceChildren(el("p.rx-failed", {}, recorded(errorWords(error))));
    }
  }

  function draw() {
    const width = box.clientWidth;
    if (!tree || !width) return;
    drawnWidth = width;
    const { branches, order } = tree, n = order.length;
    const leaves = branches.filter(({ n_ending: ending }) => ending).length;
    words.textContent = leaves < 2 ? `All ${plural(n, "run")} say the same.` : `${plural(n, "run")}, from the left what they say alike; the higher a branch, the more runs.${branches.some(({ logprob }) => logprob !== null) ? " Percentages: how probable the piece was with which it parts." : ""}`;
    // Below its words, which may take two lines.
    const height = heightOf(n);
    box.style.height = `${height}px`;
    const boxes = boxesOf(branches, n, width, height).map(apart), focused = activeElement(box)?.dataset.branch;
    const parted = new Set(branches.map(({ parent }) => parent)), places = boxes.map((_, at) => at);
    const hasRoom = (/** @type {number} */ at) => boxes[at].height >= LABEL_PX && boxes[at].width >= LABEL_WIDTH;
    small.show(places.filter((at) => !hasRoom(at)).map((at) => ({ at, box: boxes[at], hue: hueOf(parted.has(at) ? null : wordingOf(branches[at])) })), width, height);
    box.replaceChildren(small.root, ...places.filter(hasRoom).map((at) => node(branches[at], at, boxes[at], parted.has(at))));
    paint();
    if (focused) /** @type {HTMLElement | null} */ (box.querySelector(`[data-branch="${focused}"]`))?.focus();
  }

  /** As tall as the runs want, and no taller than the pane while each has its line. @param {number} n */
  function heightOf(n) {
    const room = (root.parentElement?.clientHeight ?? 0) - box.offsetTop;
    return Math.min(Math.max(Math.min(n * RUN_PX, Math.max(room, n * LABEL_PX)), LEAST_PX), MOST_PX);
  }

  /** The class of wording of a branch. @param {import("../messages").Branch} branch */
  function wordingOf({ first_run: first }) {
    return tree ? view.runs[tree.order[first]].classes[TEXT_LEVEL] : 0;
  }

  /** @param {import("../messages").Branch} branch */
  function told(branch) {
    const { start, end, logprob, text } = branch, n = branch.end_run - branch.first_run, chance = logprob === null ? "" : `, probability ${percent(Math.exp(logprob))}`;
    const quoted = end > start ? `“${titled(oneLine(beginning(text, AROUND)))}${end - start > AROUND ? "…" : ""}”` : "end here";
    return `${plural(n, "run")} from character ${count(start)}${chance}: ${quoted}`;
  }

  /** @param {import("../messages").Branch} branch @param {number} at @param {import("./branch_layout.js").Box} where @param {boolean} isParted */
  function node(branch, at, { left, top, width, height }, isParted) {
    const n = branch.end_run - branch.first_run, said = branch.end > branch.start, words = told(branch);
    return el(`button.rx-branch.${isParted ? "rx-parted" : styleOf(wordingOf(branch))}`, {
      type: "button", dataset: { branch: at }, onclick: () => chosen(branch), title: words, "aria-label": words,
      style: { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` },
    },
    el("b.rx-branch-runs", {}, n > 1 || n === view.runs.length ? `×${count(n)}` : `${tree?.order[branch.first_run]}`), branch.logprob === null ? null : el("span.rx-branch-chance", {}, percent(Math.exp(branch.logprob))),
    // Of what is shared the end says where runs part, of what is not the beginning.
    el(`span.rx-branch-text${isParted ? ".rx-branch-end" : height > WRAPPED_PX ? ".rx-branch-wrapped" : ""}`, {}, said ? el("span", {}, line(isParted ? branch.ends : branch.text)) : el("span.rx-missing", {}, "ends")));
  }

  /** @param {import("../messages").Branch} branch */
  function chosen(branch) {
    if (!tree) return;
    const runs = tree.order.slice(branch.first_run, branch.end_run), shown = shownFor(runs, view.reference, (run) => view.runs[run].classes[TEXT_LEVEL]);
    go(shown, { choice: place.choice, kind: place.kind, tool: place.tool, run: runs.includes(view.reference) ? view.reference : shown[1] ?? shown[0] }, branch.start);
  }

  function paint() {
    if (!tree) return;
    const shown = new Set(state.get("runs")), { order, branches } = tree;
    const isOn = (/** @type {number} */ at) => order.slice(branches[at].first_run, branches[at].end_run).some((run) => shown.has(run));
    small.paint(isOn);
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll(".rx-branch"))) node.classList.toggle("rx-on", isOn(Number(node.dataset.branch)));
  }

  const redraw = oncePerFrame(draw), sized = new ResizeObserver(() => box.clientWidth !== drawnWidth && redraw());
  sized.observe(box);
  const ends = [state.on("runs", paint), state.on("theme", paint)];
  load();
  return {
    root,
    destroy() {
      asked++;
      ends.forEach((end) => end());
      redraw.cancel();
      sized.disconnect();
    },
  };
}
