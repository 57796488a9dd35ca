// The explorer as a whole: list on the left, the chosen recording on the right, keys for everything.
//
// `mount(root, source, opening)` needs no Jupyter: a source answers the questions of `recexplore.views.explorer.answers` with
// promises; the widget's asks the kernel, a window's its server, a page's own may have all answers with it.

import { followComing } from "./coming.js";
import { activeElement, beganIn, el, oncePerFrame } from "./dom.js";
import { helpDialog } from "./help.js";
import { fitHeight, sideBySide, toggleFullScreen } from "./layout.js";
import { finder } from "./list/finder.js";
import { groupingOf } from "./list/grouping.js";
import { notice } from "./notice.js";
import { PANES } from "./panes/panes.js";
import { stage } from "./stage.js";
import { State } from "./state.js";

/** The first is open unless another was asked for. */
export const TABS = ["text", ...Object.keys(PANES), "findings", "raw"];
/** Lumino's word for "keys pressed in here are not yours". */
const NO_SHORTCUTS = "data-lm-suppress-shortcuts";
/** @type {[string, string][]} */
const KEYS = [
  ["← →", "one chunk back, forth (with Shift ten)"], ["Home End", "first, last chunk (in the list: recording; there ↑ ↓ walk, too)"], ["space", "play, pause"],
  ["j k", "next, previous recording"], ["/", "search"], [`1 … ${TABS.length}`, TABS.join(", ")],
  ["b", "chunk boundaries and tags"], ["x", "along chunks or time"], ["+ − 0", "zoom in, out, whole stream (or Ctrl and wheel, double click)"],
  ["w s a d", "zoom in, out at the pointer, pan left, right (the wheel pans what is zoomed)"], ["g", "go to a chunk by its number"],
  ["m", "choose chunks: from here to where m is pressed again (or drag)"], ["z", "zoom to the chosen chunks"],
  ["n p", "next, previous finding, the most severe first (comparing: difference)"], ["v o", "choose the recording for comparing; compare the chosen, else all runs of its request"], ["c", "copy: ids, test, answer, request as curl …"], ["f", "full screen"], ["?", "this help"],
  ["Esc", "close, leave the search, let go of the chosen chunks"],
];

/** @typedef {import("./messages").Questions} Questions */
/** @typedef {import("./messages").Start & { height?: number | null, compared?: string[] }} Opening What a page opens with. */
/** @typedef {ReturnType<typeof sourceOf>} Source */
/** @typedef {ReturnType<typeof mount>} Explorer */

