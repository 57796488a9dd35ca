// The right-hand side: one recording, from what it is (facts) over how it flowed (lanes) to why (finding, raw chunk).
//
// Takes what the kernel told about the recording; builds its parts anew for each recording and ends them all together.

import { copyButton, count, el, plural } from "./dom.js";
import { findingsBeside, findingsPane } from "./panes/findings.js";
import { PANES } from "./panes/panes.js";
import { chunkView, rawPane } from "./panes/raw.js";
import { glossary } from "./timeline/glossary.js";
import { scrubber } from "./timeline/scrubber.js";
import { Timeline } from "./timeline/timeline.js";
import { transcripts } from "./text/transcript.js";

export function recordingView(view, stream, state, source, severities) {
  const { findings } = view, found = { ...view, rules: new Map(Object.entries(view.rules)) };
  const timeline = new Timeline(stream, state, findings, severities);
  const scrub = scrubber(stream, state, timeline);
  const content = el("div.rx-content", { role: "tabpanel" });
  const tabs = el("div.rx-tabs", { role: "tablist" });
  const names = [
    ["text", "Text"],
    ...Object.entries(PANES).map(([name, pane]) => [name, pane.label, pane.count?.(view)]),
    ["findings", "Findings", findings.length + view.more_findings], ["raw", "Raw"],
  ];
  const buttons = names.map(([name, label, n]) => el("button.rx-tab", {
    type: "button", role: "tab", dataset: { tab: name }, onclick: () => state.set("tab", name),
  }, label, n ? el("span.rx-tab-count", {}, count(n)) : null));
  tabs.append(...buttons);
  let shown = null, showing = 0;

  async function open() {
    const name = state.get("tab"), mine = ++showing;
    buttons.forEach((button) => button.setAttribute("aria-selected", String(button.dataset.tab === name)));
    close();
    if (name === "text") return put(name, textPane());
    if (name === "findings") return put(name, findingsPane(found, stream, state));
    // Most come at once; of one that does not, the pane before it must not stay under its name.
    const slow = setTimeout(() => mine === showing && put(null, { root: el("p.rx-missing", {}, "loading…") }), 150);
    try {
      const made = await source.pane(view.id, name);
      if (mine === showing) put(name, name === "raw" ? rawPane(made, stream, state, source) : PANES[name].draw(made, stream, state));
    } catch (error) {
      if (mine === showing) put(name, { root: el("p.rx-failed", {}, error.message) });
    } finally {
      clearTimeout(slow);
    }
  }

  function put(name, pane) {
    shown = pane;
    content.dataset.pane = name ?? "";
    content.setAttribute("aria-label", name ?? "loading");
    content.replaceChildren(pane.root);
  }

  function close() {
    shown?.destroy?.();
    shown = null;
  }

  /** Text of all choices; beside it the findings at the cursor and the raw chunk. */
  function textPane() {
    const texts = transcripts(stream, state, findings);
    const slot = el("div.rx-slot"), here = findingsBeside(found, stream, state);
    const raw = chunkView(stream, state, source, slot);
    return {
      root: el("div.rx-reading", {}, texts.root, el("aside.rx-why", {}, here.root, slot)),
      destroy() {
        here.destroy();
        raw.destroy();
        texts.destroy();
      },
    };
  }

  const borders = () => content.classList.toggle("rx-borders", state.get("borders"));
  const ends = [state.on("tab", open), state.on("borders", borders)];
  borders();
  open();
  return {
    root: el("div.rx-recording", {}, head(view, state, source, severities), flow(view, stream, severities), timeline.root, scrub.root, tabs, content),
    timeline, scrub,
    destroy() {
      showing++;
      close();
      ends.forEach((end) => end());
      scrub.destroy();
      timeline.destroy();
    },
  };
}

function head(view, state, source, severities) {
  const fact = ([label, value]) => el(`span.rx-fact${label === "error" ? ".rx-fact-error" : ""}`, {}, el("span.rx-label", {}, label), " ", el("b", {}, value));
  const link = copyButton("copy link", () => view.link.join(String(state.get("cursor"))), "copy code that opens the explorer right here");
  const counts = severities.map((severity) => [severity, view.n_findings[severity]]).filter(([, n]) => n);
  const title = el("h3.rx-prompt");
  const entitle = (prompt) => {
    title.textContent = prompt || "no question was recorded";
    title.title = prompt;
    title.classList.toggle("rx-missing", !prompt);
  };
  if (view.prompt === null) source.prompt(view.id).then(entitle, (error) => entitle(error.message));
  else entitle(view.prompt);
  return el("header.rx-head", {},
    title,
    el("div.rx-where", { title: view.path }, el("code", {}, view.id), " ", el("span", {}, view.test || view.path), link),
    el("div.rx-facts", {}, view.facts.map(fact), counts.map(([severity, n]) => el(`button.rx-badge.rx-badge-${severity}`, { type: "button", onclick: () => state.set("tab", "findings") }, plural(n, severity)))));
}

function flow(view, stream, severities) {
  const seen = new Set(stream.shares.kind), [other, ...own] = stream.legend;
  const legend = [...own, other].filter((entry) => seen.has(stream.legend.indexOf(entry))).map(({ name, label }) =>
    el("span", {}, el(`i.rx-dot.rx-is-${name}`), label));
  const marked = new Set(view.findings.filter((finding) => finding.chunk !== null).map((finding) => finding.severity));
  legend.push(...severities.filter((severity) => marked.has(severity)).map((severity) => el("span", {}, el(`i.rx-sign.rx-sign-${severity}`), severity)));
  return el("div.rx-flow", {},
    el("div.rx-words", {}, view.words.map(([label, value, title]) => el("span", { title }, el("span.rx-label", {}, `${label} `), el("b", {}, value))), glossary(view.glossary)),
    el("div.rx-legend", {}, legend));
}
