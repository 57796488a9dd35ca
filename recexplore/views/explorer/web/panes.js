// The panes under the timeline, beside the text itself and the findings: reasoning, tokens, timing, tools, raw.
//
// Each takes what the kernel answered, the Stream, the shared State and the source; gives an element and, where it listens
// to anything, a way to end that. Figures were computed by `recexplore.analysis`; nothing is computed here.

import { chunkLink, cursorLine, emptyPane, histogram, partsBar, strip, table } from "./charts.js";
import { count, el, onClick, oncePerFrame, percent, plural, seconds } from "./dom.js";
import { jsonPane } from "./json_lines.js";
import { lowerBound } from "./stream.js";

const BREATH_MS = 40;

const text = (label, title = null) => ({ label, title });
const number = (label, title = null) => ({ label, title, isNumber: true });

function pane(...inside) {
  return el("div.rx-sheet", {}, ...inside);
}

export function reasoningPane(view, stream, state) {
  if (!view.choices.length) {
    return { root: pane(...view.notes.map(note), emptyPane("No reasoning and no content", "Nothing in this recording has a phase: no text of an answer came.")) };
  }
  const ends = [];
  const parts = view.choices.map((choice) => {
    const line = cursorLine(state, stream.nChunks);
    ends.push(line.destroy);
    const bar = strip(choice.phases.map((phase) => ({
      kind: phase.phase, from: phase.first_chunk, to: phase.last_chunk,
      title: `${phase.phase}: chunks ${count(phase.first_chunk)} to ${count(phase.last_chunk)}, ${plural(phase.chars, "character")}`,
    })), stream.nChunks, state);
    bar.append(line.node);
    return [
      el("h4", {}, el("span", {}, choice.name), el("span.rx-label", {}, choice.words)),
      bar,
      table(
        [text("phase"), number("stretches", "how often this phase began"), number("events"), number("characters"),
          number("share", "of the choice's characters, tags left out"), number("time", "from its first to its last chunk"),
          number("tokens", "as reported; of the whole recording"), text("from")],
        choice.split.map((row) => [
          el("span", {}, el(`i.rx-dot.rx-is-${row.phase}`), row.phase), count(row.n_phases), count(row.n_events), count(row.chars),
          el("span.rx-share", {}, percent(row.share), partsBar([
            { kind: row.phase, size: row.share }, { kind: "nothing", size: 1 - row.share },
          ])),
          row.seconds === null ? "–" : seconds(row.seconds), count(row.tokens), chunkLink(state, row.first_chunk),
        ]),
      ),
    ];
  });
  return { root: pane(...view.notes.map(note), ...parts.flat()), destroy: () => ends.forEach((end) => end()) };
}

const note = ({ level, words }) => el(`p.rx-noted.rx-noted-${level}`, {}, words);

export function tokensPane(view, stream, state) {
  const seen = el("p.rx-seen", {}, el("span.rx-label", {}, "seen on the wire "), view.seen);
  if (!view.reports.length) {
    return { root: pane(emptyPane("Tokens not reported", view.why), seen) };
  }
  const positions = view.positions.map((each) =>
    el("div.rx-position", { title: each.words },
      el("span.rx-label", {}, each.figure), el("div.rx-scale", {}, el("i", { style: { left: `${each.percentile * 100}%` } })), el("span", {}, each.words)));
  return {
    root: pane(
      el("div.rx-tokens-bar", {}, partsBar(view.parts.map((part) => ({ kind: part.kind, size: part.tokens, title: `${count(part.tokens)} ${part.label}` })))),
      el("div.rx-legend", {}, view.parts.map((part) => el("span", {}, el(`i.rx-dot.rx-is-${part.kind}`), el("b", {}, count(part.tokens)), ` ${part.label}`))),
      ...view.notes.map(note),
      seen,
      positions.length ? el("h4", {}, "Among the recordings of ", el("b", {}, view.model)) : null,
      ...positions,
      el("h4", {}, "Reports as they came"),
      table(
        [text("chunk"), text("choice"), ...view.figures.map((figure) => number(figure)), text("source")],
        view.reports.map((row) => [chunkLink(state, row.chunk), row.choice ?? "all", ...view.figures.map((figure) => count(row[figure])), row.source ?? ""]),
      ),
      view.more ? el("p.rx-label", {}, `and ${plural(view.more, "report")} more: corpus.usage has them all`) : null,
    ),
  };
}

