// The explorer as a whole: table on the left, the chosen recording on the right, keys for everything.
//
// `mount(root, source, opening)` needs no Jupyter: a source answers `find`, `rows`, `show`, `prompt`, `pane` and `chunk` with promises;
// the widget's asks the kernel, a page's own may have all answers with it.

import { el, oncePerFrame } from "./dom.js";
import { finder } from "./list/finder.js";
import { PANES } from "./panes/panes.js";
import { recordingView } from "./recording.js";
import { State } from "./state.js";
import { Stream } from "./stream.js";

const TABS = ["text", ...Object.keys(PANES), "findings", "raw"];
const KEYS = [
  ["← →", "one chunk back, forth (with Shift ten)"], ["Home End", "first, last chunk (in the list: recording; there ↑ ↓ walk, too)"], ["space", "play, pause"],
  ["j k", "next, previous recording"], ["/", "search"], [`1 … ${TABS.length}`, TABS.join(", ")],
  ["b", "chunk boundaries and tags"], ["x", "along chunks or time"], ["+ − 0", "zoom in, out, whole stream (or Ctrl and wheel, double click)"],
  ["w s a d", "zoom in, out at the pointer, pan left, right (the wheel pans what is zoomed)"], ["g", "go to a chunk by its number"],
  ["m", "choose chunks: from here to where m is pressed again (or drag)"], ["z", "zoom to the chosen chunks"],
  ["n p", "next, previous finding"], ["?", "this help"], ["Esc", "close, leave the search, let go of the chosen chunks"],
];

const QUERIES = [
  ["sun latin", "both words, anywhere: ids, tests, models, paths and the answers themselves"], ['"the Sun" -moon', "a phrase; without a word"],
  ["model:gpt-4o text:sorry", "in one field: id, test, model, provider, path, dialect, text, content, reasoning, tool, finish, error, rule …"],
  ["n:2 chunks:>100 tokens:10..20", "numbers: n, chunks, events, tokens, tools, duration, status"],
  ["rule:choice-bleed severity:error", "findings: of a rule, of a severity; a rule's name beside a finding asks for it"],
  ["has:reasoning -has:usage", "reasoning, tools, refusal, error, usage, time, finish, findings"], ["is:stream is:whole", "streamed, or sent at once"],
];

/** A source whose answers come from `ask(what, given)`, a promise of {value, buffers}. */
export function sourceOf(ask) {
  const value = async (what, given) => (await ask(what, given)).value;
  return {
    find: (given) => value("find", given),
    rows: (given) => value("rows", given),
    prompt: (recording) => value("prompt", { recording }),
    pane: (recording, name) => value("pane", { recording, name }),
    chunk: (recording, chunk) => value("chunk", { recording, chunk }),
    show: async (recording) => {
      const answer = await ask("show", { recording });
      return { view: answer.value, buffers: answer.buffers };
    },
  };
}

