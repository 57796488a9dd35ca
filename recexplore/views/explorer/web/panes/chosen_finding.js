// The finding that the reader is at: what it says and what it rests on, which one of how many, and the way to the others.
//
// Takes findings as the kernel told them, the most severe first: in this order they follow one another. Begins with the most severe; a
// cursor that comes to a place with a finding of its own chooses it.

import { count, el } from "../dom.js";
import { goesOnBelow } from "../goes_on_below.js";
import { recorded } from "../text/controls.js";
import { foundAt, ruleWords, saidAndShown, whereOf } from "./findings.js";
import { ruleName } from "./rule_page.js";

/** @typedef {import("../messages").Finding} Finding */

/**
 * @param {Pick<import("../recording.js").Found, "findings" | "rules">} found
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {boolean} isAsked Whether somebody asked for the chunk under the cursor: then its finding comes before the most severe.
 * @returns {{ root: HTMLElement | null, step: (by: number) => void, destroy: () => void }} Without findings there is nothing to show.
 */
export function chosenFinding({ findings, rules }, stream, state, isAsked) {
  if (!findings.length) return { root: null, step() {}, destroy() {} };
  const atCursor = () => foundAt(findings, state.get("cursor"), stream.nChunks)[0] ?? null;
  let here = atCursor(), chosen = (isAsked && here) || findings[0];
  const said = el("div.rx-finding-said"), body = el("div.rx-finding-body"), position = el("span.rx-count.rx-finding-position", { role: "status" });
  const button = (/** @type {string} */ words, /** @type {string} */ name, /** @type {number} */ by) =>
    el("button.rx-step", { type: "button", title: name, "aria-label": name, disabled: findings.length < 2, onclick: () => step(by) }, words);
  const root = el("section", { "aria-label": "finding" },
    el("div.rx-finding-head", {}, said, el("span.rx-finding-steps", {}, button("‹", "previous finding (p)", -1), position, button("next ›", "next finding (n)", 1))), body);
  const below = goesOnBelow(body);

  function paint() {
    const about = rules.get(chosen.rule);
    root.className = `rx-chosen-finding rx-finding rx-finding-${chosen.severity}`;
    said.replaceChildren(el(`span.rx-badge.rx-badge-${chosen.severity}`, {}, chosen.severity), ...(chosen.rule === null ? [] : [ruleName(chosen.rule, state)]),
      el("span", {}, ...whereOf(chosen, state).filter((node) => node !== null)), ...(about ? [el("span.rx-title", {}, recorded(about.title))] : []));
    position.replaceChildren("finding ", el("b", {}, count(findings.indexOf(chosen) + 1)), ` of ${count(findings.length)}`);
    body.replaceChildren(...saidAndShown(chosen).filter((node) => node !== null), ...(about ? [ruleWords(about)] : []));
    body.scrollTop = 0;
  }

  /** @param {Finding} finding */
  function choose(finding) {
    if (finding === chosen) return;
    chosen = finding;
    paint();
  }

  /** To the finding after the chosen one, or before it, and to its chunk. @param {number} by */
  function step(by) {
    const n = findings.length;
    choose(findings[(findings.indexOf(chosen) + by + n) % n]);
    if (chosen.chunk === null) return;
    // What stands first at that place is not what was asked for.
    here = foundAt(findings, chosen.chunk, stream.nChunks)[0] ?? null;
    state.set("cursor", chosen.chunk);
  }

  function follow() {
    const before = here;
    here = atCursor();
    if (here && here !== before) choose(here);
  }

  paint();
  const end = state.on("cursor", follow);
  return {
    root, step,
    destroy() {
      end();
      below.destroy();
    },
  };
}
