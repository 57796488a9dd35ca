// In the head of a recording: how many runs its request has; shows them in the list, or compares them.

import { count, el, plural } from "../dom.js";

/**
 * @param {string} id
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @param {import("../messages").RunCount | null} before how many there were until now: said until it is known again
 */
export function runsButtons(id, state, source, before = null) {
  const root = el("span.rx-runs-of", {});
  let isEnded = false, known = before;

  async function tell() {
    const answer = await source.runs(id).catch(() => null);
    if (isEnded || !answer || (answer.n_runs === null && (known?.n_runs ?? null) !== null)) return;
    known = answer;
    show(answer);
  }

  /** @param {import("../messages").RunCount} answer */
  function show({ n_runs: n, is_costly: isCostly }) {
    if (n === null && isCostly) {
      const ask = () => root.dispatchEvent(new CustomEvent("rx-group", { bubbles: true }));
      root.replaceChildren(el("button.rx-quiet", { type: "button", title: "look which recordings are runs of this request: all requests are read again", onclick: ask }, "runs?"));
    } else if (n !== null && n > 1) {
      root.replaceChildren(
        el("button.rx-link", { type: "button", title: "list them", onclick: () => state.set("query", { words: `request:"${id}"` }) }, `${plural(n, "run")} of this request`),
        el("button.rx-pill.rx-compare", { type: "button", title: `compare all ${count(n)} runs (o)`, onclick: () => state.set("compared", [id]) }, "compare"));
    } else {
      root.replaceChildren();
    }
  }

  const end = state.on("grouped", tell);
  if (known) show(known);
  tell();
  return {
    root, count: () => known,
    destroy() {
      isEnded = true;
      end();
    },
  };
}