/** A source whose answers come from `ask(what, given)`, a promise of {value, buffers}. @param {import("./messages").Ask} ask @param {{ isReport?: boolean, isFollowing?: boolean }} is */
export function sourceOf(ask, { isReport = false, isFollowing = false } = {}) {
  /** @template {keyof Questions} Q @param {Q} what @param {Questions[Q]["given"]} given @returns {Promise<Questions[Q]["answer"]>} */
  const value = async (what, given) => (await ask(what, given)).value;
  return {
    /** Whether it answers by what came with the page: nothing can be accepted, and it knows the page's address. */
    isReport,
    /** Whether it follows the files that recordings are in. */
    isFollowing,
    coming: () => value("coming", {}),
    find: (/** @type {Questions["find"]["given"]} */ given) => value("find", given),
    rows: (/** @type {Questions["rows"]["given"]} */ given) => value("rows", given),
    values: (/** @type {Questions["values"]["given"]} */ given) => value("values", given),
    files: () => value("files", {}),
    prompt: (/** @type {string} */ recording) => value("prompt", { recording }),
    prompts: (/** @type {string[]} */ recordings) => value("prompts", { recordings }),
    /** @template {keyof import("./messages").Panes} Name @param {string} recording @param {Name} name */
    pane: async (recording, name) => /** @type {import("./messages").Panes[Name]} */ (await value("pane", { recording, name })),
    rule: (/** @type {string} */ rule) => value("rule", { rule }),
    proposal: (/** @type {Questions["proposal"]["given"]} */ finding) => value("proposal", finding),
    accept: (/** @type {Questions["accept"]["given"]} */ finding) => value("accept", finding),
    chunk: (/** @type {string} */ recording, /** @type {number} */ chunk) => value("chunk", { recording, chunk }),
    copy: (/** @type {string} */ recording, /** @type {string} */ what, /** @type {number} */ chunk) => value("copy", { recording, what, chunk }),
    grouping: (/** @type {boolean} */ isAsked) => value("grouping", { is_asked: isAsked }),
    runs: (/** @type {string} */ recording) => value("runs", { recording }),
    compare: (/** @type {string[]} */ recordings) => value("compare", { recordings }),
    compareTexts: async (/** @type {string[]} */ recordings, /** @type {number[]} */ runs) => {
      const answer = await ask("compare_texts", { recordings, runs });
      return { view: answer.value, buffers: answer.buffers };
    },
    compareTree: (/** @type {string[]} */ recordings, /** @type {{ choice: number, kind: string, tool: number | null }} */ { choice, kind, tool }) =>
      value("compare_tree", { recordings, choice, kind, tool }),
    compareAlike: (/** @type {string[]} */ recordings) => value("compare_alike", { recordings }),
    show: async (/** @type {string} */ recording) => {
      const answer = await ask("show", { recording });
      return { view: answer.value, buffers: answer.buffers };
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {Source} source
 * @param {Opening} opening
 */
export function mount(root, source, opening) {
  /** @type {State} */
  const state = new State({
    recording: opening.recording, cursor: opening.chunk ?? 0, hover: null, axis: "chunk", tab: "text", borders: false,
    zoomed: false, theme: 0, range: null, view: null, substrings: [], query: null, rule: null, accepted: null,
    chosen: [], compared: opening.compared?.length ? opening.compared : null, grouped: false, coming: new Map(),
  });
  root.classList.add("rx", "rx-explorer");
  root.tabIndex = -1;
  root.setAttribute(NO_SHORTCUTS, "true");
  const find = finder(opening, state, source), scene = stage(root, state, source, opening);
  const grouping = groupingOf(source, state), coming = followComing(source, state);
  const both = sideBySide(find.root, scene.root), help = helpDialog(KEYS), news = notice();
  find.bar.append(
    el("button.rx-pill.rx-ask", { type: "button", title: "full screen (f)", "aria-label": "full screen", onclick: () => toggleFullScreen(root) }, "⤢"),
    el("button.rx-pill.rx-ask", { type: "button", title: "keys (?)", "aria-label": "help: keys", onclick: () => help.showModal() }, "?"));
  root.replaceChildren(find.bar, news.root, both.root, help);
  const ends = [
    listenToKeys(root, scene, commandsOf({ root, state, find, scene, help })), keepFocus(root, scene.root), followTheme(state),
    state.on("accepted", () => {
      news.say(state.get("accepted")?.words ?? "");
      find.refresh();
      scene.again();
    }),
    state.on("compared", () => find.table.repaint()), grouping.destroy, coming.destroy,
    fitHeight(root, opening.height ?? null), both.destroy, news.destroy, scene.destroy, () => find.destroy(),
  ];
  root.addEventListener("rx-go", (event) => {
    const { recording, chunk } = /** @type {CustomEvent<{ recording: string, chunk: number | null }>} */ (event).detail;
    scene.go(recording, chunk);
  });
  root.addEventListener("rx-group", () => grouping.begin(true));
  root.addEventListener("rx-shown", () => grouping.begin(false), { once: true });
  scene.show();
  return {
    state, at: scene.at, go: scene.go, say: news.say, progress: news.progress, shown: () => scene.shown, comparison: () => scene.comparison,
    /**
     * Shows what the place is now, in place of what it was: the list stays where it is, and so does the reader.
     * @param {Opening} now
     * @param {import("./messages").ChangedRecordings} changes
     * @param {boolean} isWhole Whether it was being read until now: more is known of the recording that is shown.
     */
    refresh(now, changes = {}, isWhole = false) {
      Object.assign(opening, now, { recording: opening.recording, chunk: opening.chunk });
      news.tell(changes);
      grouping.forget();
      coming.again();
      const renamed = (/** @type {string[]} */ ids) => ids.map((id) => (changes.renamed && id in changes.renamed ? changes.renamed[id] : id)).filter((id) => id !== null);
      state.set("chosen", renamed(state.get("chosen")));
      const before = state.get("recording"), after = changes.renamed && before in changes.renamed ? changes.renamed[before] : before;
      find.refresh(changes.renamed);
      if (state.get("compared")) {
        state.set("compared", renamed(state.get("compared") ?? []));
        scene.again();
      } else if (after === null) news.say("The recording that is shown is gone.");
      else if (!before) scene.go(now.recording, now.chunk);
      else if (after !== before) scene.again(after);
      else if (isWhole || changes.recordings?.includes(before)) scene.again();
    },
    destroy() {
      ends.forEach((end) => end());
      root.replaceChildren();
    },
  };
}

/** Leaves a rule's page for the tab that it was opened from. @param {import("./state.js").State} state */
function closeRule(state) {
  const rule = state.get("rule");
  if (!rule) return;
  state.set("rule", null);
  state.set("tab", rule.from);
}

/**
 * What keys do.
 * @param {{ root: HTMLElement, state: import("./state.js").State, find: ReturnType<typeof finder>, scene: ReturnType<typeof stage>, help: HTMLDialogElement }} parts
 * @returns {Record<string, (event: KeyboardEvent) => unknown>}
 */
function commandsOf({ root, state, find, scene, help }) {
  const timeline = () => scene.shown?.timeline;
  return {
    ArrowRight: (event) => scene.shown?.scrub?.step(event.shiftKey ? 10 : 1), ArrowLeft: (event) => scene.shown?.scrub?.step(event.shiftKey ? -10 : -1),
    Home: () => scene.shown?.scrub?.step(-Infinity), End: () => scene.shown?.scrub?.step(Infinity), " ": () => scene.shown?.scrub?.toggle(),
    j: () => find.step(1), k: () => find.step(-1), "/": () => find.focus(), b: () => state.set("borders", !state.get("borders")),
    x: () => scene.shown?.stream.t && state.set("axis", state.get("axis") === "time" ? "chunk" : "time"),
    "+": () => timeline()?.zoom(1.8), "=": () => timeline()?.zoom(1.8), "-": () => timeline()?.zoom(1 / 1.8), 0: () => timeline()?.fit(),
    w: () => timeline()?.zoomAtPointer(1.5), s: () => timeline()?.zoomAtPointer(1 / 1.5), a: () => timeline()?.pan(-0.2), d: () => timeline()?.pan(0.2),
    m: () => timeline()?.markRange(), z: () => timeline()?.zoomToRange(), g: () => scene.shown?.scrub?.ask(),
    n: () => scene.shown?.stepFinding(1), p: () => scene.shown?.stepFinding(-1), c: () => scene.shown?.openCopies(), f: () => toggleFullScreen(root), "?": () => help.showModal(),
    v: () => find.choosing.toggle(), o: () => find.choosing.compare(),
    Escape: () => (state.get("rule") ? closeRule(state) : timeline()?.clearRange()),
    ...Object.fromEntries(TABS.map((name, at) => [String(at + 1), () => state.set("tab", name)])),
  };
}

/** @param {HTMLElement} root @param {ReturnType<typeof stage>} scene @param {Record<string, (event: KeyboardEvent) => unknown>} commands */
function listenToKeys(root, scene, commands) {
  const ended = new AbortController();
  // Notebook 7 hears keys before the page does, and its shortcuts match what has the focus before anything around it is asked.
  root.addEventListener("focusin", ({ target }) => /** @type {Element} */ (target).setAttribute(NO_SHORTCUTS, "true"), { signal: ended.signal });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    // A letter typed here is no command of the notebook's.
    event.stopPropagation();
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("dialog") || target.matches("select, input:not([type=range]):not([type=checkbox]), [role=menuitem]")) return;
    if (event.key === " " && target.matches("button, input, summary")) return;
    if ((event.key === "Home" || event.key === "End") && target.matches(".rx-text, .rx-json-lines, .rx-arguments")) return;
    const command = scene.comparison?.commands[event.key] ?? commands[event.key];
    if (!command) return;
    event.preventDefault();
    command(event);
  }, { signal: ended.signal });
  return () => ended.abort();
}

/** What had the focus may be gone with the next pane or recording; the keys go on. @param {HTMLElement} root @param {HTMLElement} fallback */
function keepFocus(root, fallback) {
  const ended = new AbortController();
  let hasFocus = false;
  const keep = oncePerFrame(() => {
    const focused = /** @type {HTMLButtonElement | null} */ (activeElement(root));
    if (hasFocus && (focused === null || focused === document.body || focused.disabled)) fallback.focus({ preventScroll: true });
  });
  const watch = new MutationObserver(keep);
  watch.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  for (const moved of ["focusin", "pointerdown"]) {
    document.addEventListener(moved, (event) => { hasFocus = beganIn(event, root); }, { capture: true, signal: ended.signal });
  }
  return () => {
    ended.abort();
    watch.disconnect();
    keep.cancel();
  };
}

/** Canvases are painted anew when JupyterLab's theme or the browser's scheme becomes another one. @param {import("./state.js").State} state */
function followTheme(state) {
  const ended = new AbortController(), changed = () => state.set("theme", state.get("theme") + 1);
  const themed = new MutationObserver(changed);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal: ended.signal });
  return () => {
    ended.abort();
    themed.disconnect();
  };
}
