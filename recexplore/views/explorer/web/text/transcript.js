// The text of every choice side by side: what has arrived at the cursor, chunk by chunk.
//
// Takes a Stream and the shared State. Text is shown by text nodes only and is always complete, so the browser's own search
// finds it; but only the stretches in sight are taken apart into a span an event, so a hundred thousand events cost no more
// than a hundred. A span has no width of its own: taking apart and putting together moves nothing. Stretches are blocks, so
// that one can be laid out without the others; they end where a line does, and only a text without any line end is cut.

import { el, onClick, oncePerFrame, plural } from "../dom.js";
import { ALL, lowerBound } from "../stream.js";
import { underlines } from "./underlines.js";

const STRETCH = 120, MOST_IN_STRETCH = 600;

export function transcripts(stream, state, findings) {
  const panes = stream.choices.map((choice) => transcript(stream, state, choice, findings));
  const beside = stream.lanes.includes(ALL) ? transcript(stream, state, { choice: ALL, name: "all choices" }, findings) : null;
  if (beside && beside.hasText) panes.push(beside);
  else beside?.destroy();
  const root = el("div.rx-texts", { style: { "--rx-columns": String(Math.min(Math.max(panes.length, 1), 3)) } }, panes.map((pane) => pane.root));
  if (!panes.length) root.append(el("section.rx-pane.rx-nothing", {}, stream.nChunks ? "No text came in this answer." : "The recording holds no answer."));
  return { root, destroy: () => panes.forEach((pane) => pane.destroy()) };
}

