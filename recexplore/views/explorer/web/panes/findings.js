// Findings in words, and all of them in a pane of their own.
//
// Takes findings as the kernel told them, the most severe first, and what the catalogue says of their rules. A rule's name opens its
// page, in the pane of all findings.

import { acceptButton, acceptedFindings } from "./acceptance.js";
import { chunkLink, emptyPane } from "./charts.js";
import { count, el, oncePerFrame, plural } from "../dom.js";
import { foldedText } from "./folded_text.js";
import { recorded } from "../text/controls.js";
import { isBroad } from "../text/underlines.js";
import { ruleName, showRulePage } from "./rule_page.js";

const MOST_OF_A_RULE = 50;

/** @typedef {import("../messages").Finding} Finding */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../stream.js").Stream} Stream */

/** @type {(finding: Pick<Finding, "chunk" | "last_chunk">, chunk: number) => boolean} */
export const covers = (finding, chunk) => finding.chunk !== null && finding.chunk <= chunk && chunk <= (finding.last_chunk ?? finding.chunk);

/**
 * "chunk 81", "chunks 1–80".
 * @param {{chunk: number | null, last_chunk: number | null}} finding
 * @returns {string}
 */
export const chunksOf = ({ chunk, last_chunk }) =>
  (last_chunk === null || last_chunk === chunk ? `chunk ${count(chunk)}` : `chunks ${count(chunk)}–${count(last_chunk)}`);

/**
 * The findings at a chunk, not those that are about no place in particular.
 * @template {Pick<Finding, "chunk" | "last_chunk">} Placed
 * @param {Placed[]} findings
 * @param {number} chunk
 * @param {number} nChunks
 * @returns {Placed[]}
 */
export const foundAt = (findings, chunk, nChunks) => findings.filter((finding) => covers(finding, chunk) && !isBroad(finding, nChunks));

/** Where it stands, as words and a link. @param {Finding} finding @param {State} state */
export function whereOf(finding, state) {
  return [
    finding.chunk === null ? el("span.rx-label", {}, "whole recording") : chunkLink(state, finding.chunk, chunksOf(finding)),
    finding.choice === null ? null : el("span.rx-label", {}, ` · choice ${finding.choice}`),
  ];
}

/** Its sentence, and what it rests on. @type {(finding: Finding) => (HTMLElement | null)[]} */
export const saidAndShown = (finding) => [
  finding.message === null ? null : el("div.rx-message", {}, recorded(finding.message)),
  finding.evidence ? foldedText(finding.evidence, "blockquote") : null,
];

/** What the catalogue says of a rule, folded. @type {(about: import("../messages").RuleWords) => HTMLElement} */
export const ruleWords = (about) => el("details.rx-rule", {}, el("summary", {}, "what it means, where it comes from, what to do"),
  el("dl", {}, [["for a client", about.meaning], ["likely cause", about.cause], ["what to do", about.remedy]]
    .flatMap(([name, words]) => [el("dt.rx-label", {}, name), el("dd", {}, recorded(words))])));

/** Those of one severity and rule, in the order in which they came. @param {Finding[]} findings @returns {Finding[][]} */
function groupsOf(findings) {
  const groups = new Map();
  for (const finding of findings) {
    const key = JSON.stringify([finding.severity, finding.rule]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(finding);
  }
  return [...groups.values()];
}

/**
 * All findings of a recording by rule; in their place the page of a rule while `state.rule` names one.
 * @param {import("../recording.js").Found} found
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @returns {{root: HTMLElement, destroy: () => void}}
 */
export function findingsPane(found, stream, state, source) {
  const root = el("div.rx-sheet.rx-all-findings");
  /** @type {{ nodes: HTMLElement[], destroy: () => void } | null} */
  let listed = null;
  const paint = () => {
    listed?.destroy();
    listed = null;
    if (state.get("rule")) showRulePage(root, source, stream, state);
    else {
      listed = findingsByRule(found, stream, state, source);
      root.replaceChildren(...listed.nodes);
    }
  };
  // A page stays for the next recording, and is left with its tab.
  const leave = () => state.get("tab") !== "findings" && state.set("rule", null);
  const ends = [state.on("rule", paint), () => listed?.destroy(), leave];
  paint();
  return { root, destroy: () => ends.forEach((end) => end()) };
}

/**
 * @param {import("../recording.js").Found} found
 * @param {Stream} stream
 * @param {State} state
 * @param {import("../explorer.js").Source} source
 * @returns {{ nodes: HTMLElement[], destroy: () => void }}
 */
function findingsByRule({ findings, accepted, rules, more_findings: more, about_findings: why }, stream, state, source) {
  const settled = acceptedFindings(accepted, (finding) => el(`div.rx-finding.rx-finding-${finding.severity}`, {}, el("div.rx-place", {}, whereOf(finding, state)), el("div.rx-said", {}, saidAndShown(finding))));
  if (!findings.length) {
    const nothing = accepted.length ? emptyPane("No open findings", "All that was found in this recording is accepted.") : emptyPane("No findings", why);
    return { nodes: [nothing, settled].filter((node) => node !== null), destroy() {} };
  }
  /** @type {[Finding, HTMLElement][]} */
  const entries = [];

  /** @param {Finding} finding */
  function entry(finding) {
    const node = el(`li.rx-finding.rx-finding-${finding.severity}`, {}, el("div.rx-place", {}, whereOf(finding, state)), el("div.rx-said", {}, saidAndShown(finding)));
    entries.push([finding, node]);
    return node;
  }

  /** @param {Finding[]} mine */
  function group(mine) {
    const [{ rule, severity }] = mine, about = rules.get(rule);
    const list = el("ul.rx-list-plain", {}, mine.slice(0, MOST_OF_A_RULE).map(entry));
    const rest = mine.slice(MOST_OF_A_RULE);
    const button = el("button.rx-more.rx-rest", { type: "button", onclick: () => { list.append(...rest.map(entry)); button.remove(); light(); } }, `show ${count(rest.length)} more`);
    return el(`section.rx-by-rule.rx-finding-${severity}`, {},
      el("div.rx-by-rule-head", {},
        el("h4", {}, el(`span.rx-badge.rx-badge-${severity}`, {}, severity), rule === null ? null : ruleName(rule, state),
          about ? el("span.rx-title", {}, recorded(about.title)) : null, mine.length > 1 ? el("span.rx-label", {}, `${count(mine.length)} times`) : null),
        rule === null || source.isReport ? null : acceptButton(mine, stream, state, source)),
      about ? ruleWords(about) : null,
      list, rest.length ? button : null);
  }

  /** Tells those at the cursor from the others. */
  function light() {
    const cursor = state.get("cursor");
    for (const [finding, node] of entries) node.classList.toggle("rx-here", covers(finding, cursor) && !isBroad(finding, stream.nChunks));
  }

  const nodes = /** @type {HTMLElement[]} */ ([
    more ? el("p.rx-label", {}, `the most severe ${count(findings.length)}; ${plural(more, "more finding")} of this recording in corpus.findings`) : null,
    ...groupsOf(findings).map(group), settled,
  ].filter(Boolean));
  const relight = oncePerFrame(light), end = state.on("cursor", relight);
  light();
  return { nodes, destroy: () => { end(); relight.cancel(); } };
}
