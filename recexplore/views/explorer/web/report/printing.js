// What is printed: of the recording that is shown its facts and lanes as they are on the page, below them all findings
// and all text, whatever tab is open and however little of it is in sight.

import { el } from "../dom.js";
import { findingsPane } from "../panes/findings.js";
import { ALL } from "../stream.js";
import { recorded } from "../text/controls.js";

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
  return parts.map(({ kind, text }) => el(`span.rx-kind-${kind.name}.rx-look-${kind.look}`, {}, recorded(text)));
}

/** @param {Stream} stream */
function textsOf(stream) {
  const choices = [...stream.choices.map(({ choice, name }) => ({ choice, name })), ...(stream.lanes.includes(ALL) ? [{ choice: ALL, name: "all choices" }] : [])];
  return choices.map(({ choice, name }) => ({ name, text: textOf(stream, choice) })).filter(({ text }) => text.length)
    .map(({ name, text }) => el("section.rx-printed-text", {}, el("h4", {}, name), el("div", {}, text)));
}

/**
 * Puts what is printed into the page when it is printed, and takes it away again.
 * @param {HTMLElement} root
 * @param {import("../explorer.js").Explorer} explorer
 * @param {import("../explorer.js").Source} source
 */
export function printsWhole(root, explorer, source) {
  /** @type {{ root: HTMLElement, destroy: () => void } | null} */
  let printed = null;
  const end = () => {
    if (printed) delete document.body.dataset.jpThemeLight;
    printed?.root.remove();
    printed?.destroy();
    printed = null;
  };
  window.addEventListener("beforeprint", () => {
    end();
    const shown = explorer.shown();
    if (!shown) return;
    const { view, stream, timeline } = shown, found = { ...view, rules: new Map(Object.entries(view.rules)) };
    const findings = findingsPane(found, stream, explorer.state, source), width = timeline?.root.clientWidth ?? SHEET;
    root.style.setProperty("--rx-lanes-width", `${width}px`);
    root.style.setProperty("--rx-lanes-zoom", String(Math.min(SHEET / width, 1)));
    // Paper is light.
    document.body.dataset.jpThemeLight = "true";
    timeline?.repaint();
    printed = { root: el("div.rx-printed", {}, el("h4", {}, "Findings"), findings.root, textsOf(stream)), destroy: findings.destroy };
    root.append(printed.root);
  });
  window.addEventListener("afterprint", end);
}
