// The page of a rule: what it means, what looks like it and is right, every recording it fired on, and how often a model.
//
// Takes what `rule` answers. `state.rule` is the rule whose page is open: {name, from: the tab to go back to, focus: a recording}.

import { count, el, errorWords, percent, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { titled } from "../text/line.js";
import { partsBar, table } from "./charts.js";
import { number, text } from "./sheet.js";

/**
 * A query that finds what a rule names; a phrase ends at the first quote, so what is before it has to do. Null: there is none.
 * @param {string} rule
 * @returns {string | null}
 */
export function queryFor(rule) {
  if (/^[^\s"]+$/.test(rule)) return `rule:${rule}`;
  const phrase = rule.split('"')[0].trim();
  return phrase ? `rule:"${phrase}"` : null;
}

/**
 * The name of a rule, that opens its page.
 * @param {string} rule
 * @param {import("../state.js").State} state
 * @returns {HTMLElement}
 */
export function ruleName(rule, state) {
  const open = () => {
    state.set("rule", { name: rule, from: state.get("tab"), focus: null });
    state.set("tab", "findings");
  };
  return el("button.rx-rule-name", { type: "button", title: "what this rule means, and all recordings with it", onclick: open }, recorded(rule));
}

/**
 * Fills an element with the page of `state.rule`.
 * @param {HTMLElement} root
 * @param {import("../explorer.js").Source} source
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @returns {Promise<void>}
 */
export async function showRulePage(root, source, stream, state) {
  const chosen = state.get("rule");
  if (!chosen) return;
  const close = () => {
    state.set("rule", null);
    state.set("tab", chosen.from);
  };
  const back = el("button.rx-pill.rx-back", { type: "button", title: "back (Esc)", onclick: close }, "← findings");
  const page = el("section.rx-rule-page", { onkeydown: (event) => event.key === "Escape" && (event.stopPropagation(), close()) }, back, el("p.rx-missing", {}, "loading…"));
  root.replaceChildren(page);
  if (!chosen.focus) back.focus({ preventScroll: true });
  try {
    const view = await source.rule(chosen.name);
    if (state.get("rule") !== chosen) return;
    page.replaceChildren(el("div.rx-rule-bar", {}, back, findThese(view.name, state)), ...parts(view, stream, state));
    if (chosen.focus) /** @type {HTMLElement | null} */ (page.querySelector('[aria-current="true"]'))?.focus();
  } catch (error) {
    page.replaceChildren(back, el("p.rx-failed", {}, errorWords(error)));
  }
}

/** @param {string} name @param {import("../state.js").State} state */
function findThese(name, state) {
  const words = queryFor(name);
  if (words === null) return el("button.rx-pill", { type: "button", disabled: true, title: "no search can name this rule" }, "find these in the list");
  return el("button.rx-pill", { type: "button", title: `searches for ${titled(words)}`, onclick: () => state.set("query", { words }) }, "find these in the list");
}

/** @param {import("../messages").RulePage} view @param {import("../stream.js").Stream} stream @param {import("../state.js").State} state @returns {HTMLElement[]} */
function parts(view, stream, state) {
  return [
    el("h4", {}, view.severity ? el(`span.rx-badge.rx-badge-${view.severity}`, {}, view.severity) : null, el("span.rx-rule-id", {}, recorded(view.name))),
    view.title ? el("p.rx-title", {}, recorded(view.title)) : el("p.rx-label", {}, "No rule of the catalogue has this name: the finding came with the frame that was handed over."),
    el("p", {}, el("b", {}, plural(view.n_findings, "finding")), ` in ${plural(view.n_recordings, "recording")} of ${count(view.of)}`),
    el("dl.rx-rule-words", {}, view.sections.flatMap(([heading, words]) => [el("dt", {}, heading), el("dd", {}, recorded(words))])),
    view.models.length ? el("h4", {}, "By model") : null,
    view.models.length ? byModel(view.models) : null,
    view.recordings.length ? el("h4", {}, "Recordings") : null,
    view.recordings.length ? recordings(view, stream, state) : null,
  ].filter((node) => node !== null);
}

/** @type {(models: import("../messages").RulePage["models"]) => HTMLElement} */
const byModel = (models) => table(
  [text("model"), number("with it"), number("of"), number("share")],
  models.map(([model, n, of]) => [el("span", {}, recorded(model)), count(n), count(of), el("span.rx-share", {}, percent(n / of), partsBar([{ kind: "error", size: n }, { kind: "nothing", size: of - n }]))]),
);

/** @param {import("../messages").RulePage} view @param {import("../stream.js").Stream} stream @param {import("../state.js").State} state */
function recordings(view, stream, state) {
  const open = (/** @type {Event} */ event, /** @type {import("../messages").ConcernedRecording} */ row) => {
    const rule = state.get("rule");
    // No change that anybody has to hear of: the pane of the next recording goes on from here.
    if (rule) rule.focus = row.recording;
    event.currentTarget?.dispatchEvent(new CustomEvent("rx-go", { bubbles: true, detail: { recording: row.recording, chunk: row.chunk } }));
  };
  const link = (/** @type {import("../messages").ConcernedRecording} */ row) => el("button.rx-link", { type: "button", "aria-current": row.recording === stream.id ? "true" : null, onclick: (event) => open(event, row) }, recorded(row.recording));
  const list = table(
    [text("recording"), text("model"), text("test"), number("findings"), text("first at")],
    view.recordings.map((row) => [
      el("span", {}, el(`i.rx-sign.rx-sign-${row.severity}`, { title: row.severity }), link(row)), el("span", {}, recorded(row.model)), el("span.rx-label", {}, recorded(row.test_id ?? "not named")),
      count(row.n), row.chunk === null ? "–" : `chunk ${count(row.chunk)}`,
    ]),
  );
  const more = view.n_recordings - view.recordings.length;
  return el("div", {}, list, more > 0 ? el("p.rx-label", {}, `and ${count(more)} more: find them in the list`) : null);
}
