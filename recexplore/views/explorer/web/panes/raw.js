// The wire: the request, the chunk under the cursor, and the events that were made of it.

import { count, el, errorWords } from "../dom.js";
import { recorded } from "../text/controls.js";
import { jsonPane } from "./json_lines.js";

const BREATH_MS = 40;

/**
 * @param {import("../messages").RawPane} view as `panes.raw` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @returns {{root: HTMLElement, destroy?: () => void}}
 */
export function rawPane(view, stream, state, source) {
  const slot = el("div.rx-slot");
  const made = el("section.rx-pane.rx-made", { tabindex: "0", "aria-label": "events made of the chunk" });
  const request = view.request === null ? el("section.rx-pane", {}, el("h4", {}, "request"), el("p.rx-missing", {}, view.why)) : jsonPane("request", view.request);
  const chunk = chunkView(stream, state, source, slot, made);
  return { root: el("div.rx-three", {}, request, slot, made), destroy: chunk.destroy };
}

/** @type {(event: import("../messages").ChunkEvent) => HTMLElement} */
const madeEvent = (event) => el("div.rx-made-event", {},
  el("div", {}, el("b", {}, event.kind), el("span.rx-label", {}, event.choice === null ? " · all choices" : ` · choice ${event.choice}`)),
  event.text ? el("div.rx-made-text", {}, recorded(event.text)) : null,
  el("div.rx-label", {}, recorded(event.more)));

/**
 * Keeps `slot` at the raw JSON of the chunk under the cursor, and `made` at the events that were made of it.
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @param {HTMLElement} slot
 * @param {HTMLElement | null} made
 * @returns {{destroy: () => void}}
 */
export function chunkView(stream, state, source, slot, made = null) {
  /** @type {number | null} */
  let asked = null;
  let isOver = false, isAsking = false;

  async function show() {
    const chunk = state.get("cursor");
    if (asked === chunk) return;
    asked = chunk;
    /** @type {import("../messages").ChunkView} */
    let view;
    try {
      view = await source.chunk(stream.id, chunk);
    } catch (error) {
      view = { raw: null, why: errorWords(error), events: [] };
    }
    if (isOver) return;
    slot.replaceChildren(jsonPane(`chunk ${count(chunk)}, raw`, view.raw, view.why));
    made?.replaceChildren(el("h4", {}, "what was made of it"), ...view.events.map(madeEvent));
  }

  /** Follows the cursor as fast as the kernel answers: one question at a time, always for where it is by then. */
  async function follow() {
    if (isAsking || !stream.nChunks) return;
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
