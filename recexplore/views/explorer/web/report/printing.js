// What is printed: of the recording that is shown its facts and lanes as wide as the sheet, below them all findings with what
// to do about them and all text, whatever tab is open and however little of it is in sight; of runs that are compared all of them.
//
// Lanes are one canvas, drawn for the sheet: of two, one above the other, a printer's lower one may be lost.

import { el } from "../dom.js";
import { findingsPane } from "../panes/findings.js";
import { ALL } from "../stream.js";
import { recorded } from "../text/controls.js";
import { isJoined, joinedClass } from "../text/spans.js";
import { isWorthDrawing } from "../timeline/timeline.js";

/** The width of what is printed on a sheet of A4 or Letter, in the style sheet's pixels. */
const SHEET = 680;

/** @typedef {import("../stream.js").Stream} Stream */

/**
 * The text of a choice, events of one kind in a row as one.
 * @param {Stream} stream
 * @param {number} choice
 */
function textOf(stream, choice) {
  /** @type {{ kind: Stream["kinds"][number], text: string }[]} */
  const parts = [];
  for (let event = 0; event < stream.nEvents; event++) {
    const kind = stream.kindOf(event);
    if (stream.choice[event] !== choice || !kind.look) continue;
    const last = parts.at(-1);
    if (last?.kind === kind) last.text += stream.textOf(event);
    else parts.push({ kind, text: stream.textOf(event) });
  }
  const seen = parts.filter(({ kind }) => kind.look !== "markup");
  return parts.map((part) => {
    const { kind, text } = part, before = seen[seen.indexOf(part) - 1];
    return el(`span.rx-kind-${kind.name}.rx-look-${kind.look}${joinedClass(before !== undefined && isJoined(before.text, text))}`, {}, recorded(text));
  });
}

/** @param {Stream} stream */
function textsOf(stream) {
  const choices = [...stream.choices.map(({ choice, name }) => ({ choice, name })), ...(stream.lanes.includes(ALL) ? [{ choice: ALL, name: "all choices" }] : [])];
  return choices.map(({ choice, name }) => ({ name, text: textOf(stream, choice) })).filter(({ text }) => text.length)
    .map(({ name, text }) => el("section.rx-printed-text", {}, el("h4", {}, name), el("div", {}, text)));
}

/** What a sheet shows in place of what scrolls, waits to be opened or has a cursor. @typedef {{ places: [Element, HTMLElement][], below: (HTMLElement | HTMLElement[])[], destroy: () => void }} Printed Each place with what stands in it, and what comes below all. */

/** @type {(canvas: HTMLCanvasElement) => HTMLElement} */
const lanesOf = (canvas) => el("div.rx-printed-lanes", {}, canvas);

/**
 * @param {NonNullable<ReturnType<import("../explorer.js").Explorer["shown"]>>} shown
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @returns {Printed}
 */
function printedRecording({ view, stream, timeline }, state, source) {
  const findings = findingsPane({ ...view, rules: new Map(Object.entries(view.rules)) }, stream, state, source);
  for (const rule of findings.root.querySelectorAll("details")) rule.open = true;
  return {
    places: timeline && isWorthDrawing(stream) ? [[timeline.root, lanesOf(timeline.drawn(SHEET))]] : [],
    below: [el("h4", {}, "Findings"), findings.root, textsOf(stream)], destroy: findings.destroy,
  };
}

/** @param {NonNullable<ReturnType<import("../explorer.js").Explorer["comparison"]>>} comparison @returns {Printed} */
function printedComparison({ table, lanes }) {
  return { places: [[table.root, table.whole()], [lanes.root, lanesOf(lanes.drawn(SHEET))]], below: [], destroy() {} };
}

/**
 * Puts what is printed into the page when it is printed, and takes it away again.
 * @param {HTMLElement} root
 * @param {import("../explorer.js").Explorer} explorer
 * @param {import("../explorer.js").Source} source
 */
export function printsWhole(root, explorer, source) {
  let end = () => {};
  window.addEventListener("beforeprint", () => {
    end();
    const shown = explorer.shown(), comparison = explorer.comparison();
    if (!shown && !comparison) return;
    // Paper is light.
    const theme = document.body.dataset.jpThemeLight;
    document.body.dataset.jpThemeLight = "true";
    const printed = comparison ? printedComparison(comparison) : printedRecording(/** @type {NonNullable<typeof shown>} */ (shown), explorer.state, source);
    const below = el("div.rx-printed", {}, printed.below.flat()), nodes = [...printed.places.map(([, node]) => node), below];
    for (const [place, node] of printed.places) {
      place.classList.add("rx-not-printed");
      place.after(node);
    }
    root.append(below);
    end = () => {
      if (theme === undefined) delete document.body.dataset.jpThemeLight;
      else document.body.dataset.jpThemeLight = theme;
      for (const [place] of printed.places) place.classList.remove("rx-not-printed");
      for (const node of nodes) node.remove();
      printed.destroy();
      end = () => {};
    };
  });
  window.addEventListener("afterprint", () => end());
}
