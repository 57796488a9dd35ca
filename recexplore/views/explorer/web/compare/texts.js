// The texts of the shown runs side by side: reasoning and content apart, what differs marked, one scroller for all.
//
// Text is whole and made of text nodes only; what moves over it (what has come, what is hovered) are highlights, so a step touches no
// element.

import { count, el, onClick, oncePerFrame } from "../dom.js";
import { goesOnBelow } from "../goes_on_below.js";
import { bothEnds } from "../list/both_ends.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";
import { pieceAt, stretchOf, unitsBefore } from "./aligned.js";
import { caretAt, MarkedText } from "./highlights.js";
import { toldApart } from "./run_names.js";
import { numberOf, shownWith } from "./shown_runs.js";

const EDGE = 8, MOST_CUTS = 20_000;

/** @typedef {import("./aligned.js").Part} Part */
/** @typedef {import("./aligned.js").Section} Section */

/**
 * @param {import("./view.js").Given} given
 * @param {import("../state.js").State} outer
 * @param {import("../explorer.js").Opening} opening
 * @returns {import("./view.js").Pane}
 */
export function textsPane({ view, state }, outer, opening) {
  const names = toldApart(view.runs.map(({ name }) => name));
  const looks = new Map(opening.kinds.map(({ name, look }) => [name, look]));
  const root = el("div.rx-run-texts", { tabindex: "0", role: "region", "aria-label": "texts of the shown runs" });
  /** @type {{ section: Section, part: Part, marked: MarkedText }[]} */
  let shown = [];

  function build() {
    const aligned = state.get("aligned");
    shown.forEach(({ marked }) => marked.clear());
    shown = [];
    if (!aligned) return;
    root.style.setProperty("--rx-shown-runs", String(aligned.runs.length));
    const blocks = aligned.sections.flatMap((section) => [
      el("h4.rx-run-section", {}, section.label, el("span.rx-label", {}, agreement(section))),
      ...section.parts.map((part) => block(section, part)),
    ]);
    root.replaceChildren(el("div.rx-run-columns", {}, aligned.runs.map(columnHead)), ...(blocks.length ? blocks : [el("p.rx-missing", {}, "Neither of these runs says anything.")]));
    cuts();
    follow(false);
    hover();
    // Other texts begin at their top.
    moved.cancel();
  }

  /** @param {number} run @param {number} at */
  function columnHead(run, at) {
    const { id, verdict } = view.runs[run], { text, end } = names[run], n = state.get("runs").length;
    return el("div.rx-run-column", { title: titled(id) }, el("b", {}, `run ${count(numberOf(run))}`), el("span.rx-label", {}, run === view.reference ? "reference" : verdict, " ·"), bothEnds("rx-detail.rx-run-of", text, end),
      at > 0 && n > 2 ? el("button.rx-off", { type: "button", "aria-label": `without run ${numberOf(run)}`, title: "without it", onclick: () => state.set("runs", shownWith(state.get("runs"), run, true)) }, "×") : null);
  }

  /** @param {Section} section @param {Part} part */
  function block(section, part) {
    const inside = el(`span.rx-kind-${section.kind}.rx-look-${looks.get(section.kind) ?? "plain"}`, {}, marks(part));
    const isMatched = section.parts.some(({ ownChoice }) => ownChoice !== null && ownChoice !== section.choice);
    const node = el("div.rx-run-text", { dataset: { run: part.run } }, isMatched ? ownChoiceLabel(part, section.choice) : null,
      part.toolName ? el("b.rx-call-name", {}, line(part.toolName), " ") : null,
      part.text ? inside : el("span.rx-missing", {}, "nothing"));
    if (part.text) shown.push({ section, part, marked: new MarkedText(inside) });
    return node;
  }

  function cuts() {
    const isShown = outer.get("borders") && shown.reduce((sum, { part }) => sum + part.nPieces, 0) <= MOST_CUTS;
    for (const { part, marked } of shown) marked.mark("rx-cut-off", isShown ? everyOther(part) : []);
  }

  /** @param {boolean} isMoved */
  function follow(isMoved) {
    const cursor = state.get("cursor");
    for (const { part, marked } of shown) marked.mark("rx-to-come", [[unitsBefore(part, cursor), part.text.length]]);
    if (isMoved) reveal(cursor);
  }

  /** Scrolls to what came last, as far as it must. @param {number} cursor */
  function reveal(cursor) {
    const section = state.get("aligned")?.sectionAt(Math.max(cursor - 1, 0));
    const here = shown.find((each) => each.section === section && unitsBefore(each.part, cursor) > 0) ?? shown.find((each) => each.section === section);
    if (!here || !root.clientHeight) return;
    const unit = Math.max(unitsBefore(here.part, cursor), 1), box = here.marked.range(unit - 1, unit).getBoundingClientRect(), around = root.getBoundingClientRect();
    const head = /** @type {HTMLElement | null} */ (root.firstElementChild)?.offsetHeight ?? 0;
    if (box.bottom > around.bottom - EDGE) root.scrollTop += box.bottom - around.bottom + around.height / 3;
    else if (box.top < around.top + head + EDGE) root.scrollTop += box.top - around.top - head - around.height / 3;
  }

  function hover() {
    const stretch = state.get("hover");
    for (const { part, marked } of shown) marked.mark("rx-under", stretch ? [[unitsBefore(part, stretch[0]), unitsBefore(part, stretch[1])]] : []);
  }

  /** What is under the pointer: the part, and a unit of its text. @param {MouseEvent} event */
  function under({ clientX, clientY, target }) {
    if (!(target instanceof Element) || !target.closest(".rx-run-text")) return null;
    const caret = caretAt(clientX, clientY, root);
    for (const each of caret ? shown : []) {
      const offset = caret ? each.marked.offsetOf(caret.node, caret.offset) : -1;
      if (offset >= 0) return { ...each, unit: Math.min(offset, each.part.text.length - 1) };
    }
    return null;
  }

  const pointed = oncePerFrame(() => {
    const found = last && under(last), piece = found ? pieceAt(found.part, found.unit) : -1;
    state.set("hover", found && piece >= 0 ? [found.part.left[piece], found.part.right[piece]] : null);
  });
  /** @type {MouseEvent | null} */
  let last = null;
  root.addEventListener("mousemove", (event) => { last = event; pointed(); });
  root.addEventListener("mouseleave", () => { last = null; pointed(); });
  onClick(root, (event) => {
    const found = under(event), piece = found ? pieceAt(found.part, found.unit) : -1;
    if (found && piece >= 0) state.set("cursor", found.part.right[piece]);
  });

  const moved = oncePerFrame(() => follow(true)), hovered = oncePerFrame(hover);
  const ends = [state.on("aligned", build), state.on("cursor", moved), state.on("hover", hovered), outer.on("borders", cuts), goesOnBelow(root).destroy, pointed.cancel, moved.cancel, hovered.cancel];
  build();
  return {
    root,
    destroy() {
      shown.forEach(({ marked }) => marked.clear());
      ends.forEach((end) => end());
    },
  };
}

