// The right-hand side: one recording, from what it is (head) over how it flowed (lanes) to what is wrong
// (findings) and what came (text, raw chunk).
//
// Takes what was told about the recording; builds its parts anew for each recording and ends them all together. What came
// whole, failed, or is another exchange over HTTP has no flow, and gets none.

import { mayComeOn } from "./coming.js";
import { count, el, errorWords } from "./dom.js";
import { head } from "./head.js";
import { goesOnBelow } from "./goes_on_below.js";
import { chosenFinding } from "./panes/chosen_finding.js";
import { findingsPane } from "./panes/findings.js";
import { PANES } from "./panes/panes.js";
import { chunkView, rawPane } from "./panes/raw.js";
import { recorded } from "./text/controls.js";
import { transcripts } from "./text/transcript.js";
import { roomForLanes } from "./timeline/blocks.js";
import { glossary } from "./timeline/glossary.js";
import { scrubber } from "./timeline/scrubber.js";
import { Timeline } from "./timeline/timeline.js";

/** @typedef {import("./messages").RecordingView} RecordingView */
/** @typedef {import("./messages").Start["severities"]} Severities */
/** @typedef {import("./stream.js").Stream} Stream */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./explorer.js").Source} Source */
/** What is shown of a recording, its rules by name. @typedef {Omit<RecordingView, "rules"> & { rules: Map<string | null, import("./messages").RuleWords> }} Found */
/** What a tab shows. @typedef {{ root: HTMLElement, destroy?: () => void }} Pane */

/**
 * What is shown of a recording in a room of a height.
 * @param {RecordingView} view
 * @param {Stream} stream
 * @param {State} state
 * @param {Source} source
 * @param {Severities} severities
 * @param {number} height
 * @param {boolean} isAsked Whether somebody asked for the chunk under the cursor.
 * @param {import("./head.js").Said | null} before What its head said until now.
 */
export function recordingView(view, stream, state, source, severities, height, isAsked, before) {
  const title = head(view, state, source, severities, before), flow = view.shape === "stream" ? flowOf(view, stream, state, severities, height) : null;
  /** @type {Found} */
  const found = { ...view, rules: new Map(Object.entries(view.rules)) };
  const finding = chosenFinding(found, stream, state, isAsked), below = tabbed(found, stream, state, source);
  return {
    root: el(`div.rx-recording.rx-shape-${view.shape}`, {}, title.root, flow?.roots ?? [], view.about ? el("p.rx-about-shape", {}, recorded(view.about)) : null, finding.root, below.roots),
    timeline: flow?.timeline, scrub: flow?.scrub, openCopies: title.openCopies, said: title.said, stepFinding: finding.step,
    destroy() {
      below.destroy();
      finding.destroy();
      flow?.destroy();
      title.destroy();
    },
  };
}

/**
 * How it flowed, and what the client had: words and legend, lanes, player.
 * @param {RecordingView} view @param {Stream} stream @param {State} state @param {Severities} severities @param {number} height
 */
function flowOf(view, stream, state, severities, height) {
  const timeline = new Timeline(stream, state, view.findings, severities, roomForLanes(height)), scrub = scrubber(stream, state, timeline);
  const said = el("div.rx-words"), say = () => said.replaceChildren(...words(stream.isOpen && !mayComeOn(stream, state) ? view.words_if_left : view.words));
  say();
  const end = state.on("coming", say);
  return {
    roots: [aboveLanes(view, stream, severities, said), timeline.root, scrub.root], timeline, scrub,
    destroy() {
      end();
      scrub.destroy();
      timeline.destroy();
    },
  };
}

/** Figures of how it flowed, each with its meaning to hover. @param {string[][]} figures */
const words = (figures) => figures.map(([label, value, title]) => el("span", { title }, el("span.rx-label", {}, `${label} `), el("b", {}, value)));

/** @param {RecordingView} view @param {Stream} stream @param {Severities} severities @param {HTMLElement} said */
function aboveLanes(view, stream, severities, said) {
  const seen = new Set(stream.shares.kind), [other, ...own] = stream.legend;
  const legend = [...own, other].filter((entry) => seen.has(stream.legend.indexOf(entry))).map(({ name, label }) =>
    el("span", {}, el(`i.rx-dot.rx-is-${name}`), label));
  const marked = new Set(view.findings.filter((finding) => finding.chunk !== null).map((finding) => finding.severity));
  legend.push(...severities.filter((severity) => marked.has(severity)).map((severity) => el("span", {}, el(`i.rx-sign.rx-sign-${severity}`), severity)));
  return el("div.rx-flow", {},
    glossary(view.glossary),
    said,
    el("div.rx-legend", {}, legend));
}

