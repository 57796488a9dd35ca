// The panes that are asked for by name: a tab each, in this order. `draw(view, stream, state, source)` gives `{ root, destroy? }`;
// `isOffered(facts)` says whether a recording has anything for it.
//
// Each takes what was answered, the Stream, the shared State and the source. Figures were computed by `recexplore.analysis`;
// nothing is computed here.

import { logprobsPane } from "./logprobs.js";
import { reasoningPane } from "./reasoning.js";
import { requestPane } from "./request.js";
import { timingPane } from "./timing.js";
import { tokensPane } from "./tokens.js";
import { toolsPane } from "./tools.js";

/**
 * A pane; `count` says how many things it shows, `isOffered` whether a recording has anything for it.
 * @typedef {{ label: string,
 *   draw: (view: any, stream: import("../stream.js").Stream, state: import("../state.js").State, source: import("../explorer.js").Source) => import("../recording.js").Pane,
 *   count?: (facts: import("../recording.js").Found) => number, isOffered?: (facts: import("../recording.js").Found) => boolean }} PaneKind
 */

/** @type {Record<Exclude<keyof import("../messages").Panes, "raw">, PaneKind>} */
export const PANES = {
  request: { label: "Request", draw: requestPane },
  reasoning: { label: "Reasoning", draw: reasoningPane },
  tokens: { label: "Tokens", draw: tokensPane },
  timing: { label: "Timing", draw: timingPane },
  tools: { label: "Tools", draw: toolsPane, count: (facts) => facts.n_tool_calls },
  logprobs: { label: "Log probs", draw: logprobsPane, isOffered: (facts) => facts.has_logprobs },
};
