// Reasoning and content: a strip of phases a choice, and what each phase was.

import { count, el, percent, plural, seconds } from "../dom.js";
import { chunkLink, cursorLine, emptyPane, partsBar, strip, table } from "./charts.js";
import { note, number, pane, text } from "./sheet.js";

/**
 * @param {import("../messages").ReasoningPane} view as `panes.reasoning` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @returns {{root: HTMLElement, destroy?: () => void}}
 */
export function reasoningPane(view, stream, state) {
  if (!view.choices.length) {
    return { root: pane(...view.notes.map(note), emptyPane("No reasoning and no content", "Nothing in this recording has a phase: no text of an answer came.")) };
  }
  /** @type {(() => void)[]} */
  const ends = [];
  const parts = view.choices.map((choice) => {
    const line = cursorLine(state, stream.nChunks);
    ends.push(line.destroy);
    const bar = strip(choice.phases.map((phase) => ({
      kind: phase.phase, from: phase.first_chunk, to: phase.last_chunk,
      title: `${phase.phase}: chunks ${count(phase.first_chunk)} to ${count(phase.last_chunk)}, ${plural(phase.chars, "character")}`,
    })), stream.nChunks, state);
    bar.append(line.node);
    return [
      el("h4", {}, el("span", {}, choice.name), el("span.rx-label", {}, choice.words)),
      bar,
      table(
        [text("phase"), number("stretches", "how often this phase began"), number("events"), number("characters"),
          number("share", "of the choice's characters, tags left out"), number("time", "from its first to its last chunk"),
          number("tokens", "as reported; of the whole recording"), text("from")],
        choice.split.map((row) => [
          el("span", {}, el(`i.rx-dot.rx-is-${row.phase}`), row.phase), count(row.n_phases), count(row.n_events), count(row.chars),
          el("span.rx-share", {}, percent(row.share), partsBar([
            { kind: row.phase, size: row.share }, { kind: "nothing", size: 1 - row.share },
          ])),
          row.seconds === null ? "–" : seconds(row.seconds), count(row.tokens), chunkLink(state, row.first_chunk),
        ]),
      ),
    ];
  });
  return { root: pane(...view.notes.map(note), ...parts.flat()), destroy: () => ends.forEach((end) => end()) };
}