function transcript(stream, state, choice, findings) {
  const events = [];
  for (let i = 0; i < stream.nEvents; i++) {
    if (stream.choice[i] === choice.choice && stream.kindOf(i).look) events.push(i);
  }
  const chunkOf = (place) => stream.chunk[events[place]];
  const kindOf = (place) => stream.kindOf(events[place]);
  const classes = ({ name, look }) => `.rx-kind-${name}.rx-look-${look}`;
  const chunks = Int32Array.from(events, (event) => stream.chunk[event]);
  const underlined = underlines(stream, events, choice.choice, findings);

  const title = el("h4", {}, el("span", {}, choice.name), el("span.rx-label.rx-as-of", {}));
  const text = el("div.rx-text", { tabindex: "0", "aria-label": `text of ${choice.name}` });
  const root = el("section.rx-pane.rx-transcript", {}, title, text);
  /** Whether a new line begins here: a tool call of its own, after text. */
  const begins = (place) => place > 0 && stream.toolNames.has(events[place]);

  /** What an event says, in parts: [[text, the finding about it]]. */
  function said(place) {
    const event = events[place], name = stream.toolNames.get(event), text = stream.textOf(event);
    const before = (begins(place) ? "\n" : "") + (name === undefined ? "" : `${name} `);
    const parts = before ? [[before, null]] : [];
    let at = 0;
    for (const [from, to, finding] of underlined(place)) {
      if (from > at) parts.push([text.slice(at, from), null]);
      parts.push([text.slice(from, to), finding]);
      at = to;
    }
    if (at < text.length || !parts.length) parts.push([text.slice(at), null]);
    return parts;
  }

  const look = (finding) => (finding ? `.rx-found.rx-found-${finding.severity}` : "");
  const why = (finding) => (finding ? [finding.rule, finding.message].filter(Boolean).join(": ") : null);

  function endsLine(place) {
    return stream.text[stream.offset[events[place] + 1] - 1] === "\n" && stream.offset[events[place]] < stream.offset[events[place] + 1];
  }

  /** Where a stretch that begins at a place ends: at the first line end after enough events. */
  function endOfStretch(from) {
    const most = Math.min(from + MOST_IN_STRETCH, events.length);
    for (let to = from + STRETCH; to < most; to++) if (endsLine(to - 1)) return to;
    return most;
  }

  /** One node for each run of a kind. */
  function together(stretch) {
    const runs = [];
    for (let place = stretch.from; place < stretch.to; place++) {
      const kind = kindOf(place);
      for (const [text, finding] of said(place)) {
        const run = runs.at(-1);
        if (run?.kind === kind && run.finding === finding) run.text += text;
        else runs.push({ kind, finding, text });
      }
    }
    stretch.isApart = false;
    stretch.node.replaceChildren(...runs.map(({ kind, finding, text }) => el(`span${classes(kind)}${look(finding)}`, {}, text)));
    mark(stretch);
  }

  /** One node for each event; within it one for each part that a finding is about, unless that is all of it. */
  function apart(stretch) {
    if (stretch.isApart) return;
    const nodes = [];
    for (let place = stretch.from; place < stretch.to; place++) {
      const parts = said(place), all = parts.length === 1 ? parts[0][1] : null, dataset = { chunk: chunkOf(place) };
      nodes.push(el(`span.rx-event${classes(kindOf(place))}${look(all)}`, { title: why(all), dataset },
        parts.map(([text, finding]) => (finding && !all ? el(`span${look(finding)}`, { title: why(finding), dataset }, text) : text))));
    }
    stretch.isApart = true;
    stretch.node.replaceChildren(...nodes);
    mark(stretch);
    paint(stretch);
  }

  /** Marks what was searched for, without another element: a word may reach over many. */
  function mark(stretch) {
    if (!hits) return;
    (stretch.hits ?? []).forEach((range) => hits.delete(range));
    stretch.hits = state.get("substrings").length ? rangesOf(stretch.node, state.get("substrings")) : [];
    stretch.hits.forEach((range) => hits.add(range));
  }

  function paint(stretch) {
    const cursor = state.get("cursor");
    stretch.node.classList.toggle("rx-later", stretch.first > cursor);
    if (!stretch.isApart) return;
    const hover = state.get("hover");
    for (const node of stretch.node.children) {
      const chunk = Number(node.dataset.chunk);
      node.classList.toggle("rx-later", chunk > cursor && stretch.first <= cursor);
      node.classList.toggle("rx-now", chunk === cursor);
      node.classList.toggle("rx-hover", chunk === hover);
    }
  }

  const stretches = [];
  for (let from = 0; from < events.length;) {
    const to = endOfStretch(from);
    const node = el(`span.rx-stretch${to < events.length && !endsLine(to - 1) ? ".rx-cut" : ""}`);
    const stretch = { node, from, to, first: chunkOf(from), last: chunkOf(to - 1), isApart: false, isInSight: false };
    node.rxStretch = stretch;
    stretches.push(stretch);
    together(stretch);
    text.append(node);
    from = to;
  }

  /** The stretches that hold a chunk. */
  const holding = (chunk) => stretches.filter((stretch) => stretch.first <= chunk && chunk <= stretch.last);

  let cursorBefore = state.get("cursor"), hoverBefore = null, kept = null;

  function showCursor() {
    const cursor = state.get("cursor");
    const [low, high] = [Math.min(cursor, cursorBefore), Math.max(cursor, cursorBefore)];
    cursorBefore = cursor;
    for (const stretch of stretches) {
      if (stretch.last < low || stretch.first > high) continue;
      if (stretch.first <= cursor && cursor <= stretch.last) apart(stretch);
      else rest(stretch);
      paint(stretch);
    }
    const came = lowerBound(chunks, cursor + 1);
    title.lastChild.textContent = about(came);
    root.classList.toggle("rx-silent", came === 0);
    keepInSight(came);
  }

  /** Puts a stretch together again where nobody sees it and the cursor is not in it. */
  function rest(stretch) {
    if (stretch.isApart && !stretch.isInSight) together(stretch);
  }

  function about(came) {
    const cursor = state.get("cursor");
    const words = [];
    if (choice.choice !== ALL && !choice.role) words.push("no role was ever sent");
    if (choice.finish && cursor >= choice.finish_chunk) words.push(choice.finish);
    else if (cursor >= stream.nChunks - 1 && choice.choice !== ALL && !choice.finish) words.push("never finished");
    else if (cursor < stream.nChunks - 1) words.push(came ? `as of chunk ${cursor.toLocaleString("en")}` : "nothing yet");
    return words.join(" · ");
  }

  function keepInSight(came) {
    const stretch = stretches.find((each) => each.from < came && came <= each.to) ?? (came === 0 ? stretches[0] : null);
    if (!stretch) return;
    if (kept && kept !== stretch) rest(kept);
    kept = stretch;
    apart(stretch);
    let node = stretch.node.children[Math.max(came - 1 - stretch.from, 0)];
    // A tag that is not shown stands nowhere.
    while (node && node.offsetParent === null) node = node.previousElementSibling;
    if (!node || text.clientHeight === 0) return;
    const top = node.offsetTop, bottom = top + node.offsetHeight;
    if (bottom > text.scrollTop + text.clientHeight - 4) text.scrollTop = bottom - text.clientHeight + 24;
    else if (top < text.scrollTop) text.scrollTop = Math.max(0, top - 24);
  }

  function showHover() {
    const hover = state.get("hover");
    for (const chunk of [hoverBefore, hover]) {
      if (chunk !== null) for (const stretch of holding(chunk)) if (stretch.isApart) paint(stretch);
    }
    hoverBefore = hover;
  }

  text.addEventListener("mouseover", (event) => {
    const chunk = event.target.dataset?.chunk;
    state.set("hover", chunk === undefined ? null : Number(chunk));
  });
  text.addEventListener("mouseleave", () => state.set("hover", null));
  onClick(text, (event) => {
    const chunk = event.target.dataset?.chunk;
    if (chunk !== undefined) state.set("cursor", Number(chunk));
  });

  const inSight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const stretch = target.rxStretch;
      stretch.isInSight = isIntersecting;
      if (isIntersecting) apart(stretch);
      else if (stretch !== kept) rest(stretch);
    }
  }, { root: text, rootMargin: "120px" });
  stretches.forEach((stretch) => { paint(stretch); inSight.observe(stretch.node); });
  const onCursor = oncePerFrame(showCursor), onHover = oncePerFrame(showHover);
  const ends = [state.on("cursor", onCursor), state.on("hover", onHover), state.on("substrings", () => stretches.forEach(mark))];
  const shown = new ResizeObserver(() => keepInSight(lowerBound(chunks, state.get("cursor") + 1)));
  shown.observe(text);
  if (!events.length) text.append(el("span.rx-missing", {}, noText(stream, choice)));
  showCursor();
  return {
    root,
    hasText: events.length > 0,
    destroy() {
      onCursor.cancel();
      onHover.cancel();
      inSight.disconnect();
      shown.disconnect();
      ends.forEach((end) => end());
      stretches.forEach((stretch) => (stretch.hits ?? []).forEach((range) => hits.delete(range)));
    },
  };
}