/** The tabs and the pane that is open. @param {Found} view @param {Stream} stream @param {State} state @param {Source} source */
function tabbed(view, stream, state, source) {
  /** @type {Record<string, () => Pane>} */
  const own = {
    text: () => textPane(view, stream, state, source),
    findings: () => findingsPane(view, stream, state, source),
  };
  /** @type {[string, string, number?][]} */
  const names = [
    ...(view.shape === "stream" || view.shape === "whole" ? [/** @type {[string, string]} */ (["text", "Text"])] : []),
    ...Object.entries(PANES).filter(([name, pane]) => view.panes.includes(name) && (pane.isOffered?.(view) !== false || state.get("tab") === name))
      .map(([name, pane]) => /** @type {[string, string, number?]} */ ([name, pane.label, pane.count?.(view)])),
    ["findings", "Findings", view.findings.length + view.more_findings], ["raw", "Raw"],
  ];
  const content = el("div.rx-content", { role: "tabpanel" });
  const buttons = names.map(([name, label, n]) => el("button.rx-tab", {
    type: "button", role: "tab", dataset: { tab: name }, onclick: () => state.set("tab", name),
  }, label, n ? el("span.rx-tab-count", {}, count(n)) : null));
  /** @type {Pane | null} */
  let shown = null;
  let showing = 0;

  async function open() {
    const wanted = state.get("tab"), mine = ++showing;
    // A tab that this recording has not stays chosen for the next one; until then the first is shown.
    const name = names.some(([each]) => each === wanted) ? wanted : names[0][0];
    buttons.forEach((button) => button.setAttribute("aria-selected", String(button.dataset.tab === name)));
    close();
    if (own[name]) return put(name, own[name]());
    // Most come at once; of one that does not, the pane before it must not stay under its name.
    const slow = setTimeout(() => mine === showing && put(null, { root: el("p.rx-missing", {}, "loading…") }), 150);
    try {
      const drawn = await drawnPane(/** @type {keyof import("./messages").Panes} */ (name));
      if (mine === showing) put(name, drawn());
    } catch (error) {
      if (mine === showing) put(name, { root: el("p.rx-failed", {}, recorded(errorWords(error))) });
    } finally {
      clearTimeout(slow);
    }
  }

  /** Asks for a pane; what draws it. @param {keyof import("./messages").Panes} name @returns {Promise<() => Pane>} */
  async function drawnPane(name) {
    if (name === "raw") {
      const made = await source.pane(view.id, name);
      return () => rawPane(made, stream, state, source);
    }
    const made = await source.pane(view.id, name), { draw } = PANES[name];
    return () => draw(made, stream, state, source);
  }

  /** @param {string | null} name @param {Pane} pane */
  function put(name, pane) {
    shown = pane;
    content.dataset.pane = name ?? "";
    content.setAttribute("aria-label", name ?? "loading");
    content.replaceChildren(pane.root);
    content.scrollTop = 0;
  }

  function close() {
    shown?.destroy?.();
    shown = null;
  }

  const below = goesOnBelow(content), borders = () => content.classList.toggle("rx-borders", state.get("borders"));
  const ends = [state.on("tab", open), state.on("borders", borders)];
  borders();
  open();
  return {
    roots: [el("div.rx-tabs", { role: "tablist" }, buttons), content],
    destroy() {
      showing++;
      close();
      below.destroy();
      ends.forEach((end) => end());
    },
  };
}

/** Text of all choices; beside it the raw chunk under the cursor. @param {Found} found @param {Stream} stream @param {State} state @param {Source} source */
function textPane(found, stream, state, source) {
  const texts = transcripts(stream, state, found.findings), slot = el("aside.rx-slot.rx-beside", { "aria-label": "raw chunk" }), raw = chunkView(stream, state, source, slot);
  return {
    root: el("div.rx-reading", {}, texts.root, slot),
    destroy() {
      raw.destroy();
      texts.destroy();
    },
  };
}
