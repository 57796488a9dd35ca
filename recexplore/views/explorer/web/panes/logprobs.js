// Log probabilities: a row a token with how probable the model found it and what it might have said, linked to the text both ways.
//
// Takes what `panes.logprobs` answers: tokens [choice, chunk, token, logprob, [[token, logprob]]]. Rows are made only where they are in sight.

import { count, el, oncePerFrame } from "../dom.js";
import { recorded } from "../text/controls.js";
import { lowerBound } from "../stream.js";
import { emptyPane, table } from "./charts.js";
import { number, pane, text } from "./sheet.js";

const ROW = 26, AIR = 6;

/**
 * A log probability as a share of a hundred.
 * @param {number | null} logprob
 * @returns {string}
 */
export function probability(logprob) {
  if (logprob === null) return "–";
  const part = Math.exp(logprob) * 100;
  if (part === 0) return "0 %";
  if (part < 0.01) return "< 0.01 %";
  return `${part >= 99.995 ? "100" : part.toFixed(part < 1 ? 2 : 1)} %`;
}

/**
 * The rows to be made of a list that has been scrolled: [first, end).
 * @param {number} scrollTop
 * @param {number} height
 * @param {number} n
 * @returns {[number, number]}
 */
export function rowsInSight(scrollTop, height, n) {
  const first = Math.max(Math.floor(scrollTop / ROW) - AIR, 0);
  return [Math.min(first, n), Math.min(Math.ceil((scrollTop + height) / ROW) + AIR, n)];
}

/** What stands instead of blanks, which in a cell nobody would see. */
const shown = (/** @type {string} */ token) => recorded(token.replaceAll(" ", "\u00b7").replaceAll("\n", "↵").replaceAll("\t", "⇥"));

/**
 * @param {import("../messages").LogprobsPane} view as `panes.logprobs` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @returns {{root: HTMLElement, destroy?: () => void}}
 */
export function logprobsPane(view, stream, state) {
  if (!view.tokens.length) return { root: pane(emptyPane("No log probabilities", "None came with this answer.")) };
  const list = tokenList(view.tokens, state);
  const sure = table(
    [text("choice"), number("tokens"), number("mean log probability", "natural logarithm"), number("perplexity", "e to the power of minus that mean: 1 where every token was certain")],
    view.choices.map((row) => [`choice ${row.choice ?? "–"}`, count(row.n_tokens), row.mean_logprob.toFixed(3).replace("-", "−"), row.perplexity === null ? "–" : row.perplexity.toFixed(2)]),
  );
  const least = view.least_sure.map((at) => el("button.rx-pill.rx-token-link", { type: "button", title: `chunk ${count(view.tokens[at][1])}`, onclick: () => state.set("cursor", view.tokens[at][1]) },
    el("code", {}, shown(view.tokens[at][2])), ` ${probability(view.tokens[at][3])}`));
  return {
    root: pane(sure, least.length ? el("div.rx-least", {}, el("span.rx-label", {}, "least probable"), least) : null, list.root,
      view.is_cut ? el("p.rx-label", {}, `the first ${count(view.tokens.length)}; recexplore.analysis.logprobs.tokens has them all`) : null),
    destroy: list.destroy,
  };
}

/** @typedef {import("../messages").LogprobsPane["tokens"][number]} Token */
/** @typedef {import("../state.js").State} State */

/** The tokens in rows of one height; those of the chunk under the cursor stand out and stay in sight. @param {Token[]} tokens @param {State} state */
function tokenList(tokens, state) {
  const isOne = new Set(tokens.map(([choice]) => choice)).size < 2;
  const inner = el("div.rx-token-rows", { style: { height: `${tokens.length * ROW}px` } });
  const root = el("div.rx-token-list", { tabindex: "0", role: "region", "aria-label": "tokens and their probabilities", style: { "max-height": `${tokens.length * ROW + 2}px` } }, inner);
  const chunks = Int32Array.from(tokens, ([, chunk]) => chunk);
  const isInOrder = chunks.every((chunk, at) => at === 0 || chunks[at - 1] <= chunk);
  /** @type {Map<number, HTMLElement>} */
  const made = new Map();

  function paint() {
    const [first, end] = rowsInSight(root.scrollTop, root.clientHeight, tokens.length);
    for (const [at, node] of made) {
      if (at >= first && at < end) continue;
      node.remove();
      made.delete(at);
    }
    for (let at = first; at < end; at++) {
      if (made.has(at)) continue;
      const row = tokenRow(tokens[at], at, state, isOne);
      made.set(at, row);
      inner.append(row);
    }
    const cursor = state.get("cursor"), hover = state.get("hover");
    for (const [at, node] of made) {
      node.classList.toggle("rx-token-now", chunks[at] === cursor);
      node.classList.toggle("rx-hover", chunks[at] === hover);
      node.classList.toggle("rx-later", chunks[at] > cursor);
    }
  }

  function follow() {
    const at = isInOrder ? lowerBound(chunks, state.get("cursor")) : chunks.indexOf(state.get("cursor"));
    const top = Math.min(Math.max(at, 0), tokens.length - 1) * ROW;
    if (top < root.scrollTop || top + ROW > root.scrollTop + root.clientHeight) root.scrollTop = top - root.clientHeight / 2;
    paint();
  }

  const repaint = oncePerFrame(paint), onCursor = oncePerFrame(follow), resized = new ResizeObserver(onCursor);
  root.addEventListener("scroll", repaint, { passive: true });
  resized.observe(root);
  const ends = [state.on("cursor", onCursor), state.on("hover", repaint), repaint.cancel, onCursor.cancel, () => resized.disconnect()];
  return { root, destroy: () => ends.forEach((end) => end()) };
}

/** @param {Token} token @param {number} at @param {State} state @param {boolean} isOne whether one choice is all */
function tokenRow([choice, chunk, token, logprob, alternatives], at, state, isOne) {
  const part = logprob === null ? 0 : Math.exp(logprob) * 100;
  return el("div.rx-token-row", {
    style: { top: `${at * ROW}px` }, dataset: { chunk }, onclick: () => state.set("cursor", chunk),
    onmouseenter: () => state.set("hover", chunk), onmouseleave: () => state.set("hover", null),
  },
  el("span.rx-label.rx-number", {}, `chunk ${count(chunk)}${isOne || choice === null ? "" : ` · choice ${choice}`}`),
  el("code", {}, shown(token)),
  el("span.rx-number", {}, probability(logprob)),
  el("span.rx-chance", {}, el("i", { style: { width: `${part}%` } })),
  el("span.rx-others", {}, alternatives.filter(([name]) => name !== token).map(([name, own]) => el("span", {}, el("code", {}, shown(name)), el("span.rx-label", {}, ` ${probability(own)}`)))));
}