export function timingPane(view, stream, state) {
  if (!view.has_time) return { root: pane(emptyPane("Time not recorded", view.why)) };
  const line = cursorLine(state, stream.nChunks);
  const gaps = gapStrip(view, stream, state);
  gaps.root.append(line.node);
  return {
    root: pane(
      el("p.rx-label", {}, view.words),
      table(
        [text("choice"), ...view.metrics.map((metric) => number(metric.label, `${metric.definition} (${metric.source})`))],
        view.choices.map((choice) => [choice.name, ...view.metrics.map((metric) =>
          choice.values[metric.name] === null ? el("span.rx-label", { title: metric.missing ?? "not to be had from this recording" }, "–") : metric.unit === "s" ? seconds(choice.values[metric.name]) : `${count(Math.round(choice.values[metric.name] * 10) / 10)}${metric.unit ? ` ${metric.unit}` : ""}`)]),
      ),
      el("h4", {}, "Gap before each chunk ", el("span.rx-label", {}, `longest ${seconds(view.longest)}`)),
      gaps.root,
      view.marks.length ? el("ul.rx-list-plain", {}, view.marks.map((mark) => el("li", {},
        el(`span.rx-badge.rx-badge-${mark.mark}`, {}, mark.mark), " ", chunkLink(state, mark.first_chunk), `: ${mark.words}`)))
        : el("p.rx-label", {}, "No stall and no burst."),
      view.more_marks ? el("p.rx-label", {}, `and ${count(view.more_marks)} more: recexplore.analysis.timing.marks has them all`) : null,
      el("h4", {}, "How gaps are distributed ", el("span.rx-label", {}, "between a choice's own chunks with text, on a logarithmic axis")),
      el("div.rx-histograms", {}, view.distributions.map((each) => el("figure", {}, el("figcaption.rx-label", {}, each.name), each.bins.length ? histogram(each.bins, seconds) : null))),
      el("details.rx-definitions", {}, el("summary", {}, "What these figures mean"), el("dl", {}, view.metrics.flatMap((metric) => [
        el("dt", {}, `${metric.label} · ${metric.full}`), el("dd", {}, `${metric.definition} `, el("span.rx-label", {}, metric.source)),
      ]))),
    ),
    destroy: () => { line.destroy(); gaps.destroy(); },
  };
}

/** A column a chunk, as high as the gap before it; more chunks than columns share one, the longest gap standing for them. */
function gapStrip(view, stream, state) {
  const root = el("div.rx-gaps");
  const columns = Math.min(stream.nChunks, 400);
  for (let at = 0; at < columns; at++) {
    const first = Math.floor((at * stream.nChunks) / columns), end = Math.max(first + 1, Math.floor(((at + 1) * stream.nChunks) / columns));
    let gap = 0, chunk = first, mark = null;
    for (let each = first; each < end; each++) {
      const own = view.gaps[each] ?? 0;
      if (own > gap) [gap, chunk] = [own, each];
      mark ??= view.gap_marks[each];
    }
    const column = el("span", { title: `chunk ${count(chunk)}: ${seconds(gap)}${mark ? `, ${mark}` : ""}` }, el(`i${mark ? `.rx-mark-${mark}` : ""}`));
    column.firstChild.style.height = gap > 0 && view.longest > 0 ? `max(1px, ${(gap / view.longest) * 100}%)` : "0";
    column.addEventListener("click", () => state.set("cursor", chunk));
    column.addEventListener("mouseenter", () => state.set("hover", chunk));
    column.addEventListener("mouseleave", () => state.set("hover", null));
    root.append(column);
  }
  return { root, destroy() {} };
}

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

export function rawPane(view, stream, state, source) {
  const slot = el("div.rx-slot");
  const made = el("section.rx-pane.rx-made");
  const request = view.request === null ? el("section.rx-pane", {}, el("h4", {}, "request"), el("p.rx-missing", {}, view.why)) : jsonPane("request", view.request);
  const chunk = chunkView(stream, state, source, slot, made);
  return { root: el("div.rx-three", {}, request, slot, made), destroy: chunk.destroy };
}

const madeEvent = (event) => el("div.rx-made-event", {},
  el("div", {}, el("b", {}, event.kind), el("span.rx-label", {}, event.choice === null ? " · all choices" : ` · choice ${event.choice}`)),
  event.text ? el("div.rx-made-text", {}, event.text) : null,
  el("div.rx-label", {}, event.more));

/** Keeps `slot` at the raw JSON of the chunk under the cursor, and `made` at the events that were made of it. */
export function chunkView(stream, state, source, slot, made = null) {
  let asked = null, isOver = false, isAsking = false;

  async function show() {
    const chunk = state.get("cursor");
    if (!stream.nChunks || asked === chunk) return;
    asked = chunk;
    let view;
    try {
      view = await source.chunk(stream.id, chunk);
    } catch (error) {
      view = { raw: null, why: error.message, events: [] };
    }
    if (isOver) return;
    slot.replaceChildren(jsonPane(`chunk ${count(chunk)}, raw`, view.raw, view.why));
    made?.replaceChildren(el("h4", {}, "what was made of it"), ...view.events.map(madeEvent));
  }

  /** Follows the cursor as fast as the kernel answers: one question at a time, always for where it is by then. */
  async function follow() {
    if (isAsking) return;
    isAsking = true;
    while (!isOver && asked !== state.get("cursor")) {
      slot.classList.add("rx-stale");
      await show();
      await new Promise((done) => setTimeout(done, BREATH_MS));
    }
    slot.classList.remove("rx-stale");
    isAsking = false;
  }

  if (!stream.nChunks) slot.replaceChildren(jsonPane("raw", null, "There is no chunk to show."));
  else slot.replaceChildren(jsonPane(`chunk ${count(state.get("cursor"))}, raw`, null));
  follow();
  const end = state.on("cursor", follow);
  return {
    destroy() {
      isOver = true;
      end();
    },
  };
}

/** The panes that the kernel answers by name: a tab each, in this order. `draw(view, stream, state)` gives `{ root, destroy? }`. */
export const PANES = {
  reasoning: { label: "Reasoning", draw: reasoningPane },
  tokens: { label: "Tokens", draw: tokensPane },
  timing: { label: "Timing", draw: timingPane },
  tools: { label: "Tools", draw: toolsPane, count: (facts) => facts.n_tool_calls },
};
