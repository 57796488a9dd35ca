// The stage: asks for the chosen recording, shows it, waits, and says what went wrong.
//
// Takes the shared State and a source; makes a new `recordingView` for each recording, or a `comparisonView` of several, and ends
// the one before.

import { comparisonView } from "./compare/view.js";
import { el, errorWords } from "./dom.js";
import { goesOnBelow } from "./goes_on_below.js";
import { recordingView } from "./recording.js";
import { Stream } from "./stream.js";
import { recorded } from "./text/controls.js";

const BUSY_AFTER_MS = 150, VERY_BUSY_AFTER_MS = 4000;

/** Of a recording that is shown again, what must stay. @typedef {{ isAtEnd: boolean, said: import("./head.js").Said }} Stays */

/**
 * @param {HTMLElement} root
 * @param {import("./state.js").State} state
 * @param {import("./explorer.js").Source} source
 * @param {import("./explorer.js").Opening} opening
 */
export function stage(root, state, source, opening) {
  const node = el("section.rx-right", { tabindex: "-1", "aria-label": "recording" });
  /** @type {(ReturnType<typeof recordingView> & { stream: Stream, view: import("./messages").RecordingView }) | null} */
  let shown = null;
  /** @type {ReturnType<typeof comparisonView> | null} */
  let comparison = null;
  /** @type {ReturnType<typeof setTimeout>[]} */
  let slow = [];
  let showing = 0, wanted = opening.chunk ?? null, isLoading = false;
  /** What stays of the recording that is asked for next. @type {Stays | null} */
  let kept = null;
  /** What the recording that is asked for will be shown with. @type {[number | null, Stays | null]} */
  let underWay = [null, null];

  async function show() {
    const chunk = wanted, id = state.get("recording"), compared = state.get("compared"), mine = ++showing, stays = kept;
    underWay = [chunk, stays];
    [wanted, kept] = [null, null];
    if (!id && !compared) {
      leave();
      node.replaceChildren(el("div.rx-blank", {}, el("b", {}, recorded(opening.empty)), el("p", {}, "recexplore.load(path) takes a file, a folder, a glob, an archive or a URL.")));
      return;
    }
    isLoading = true;
    clearSlow();
    slow = [setTimeout(() => node.classList.add("rx-busy"), BUSY_AFTER_MS), setTimeout(() => node.classList.add("rx-very-busy"), VERY_BUSY_AFTER_MS)];
    try {
      if (compared) {
        const view = await source.compare(compared);
        if (mine !== showing) return;
        const here = comparison?.at();
        leave();
        comparison = comparisonView(view, compared, state, source, opening, here?.ids.join() === compared.join() ? here : null);
        node.replaceChildren(comparison.root);
        return;
      }
      const { view, buffers } = await source.show(id);
      if (mine !== showing) return;
      put(view, new Stream(view.stream, buffers, opening, view.is_open), wanted ?? chunk, stays);
      wanted = null;
    } catch (error) {
      if (mine !== showing) return;
      wanted = chunk;
      fail(error, compared !== null);
    } finally {
      if (mine === showing) {
        isLoading = false;
        clearSlow();
      }
    }
  }

  /** @param {import("./messages").RecordingView} view @param {Stream} stream @param {number | null} chunk @param {Stays | null} stays */
  function put(view, stream, chunk, stays) {
    leave();
    state.set("hover", null);
    if (state.get("axis") === "time" && !stream.t) state.set("axis", "chunk");
    // With the cursor at the end the whole answer has arrived and nothing is pale.
    const last = Math.max(stream.nChunks - 1, 0), begin = chunk ?? (stays?.isAtEnd ? null : stream.firstHit(state.get("substrings")));
    state.set("cursor", begin === null ? last : Math.min(Math.max(begin, 0), last));
    shown = { ...recordingView(view, stream, state, source, opening.severities, node.clientHeight, begin !== null, stays?.said ?? null), stream, view };
    node.replaceChildren(shown.root);
    root.dispatchEvent(new CustomEvent("rx-shown", { detail: { id: view.id, nChunks: stream.nChunks } }));
  }

  /** @param {unknown} error @param {boolean} isComparison */
  function fail(error, isComparison) {
    leave();
    const back = isComparison && state.get("recording") ? el("button.rx-pill", { type: "button", onclick: () => state.set("compared", null) }, "back to the recording") : null;
    node.replaceChildren(el("div.rx-blank", {}, el("b.rx-failed", {}, isComparison ? "These runs cannot be compared" : "This recording cannot be shown"), el("p", {}, recorded(errorWords(error))),
      el("button.rx-pill", { type: "button", onclick: show }, "try again"), " ", back));
  }

  /** Ends what is shown. */
  function leave() {
    shown?.destroy();
    comparison?.destroy();
    shown = comparison = null;
  }

  function clearSlow() {
    slow.forEach(clearTimeout);
    node.classList.remove("rx-busy", "rx-very-busy");
  }

  const below = goesOnBelow(node);
  /** Where the cursor was in the recording that a comparison took the place of. @type {{ recording: string, cursor: number } | null} */
  let before = null;
  const ends = [
    state.on("recording", () => (state.get("compared") ? state.set("compared", null) : show())),
    state.on("compared", (/** @type {string[] | null} */ compared) => {
      if (compared) before = shown ? { recording: shown.stream.id, cursor: state.get("cursor") } : before;
      else if (before?.recording === state.get("recording")) wanted ??= before.cursor;
      return show();
    }),
  ];
  return {
    root: node, show,
    get shown() { return shown; },
    get comparison() { return comparison; },
    /** What is shown: {recording, cursor}; null while nothing is. */
    at: () => (shown && !isLoading ? { recording: shown.stream.id, cursor: state.get("cursor") } : null),
    /** Shows a recording, and a chunk of it. @param {string} recording @param {number | null} chunk */
    go(recording, chunk = null) {
      if (recording !== state.get("recording")) {
        wanted = chunk;
        state.set("recording", recording);
      } else if (state.get("compared")) {
        wanted = chunk;
        state.set("compared", null);
      } else if (isLoading) {
        wanted = chunk ?? wanted;
      } else if (chunk !== null && shown) {
        state.set("cursor", Math.min(Math.max(chunk, 0), Math.max(shown.stream.nChunks - 1, 0)));
      }
    },
    /** Shows what the recording is now, with the cursor where it was: at the end if it was there. @param {string} id the one it has now */
    again(id = state.get("recording")) {
      const cursor = state.get("cursor");
      if (shown?.view.id === state.get("recording")) {
        kept = { isAtEnd: cursor >= shown.stream.nChunks - 1, said: shown.said() };
        wanted = kept.isAtEnd ? null : cursor;
      } else if (isLoading) {
        [wanted, kept] = [wanted ?? underWay[0], underWay[1]];
      }
      if (id === state.get("recording")) return show();
      return state.set("recording", id);
    },
    destroy() {
      showing++;
      clearSlow();
      leave();
      below.destroy();
      ends.forEach((end) => end());
    },
  };
}