// Browsers without the CSS Custom Highlight API show no marks.
const hits = globalThis.Highlight && CSS.highlights ? new Highlight() : null;
if (hits) CSS.highlights.set("rx-hit", hits);

/** Where words stand in an element's text, as ranges. */
function rangesOf(root, substrings) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), nodes = [], starts = [];
  let text = "";
  while (walker.nextNode()) {
    nodes.push(walker.currentNode);
    starts.push(text.length);
    text += walker.currentNode.data;
  }
  const low = text.toLowerCase(), ranges = [];
  // Letters that change their length with their case would shift every place behind them.
  if (low.length !== text.length) return ranges;
  const place = (at, isEnd) => {
    const node = lowerBound(starts, isEnd ? at : at + 1) - 1;
    return [nodes[node], at - starts[node]];
  };
  for (const substring of substrings.map((each) => each.toLowerCase())) {
    for (let at = low.indexOf(substring); substring && at >= 0 && ranges.length < 500; at = low.indexOf(substring, at + substring.length)) {
      const range = new Range();
      range.setStart(...place(at, false));
      range.setEnd(...place(at + substring.length, true));
      ranges.push(range);
    }
  }
  return ranges;
}

function noText(stream, choice) {
  let n = 0;
  for (const each of stream.choice) n += each === choice.choice;
  return n ? `${plural(n, "event")}, but no text` : "nothing came";
}

