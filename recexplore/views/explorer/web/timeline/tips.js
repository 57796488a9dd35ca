// Tips of the timeline: what a chunk brought to whom, and which findings stand there.

import { beginning, count, el, oneLine, seconds } from "../dom.js";
import { chunksOf, foundAt } from "../panes/findings.js";
import { recorded } from "../text/controls.js";

const MOST_FINDINGS = 4, MOST_LINES = 6;
const MOST_TEXT = 160, MOST_MESSAGE = 240;
const EDGE_PX = 4;

/**
 * @typedef {import("../messages").Finding} Finding
 */

/**
 * What a chunk brought to each lane, as lines: whose, of which kinds, and the text.
 * @param {import("../stream.js").Stream} stream
 * @param {number} chunk
 * @returns {{lane: string, kinds: string[], text: string}[]}
 */
export function broughtBy(stream, chunk) {
  const [first, end] = stream.sharesOf(chunk), lines = [];
  for (let share = first; share < Math.min(end, first + MOST_LINES); share++) {
    const lane = stream.shares.lane[share];
    const kinds = new Set();
    let text = "";
    for (let event = stream.firstEvent[chunk]; event < stream.firstEvent[chunk + 1]; event++) {
      if (stream.choice[event] !== stream.lanes[lane]) continue;
      kinds.add(stream.kindOf(event).label);
      text += stream.toolNames.has(event) ? `${stream.toolNames.get(event)} ` : "";
      text += stream.finishes.get(event) ?? stream.textOf(event);
    }
    lines.push({ lane: stream.laneName(lane), kinds: [...kinds], text: beginning(oneLine(text), MOST_TEXT) });
  }
  return lines;
}

/**
 * A tip about a chunk.
 * @param {import("../stream.js").Stream} stream
 * @param {Finding[]} findings
 * @param {number} chunk
 * @returns {Node[]}
 */
export function chunkTip(stream, findings, chunk) {
  const time = stream.t && !Number.isNaN(stream.t[chunk]) ? ` · ${seconds(stream.t[chunk])}` : "";
  const lines = broughtBy(stream, chunk).map(({ lane, kinds, text }) => el("div.rx-tip-line", {},
    el("span.rx-label", {}, `${lane} · ${kinds.join(", ")} `), el("span.rx-tip-text", {}, recorded(text))));
  return [el("b", {}, `chunk ${count(chunk)}${time}`), ...lines, ...findingsTip(foundAt(findings, chunk, stream.nChunks))];
}

/**
 * Findings as lines of a tip.
 * @param {Finding[]} findings
 * @returns {Node[]}
 */
export function findingsTip(findings) {
  const lines = findings.slice(0, MOST_FINDINGS).map((finding) => el("div.rx-tip-line", {},
    el(`i.rx-sign.rx-sign-${finding.severity}`), el("b", {}, recorded(finding.rule ?? finding.severity)),
    el("span.rx-label", {}, ` ${finding.rule === null ? "" : `${finding.severity} · `}${chunksOf(finding)}`),
    finding.message ? el("div.rx-tip-said", {}, recorded(beginning(finding.message, MOST_MESSAGE))) : null));
  const more = findings.length - MOST_FINDINGS;
  return more > 0 ? [...lines, el("div.rx-label", {}, `and ${count(more)} more`)] : lines;
}

/**
 * Shows a tip around a pixel, as far as its place is wide.
 * @param {HTMLElement} tip
 * @param {number} pixel
 * @param {number} width Of its place.
 * @param {Node[]} inside
 */
export function putTip(tip, pixel, width, inside) {
  tip.replaceChildren(...inside);
  tip.hidden = false;
  const most = Math.max(width - tip.offsetWidth - EDGE_PX, EDGE_PX);
  tip.style.left = `${Math.min(Math.max(pixel - tip.offsetWidth / 2, EDGE_PX), most)}px`;
}