/** Which choice of its run a text is. @param {Part} part @param {number} choice the reference's number of it */
function ownChoiceLabel({ run, ownChoice }, choice) {
  if (ownChoice === null) return el("div.rx-own-choice", {}, "no such choice");
  return el("div.rx-own-choice", { title: `choice ${ownChoice} of run ${numberOf(run)} is choice ${choice} of the reference: choices are matched by their texts` }, `its choice ${count(ownChoice)}`);
}

/** A text with what differs in it marked. @param {Part} part */
function marks({ text, differing }) {
  const nodes = [];
  let end = 0;
  for (const [from, to] of differing) {
    if (from > end) nodes.push(...recorded(text.slice(end, from)));
    nodes.push(from < to ? el("mark.rx-differs", {}, recorded(text.slice(from, to))) : el("span.rx-lacks", { title: "another run has words here" }));
    end = Math.max(to, end);
  }
  return [...nodes, ...recorded(text.slice(end))];
}

/** @param {Section} section */
function agreement(section) {
  const n = section.parts.reduce((sum, { differing }) => Math.max(sum, differing.length), 0);
  if (!n) return ` ${section.parts.length === 2 ? "both" : `all ${section.parts.length}`} alike`;
  const places = section.parts.flatMap((part) => part.differing.map((each) => stretchOf(section, part, each)));
  return ` ${places.length ? "what differs is underlined" : ""}`;
}

/** Every other piece of a text. @param {Part} part @returns {[number, number][]} */
function everyOther({ start, nPieces }) {
  /** @type {[number, number][]} */
  const stretches = [];
  let isMarked = false;
  for (let piece = 0; piece < nPieces; piece++) {
    if (start[piece] === start[piece + 1]) continue;
    if (isMarked) stretches.push([start[piece], start[piece + 1]]);
    isMarked = !isMarked;
  }
  return stretches;
}