export function mount(root, source, opening) {
  const state = new State({
    recording: opening.recording, cursor: opening.chunk ?? 0, hover: null, axis: "chunk", tab: "text", borders: false,
    zoomed: false, theme: 0, range: null, view: null, substrings: [], query: null,
  });
  root.classList.add("rx", "rx-explorer");
  root.tabIndex = -1;
  // Lumino's word for "keys pressed in here are not yours".
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const find = finder(opening, state, source);
  const stage = el("main.rx-right", { tabindex: "-1" });
  const help = el("dialog.rx-help", {}, el("h3", {}, "Keys"), el("dl", {}, KEYS.flatMap(([key, does]) => [el("dt", {}, key), el("dd", {}, does)])),
    el("h3", {}, "Search"), el("dl", {}, QUERIES.flatMap(([query, finds]) => [el("dt", {}, query), el("dd", {}, finds)])),
    el("button.rx-pill", { type: "button", onclick: () => help.close() }, "close"));
  const helpButton = el("button.rx-pill.rx-ask", { type: "button", title: "keys (?)", "aria-label": "help: keys", onclick: () => help.showModal() }, "?");
  find.bar.append(helpButton);
  root.replaceChildren(find.bar, el("div.rx-both", {}, find.root, stage), help);
  const ended = new AbortController();
  let shown = null, showing = 0, slow = [], findings = [], wanted = opening.chunk ?? null, isLoading = false, hasFocus = false;

  async function show() {
    const chunk = wanted;
    wanted = null;
    const id = state.get("recording"), mine = ++showing;
    if (!id) {
      stage.replaceChildren(el("div.rx-blank", {}, el("b", {}, opening.empty), el("p", {}, "recexplore.load(path) takes a file, a folder, a glob, an archive or a URL.")));
      return;
    }
    isLoading = true;
    clearSlow();
    slow = [setTimeout(() => stage.classList.add("rx-busy"), 150), setTimeout(() => stage.classList.add("rx-very-busy"), 4000)];
    let at = chunk;
    try {
      const { view, buffers } = await source.show(id);
      if (mine !== showing) return;
      at = wanted ?? chunk;
      wanted = null;
      const stream = new Stream(view.stream, buffers, opening);
      shown?.destroy();
      findings = view.findings;
      state.set("hover", null);
      if (state.get("axis") === "time" && !stream.t) state.set("axis", "chunk");
      // With the cursor at the end the whole answer has arrived and nothing is pale.
      const last = Math.max(stream.nChunks - 1, 0);
      at ??= stream.firstHit(state.get("substrings"));
      state.set("cursor", at === null ? last : Math.min(Math.max(at, 0), last));
      shown = recordingView(view, stream, state, source, opening.severities);
      shown.stream = stream;
      stage.replaceChildren(shown.root);
      stage.scrollTop = 0;
      root.dispatchEvent(new CustomEvent("rx-shown", { detail: { id, nChunks: stream.nChunks } }));
    } catch (error) {
      if (mine !== showing) return;
      shown?.destroy();
      shown = null;
      wanted = at;
      stage.replaceChildren(el("div.rx-blank", {}, el("b.rx-failed", {}, "This recording cannot be shown"), el("p", {}, error.message),
        el("button.rx-pill", { type: "button", onclick: show }, "try again")));
    } finally {
      if (mine === showing) {
        isLoading = false;
        clearSlow();
      }
    }
  }

  function clearSlow() {
    slow.forEach(clearTimeout);
    stage.classList.remove("rx-busy", "rx-very-busy");
  }

  function toFinding(by) {
    const chunks = findings.map((finding) => finding.chunk).filter((chunk) => chunk !== null).sort((a, b) => a - b);
    const cursor = state.get("cursor");
    const next = by > 0 ? chunks.find((chunk) => chunk > cursor) ?? chunks[0] : chunks.findLast((chunk) => chunk < cursor) ?? chunks.at(-1);
    if (next !== undefined) state.set("cursor", next);
  }

  const flip = (name) => state.set(name, !state.get(name));
  const commands = {
    ArrowRight: (event) => shown?.scrub.step(event.shiftKey ? 10 : 1), ArrowLeft: (event) => shown?.scrub.step(event.shiftKey ? -10 : -1),
    Home: () => shown?.scrub.step(-Infinity), End: () => shown?.scrub.step(Infinity), " ": () => shown?.scrub.toggle(),
    j: () => find.step(1), k: () => find.step(-1), "/": () => find.focus(), b: () => flip("borders"),
    x: () => shown?.stream.t && state.set("axis", state.get("axis") === "time" ? "chunk" : "time"),
    "+": () => shown?.timeline.zoom(1.8), "=": () => shown?.timeline.zoom(1.8), "-": () => shown?.timeline.zoom(1 / 1.8), 0: () => shown?.timeline.fit(),
    w: () => shown?.timeline.zoomAtPointer(1.5), s: () => shown?.timeline.zoomAtPointer(1 / 1.5),
    a: () => shown?.timeline.pan(-0.2), d: () => shown?.timeline.pan(0.2), g: () => shown?.scrub.ask(),
    m: () => shown?.timeline.markRange(), z: () => shown?.timeline.zoomToRange(), Escape: () => shown?.timeline.clearRange(),
    n: () => toFinding(1), p: () => toFinding(-1), "?": () => help.showModal(),
    ...Object.fromEntries(TABS.map((name, at) => [String(at + 1), () => state.set("tab", name)])),
  };

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    // A letter typed here is no command of the notebook's.
    event.stopPropagation();
    if (help.open || event.target.matches("select, input[type=search]")) return;
    if (event.key === " " && event.target.matches("button, input, summary")) return;
    if ((event.key === "Home" || event.key === "End") && event.target.matches(".rx-text, .rx-json-lines, .rx-arguments")) return;
    const command = commands[event.key];
    if (!command) return;
    event.preventDefault();
    command(event);
  }, { signal: ended.signal });

  // What had the focus may be gone with the next pane or recording; the keys go on.
  const keepFocus = oncePerFrame(() => {
    const focused = document.activeElement;
    if (hasFocus && (focused === null || focused === document.body || focused.disabled)) stage.focus({ preventScroll: true });
  });
  const watch = new MutationObserver(keepFocus);
  watch.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  for (const moved of ["focusin", "pointerdown"]) {
    document.addEventListener(moved, (event) => { hasFocus = root.contains(event.target); }, { capture: true, signal: ended.signal });
  }

  const ends = [state.on("recording", show)];
  const themed = new MutationObserver(() => state.set("theme", state.get("theme") + 1));
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const schemed = () => state.set("theme", state.get("theme") + 1);
  scheme.addEventListener("change", schemed, { signal: ended.signal });
  show();
  return {
    state,
    /** What is shown: {recording, cursor}; null while nothing is. */
    at: () => (shown && !isLoading ? { recording: shown.stream.id, cursor: state.get("cursor") } : null),
    /** Shows a recording, and a chunk of it. */
    go(recording, chunk = null) {
      if (recording !== state.get("recording")) {
        wanted = chunk;
        state.set("recording", recording);
      } else if (isLoading) {
        wanted = chunk ?? wanted;
      } else if (chunk !== null && shown) {
        state.set("cursor", Math.min(Math.max(chunk, 0), Math.max(shown.stream.nChunks - 1, 0)));
      }
    },
    destroy() {
      showing++;
      clearSlow();
      ended.abort();
      watch.disconnect();
      keepFocus.cancel();
      shown?.destroy();
      find.destroy();
      themed.disconnect();
      ends.forEach((end) => end());
      root.replaceChildren();
    },
  };
}
