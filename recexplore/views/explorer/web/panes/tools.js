// Tool calls: arguments fragment by fragment, what state of JSON they are in, and what was declared.

import { count, el, onClick, oncePerFrame } from "../dom.js";
import { lowerBound } from "../stream.js";
import { cursorLine, emptyPane, strip } from "./charts.js";
import { jsonPane } from "./json_lines.js";
import { pane } from "./sheet.js";

const STATES = {
  empty: "no argument yet", incomplete: "not complete yet", complete: "complete JSON", broken: "can no longer become JSON",
  "not an object": "JSON, but no object",
};

export function toolsPane(view, stream, state) {
  if (!view.calls.length) {
    const offered = view.declared.length
      ? ["The request declared ", view.declared.flatMap((tool, at) => [at ? ", " : null, el("bdi", {}, tool.name)]), "; none was called."]
      : view.why ?? "The request declared no tool and the answer calls none.";
    return { root: pane(emptyPane("No tool call", offered), ...view.declared.map(declaration)) };
  }
  const calls = view.calls.map((call) => toolCall(call, stream, state));
  return { root: pane(...calls.map((call) => call.root), ...view.declared.filter((tool) => !view.calls.some((call) => call.name === tool.name)).map(declaration)), destroy: () => calls.forEach((call) => call.destroy()) };
}

function toolCall(call, stream, state) {
  const arguments_ = el("pre.rx-arguments", { tabindex: "0", "aria-label": `arguments of ${call.name ?? "an unnamed call"}` });
  const now = el("span.rx-state");
  const pieces = call.fragments.map((fragment) => el("span.rx-event", { dataset: { chunk: fragment.chunk } }, fragment.text));
  arguments_.append(...pieces);
  const under = (event) => (event.target.dataset?.chunk === undefined ? null : Number(event.target.dataset.chunk));
  onClick(arguments_, (event) => under(event) !== null && state.set("cursor", under(event)));
  arguments_.addEventListener("mouseover", (event) => state.set("hover", under(event)));
  arguments_.addEventListener("mouseleave", () => state.set("hover", null));
  const bar = strip(runsOf(call.fragments), stream.nChunks, state);
  const line = cursorLine(state, stream.nChunks);
  bar.append(line.node);

  const chunks = Int32Array.from(call.fragments, (fragment) => fragment.chunk);
  let cameBefore = null, lit = [];

  /** The pieces of a chunk. */
  const of = (chunk) => pieces.slice(lowerBound(chunks, chunk), lowerBound(chunks, chunk + 1));

  function paint() {
    const cursor = state.get("cursor"), came = lowerBound(chunks, cursor + 1);
    // Only what the cursor passed is another now.
    const [from, to] = cameBefore === null ? [0, pieces.length] : [Math.min(came, cameBefore), Math.max(came, cameBefore)];
    for (let at = from; at < to; at++) pieces[at].classList.toggle("rx-later", at >= came);
    arguments_.querySelectorAll(".rx-now").forEach((piece) => piece.classList.remove("rx-now"));
    of(cursor).forEach((piece) => piece.classList.add("rx-now"));
    cameBefore = came;
    const last = came ? call.fragments[came - 1] : null;
    now.className = `rx-state rx-state-${(last?.state ?? "empty").replaceAll(" ", "-")}`;
    now.textContent = last ? STATES[last.state] : "not begun";
    if (last?.broken_at !== null && last?.broken_at !== undefined) now.textContent += ` (from character ${count(last.broken_at)})`;
  }

  function light() {
    lit.forEach((piece) => piece.classList.remove("rx-hover"));
    lit = state.get("hover") === null ? [] : of(state.get("hover"));
    lit.forEach((piece) => piece.classList.add("rx-hover"));
  }

  const repaint = oncePerFrame(paint);
  const ends = [state.on("cursor", repaint), state.on("hover", light), line.destroy, repaint.cancel];
  paint();
  const root = el("section.rx-call", {},
    el("h4", {}, el("span.rx-call-name", {}, call.name ?? "no name was sent"), el("span.rx-label", {}, call.about), now),
    bar, arguments_,
    call.misfits.length ? el("ul.rx-list-plain.rx-misfits", {}, call.misfits.map((words) => el("li", {}, words))) : null,
    call.schema ? declaration({ name: call.name, description: call.description, schema: call.schema }) : el("p.rx-label", {}, call.undeclared));
  return { root, destroy: () => ends.forEach((end) => end()) };
}

/** Neighbouring fragments in the same state, as one stretch of the strip. */
function runsOf(fragments) {
  const runs = [];
  for (const fragment of fragments) {
    const kind = `state-${fragment.state.replaceAll(" ", "-")}`, last = runs.at(-1);
    if (last && last.kind === kind) last.to = fragment.chunk;
    else runs.push({ kind, from: fragment.chunk, to: fragment.chunk });
    runs.at(-1).title = `${STATES[fragment.state]}: chunks ${count(runs.at(-1).from)} to ${count(runs.at(-1).to)}`;
  }
  return runs;
}

function declaration(tool) {
  const inside = tool.schema ? jsonPane("as declared", tool.schema) : el("p.rx-label", {}, "declared without a schema");
  return el("details.rx-declared", {}, el("summary", {}, el("span.rx-label", {}, "declared as "), tool.name), tool.description ? el("p", {}, tool.description) : null, inside);
}
