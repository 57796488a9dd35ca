// The divergence tree of a text: what runs say alike once, branches where they part, as high as their runs are many.
//
// A branch shows its runs beside the reference, with the cursor where it parts.

import { activeElement, beginning, count, el, errorWords, oncePerFrame, oneLine, percent, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";
import { boxesOf, withEnds } from "./branch_layout.js";
import { styleOf } from "./classes.js";

const RUN_PX = 24, LEAST_PX = 120, MOST_PX = 440, LABEL_PX = 13, LABEL_WIDTH = 24, GAP = 1.5, WRAPPED_PX = 34, MOST_SHOWN = 4, TEXT_LEVEL = 1;
const AROUND = 120;

/**
 * The runs that stand for a branch: the reference, then one of each wording, at most as many as are shown.
 * @param {number[]} runs of the branch
 * @param {number} reference
 * @param {(run: number) => number} wordingOf
 * @returns {number[]}
 */
export function shownFor(runs, reference, wordingOf) {
  const others = new Map([...runs].reverse().filter((run) => run !== reference).map((run) => [wordingOf(run), run]));
  const inOrder = [...others.values()].reverse().filter((run) => !runs.includes(reference) || wordingOf(run) !== wordingOf(reference));
  return [reference, ...(inOrder.length ? inOrder : runs.filter((run) => run !== reference))].slice(0, MOST_SHOWN);
}

/** @param {import("./view.js").Given} given @returns {import("./view.js").Pane} */
export function treePane({ view, ids, state, source, go }) {
  const texts = view.texts.toSorted((a, b) => b.n_values - a.n_values);
  let place = texts[0];
  /** @type {import("../messages").Branches | null} */
  let tree = null;
  let asked = 0;
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
    const { branches, order } = tree, n = order.length, height = Math.min(Math.max(n * RUN_PX, LEAST_PX), MOST_PX);
    const leaves = branches.filter(({ n_ending: ending }) => ending).length;
    words.textContent = leaves < 2 ? `All ${plural(n, "run")} say the same.` : `${plural(n, "run")}, from the left what they say alike; the higher a branch, the more runs.${branches.some(({ logprob }) => logprob !== null) ? " Percentages: how probable the piece was with which it parts." : ""}`;
    box.style.height = `${height}px`;
    const boxes = boxesOf(branches, n, width, height), focused = activeElement(box)?.dataset.branch;
    const parted = new Set(branches.map(({ parent }) => parent));
    box.replaceChildren(...branches.map((branch, at) => node(branch, at, boxes[at], parted.has(at))));
    paint();
    if (focused) /** @type {HTMLElement | null} */ (box.querySelector(`[data-branch="${focused}"]`))?.focus();
  }

  /** @param {import("../messages").Branch} branch @param {number} at @param {import("./branch_layout.js").Box} where @param {boolean} isParted */
  function node(branch, at, { left, top, width, height }, isParted) {
    const n = branch.end_run - branch.first_run, isLabelled = height >= LABEL_PX && width >= LABEL_WIDTH, said = branch.end > branch.start;
    const chance = branch.logprob === null ? "" : percent(Math.exp(branch.logprob));
    const wording = !isParted && tree ? `.${styleOf(view.runs[tree.order[branch.first_run]].classes[TEXT_LEVEL])}` : "";
    const quoted = said ? `“${titled(oneLine(beginning(branch.text, AROUND)))}${branch.end - branch.start > AROUND ? "…" : ""}”` : "end here";
    return el(`button.rx-branch${wording}${isParted ? ".rx-parted" : ""}`, {
      type: "button", dataset: { branch: at }, onclick: () => chosen(branch),
      style: { left: `${left}px`, top: `${top}px`, width: `${Math.max(width - GAP, 1)}px`, height: `${Math.max(height - (height > 6 ? GAP : 0), 0.5)}px` },
      title: `${plural(n, "run")} from character ${count(branch.start)}${chance ? `, probability ${chance}` : ""}: ${quoted}`,
      "aria-label": `${plural(n, "run")} from character ${count(branch.start)}${chance ? `, probability ${chance}` : ""}: ${quoted}`,
    }, isLabelled ? [
      el("b.rx-branch-runs", {}, n > 1 || n === view.runs.length ? `×${count(n)}` : `${tree?.order[branch.first_run]}`), chance ? el("span.rx-branch-chance", {}, chance) : null,
      // Of what is shared the end says where runs part, of what is not the beginning.
      el(`span.rx-branch-text${isParted ? ".rx-branch-end" : height > WRAPPED_PX ? ".rx-branch-wrapped" : ""}`, {}, said ? el("span", {}, line(isParted ? branch.ends : branch.text)) : el("span.rx-missing", {}, "ends")),
    ] : null);
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
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll(".rx-branch"))) {
      const { first_run: first, end_run: end } = branches[Number(node.dataset.branch)];
      node.classList.toggle("rx-on", order.slice(first, end).some((run) => shown.has(run)));
    }
  }

  const redraw = oncePerFrame(draw), sized = new ResizeObserver(redraw);
  sized.observe(box);
  const end = state.on("runs", paint);
  load();
  return {
    root,
    destroy() {
      asked++;
      end();
      redraw.cancel();
      sized.disconnect();
    },
  };
}
