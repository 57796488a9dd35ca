// Tool calls: arguments fragment by fragment, what state of JSON they are in, and what was declared.

import { mayComeOn } from "../coming.js";
import { el, onClick, oncePerFrame } from "../dom.js";
import { lowerBound } from "../stream.js";
import { recorded } from "../text/controls.js";
import { titled } from "../text/line.js";
import { runsOf, stateOf } from "./call_states.js";
import { cursorLine, emptyPane, strip } from "./charts.js";
import { jsonPane } from "./json_lines.js";
import { pane } from "./sheet.js";

/**
 * @param {import("../messages").ToolsPane} view as `panes.tools` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @returns {{root: HTMLElement, destroy?: () => void}}
 */
export function toolsPane(view, stream, state) {
  if (!view.calls.length) {
    const offered = view.declared.length
      ? ["The request declared ", view.declared.flatMap((tool, at) => [at ? ", " : "", el("bdi", {}, recorded(tool.name))]), "; none was called."]
      : view.why;
    return { root: pane(emptyPane("No tool call", offered), ...view.declared.map(declaration)) };
  }
  const calls = view.calls.map((call) => toolCall(call, stream, state));
  const names = new Set(view.calls.map((call) => call.name));
  return { root: pane(...calls.map((call) => call.root), ...view.declared.filter((tool) => !names.has(tool.name)).map(declaration)), destroy: () => calls.forEach((call) => call.destroy()) };
}

/** @typedef {import("../messages").ToolCall} ToolCall */
/** @typedef {import("../stream.js").Stream} Stream */
/** @typedef {import("../state.js").State} State */

/** @param {ToolCall} call @param {Stream} stream @param {State} state */
function toolCall(call, stream, state) {
  const now = el("span.rx-state");
  const grown = argumentsOf(call, stream, state, now);
  const bar = strip(runsOf(call.fragments, call.takes_json), stream.nChunks, state);
  const line = cursorLine(state, stream.nChunks);
  bar.append(line.node);
  const root = el("section.rx-call", {},
    el("h4", {}, el("span.rx-call-name", {}, call.name === null ? "not named" : recorded(call.name)), el("span.rx-label", {}, recorded(call.about)), now),
    bar, grown.root,
    call.misfits.length ? el("ul.rx-list-plain.rx-misfits", {}, call.misfits.map((words) => el("li", {}, recorded(words)))) : null,
    call.schema ? declaration({ name: call.name, description: call.description, schema: call.schema }) : call.undeclared ? el("p.rx-label", {}, recorded(call.undeclared)) : null);
  return { root, destroy: () => { grown.destroy(); line.destroy(); } };
}

/** The arguments of a call, pale where they have not come yet; `now` is kept at what can be said of them. @param {ToolCall} call @param {Stream} stream @param {State} state @param {HTMLElement} now */
function argumentsOf(call, stream, state, now) {
  const pieces = call.fragments.map((fragment) => el("span.rx-event", { dataset: { chunk: fragment.chunk } }, recorded(fragment.text)));
  const root = el("pre.rx-arguments", { tabindex: "0", role: "region", "aria-label": `arguments of ${call.name === null ? "a call that is not named" : titled(call.name)}, ${titled(call.about)}` }, pieces);
  const under = (/** @type {MouseEvent} */ { target }) => {
    const chunk = target instanceof Element ? target.closest("[data-chunk]")?.getAttribute("data-chunk") ?? null : null;
    return chunk === null ? null : Number(chunk);
  };
  onClick(root, (event) => {
    const chunk = under(event);
    if (chunk !== null) state.set("cursor", chunk);
  });
  root.addEventListener("mouseover", (event) => state.set("hover", under(event)));
  root.addEventListener("mouseleave", () => state.set("hover", null));

  const chunks = Int32Array.from(call.fragments, (fragment) => fragment.chunk);
  /** @type {number | null} */
  let cameBefore = null;
  /** @type {HTMLElement[]} */
  let current = [];
  /** @type {HTMLElement[]} */
  let lit = [];

  /** The pieces of a chunk. */
  const of = (/** @type {number} */ chunk) => pieces.slice(lowerBound(chunks, chunk), lowerBound(chunks, chunk + 1));

  function paint() {
    const cursor = state.get("cursor"), came = lowerBound(chunks, cursor + 1);
    // Only what the cursor passed is another now.
    const [from, to] = cameBefore === null ? [0, pieces.length] : [Math.min(came, cameBefore), Math.max(came, cameBefore)];
    for (let at = from; at < to; at++) pieces[at].classList.toggle("rx-later", at >= came);
    current.forEach((piece) => piece.classList.remove("rx-now"));
    current = of(cursor);
    current.forEach((piece) => piece.classList.add("rx-now"));
    cameBefore = came;
    const { name, words } = stateOf(call.fragments[came - 1] ?? null, {
      isFinished: call.finish_chunk !== null && cursor >= call.finish_chunk, isOver: cursor >= stream.nChunks - 1 && !mayComeOn(stream, state),
      takesJson: call.takes_json, chars: call.fragments[came - 1]?.chars ?? 0,
    });
    now.className = `rx-state rx-state-${name}`;
    now.textContent = words;
  }

  function light() {
    lit.forEach((piece) => piece.classList.remove("rx-hover"));
    const hover = state.get("hover");
    lit = hover === null ? [] : of(hover);
    lit.forEach((piece) => piece.classList.add("rx-hover"));
  }

  const repaint = oncePerFrame(paint);
  const ends = [state.on("cursor coming", repaint), state.on("hover", light), repaint.cancel];
  paint();
  return { root, destroy: () => ends.forEach((end) => end()) };
}

/** @param {Pick<ToolCall, "name" | "description" | "schema">} tool */
export function declaration(tool) {
  const inside = tool.schema ? jsonPane("as declared", tool.schema) : el("p.rx-label", {}, "declared without a schema");
  return el("details.rx-declared", {}, el("summary", {}, el("span.rx-label", {}, "declared as "), recorded(tool.name)), tool.description ? el("p", {}, recorded(tool.description)) : null, inside);
}
