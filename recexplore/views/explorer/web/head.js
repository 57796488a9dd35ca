// What am I looking at: the question, what was found, who answered, and everything that can be taken away.

import { comingWords } from "./coming.js";
import { copyMenu } from "./copy_menu.js";
import { el, plural } from "./dom.js";
import { runsButtons } from "./compare/runs_buttons.js";
import { idLine, NOT_NAMED } from "./list/rows.js";
import { recorded } from "./text/controls.js";
import { line, titled } from "./text/line.js";

/** What a head says that had to be asked for. @typedef {{ title: string, runs: import("./messages").RunCount | null }} Said */

/**
 * The head of a recording, in two lines: `{ root, said, openCopies }`.
 * @param {import("./messages").RecordingView} view
 * @param {import("./state.js").State} state
 * @param {import("./explorer.js").Source} source
 * @param {import("./messages").Start["severities"]} severities
 * @param {Said | null} before what the head of the same recording said until now: a journal may be gone, and what was asked in it is no other thing by that
 */
export function head(view, state, source, severities, before) {
  const title = el("h3.rx-prompt"), copies = copyMenu(view, state, source), runs = runsButtons(view.id, state, source, before?.runs ?? null);
  let words = "";
  const entitle = (/** @type {string} */ prompt) => {
    words = view.title || prompt;
    title.replaceChildren(...(words ? recorded(words) : ["no question was recorded"]));
    title.title = titled(words);
    title.classList.toggle("rx-missing", !words);
  };
  if (view.prompt === null && view.is_open && before?.title) entitle(before.title);
  else if (view.prompt === null) source.prompt(view.id).then(entitle, (error) => entitle(error.message));
  else entitle(view.prompt);
  const counts = severities.filter((severity) => view.n_findings[severity]).map((severity) =>
    el(`button.rx-badge.rx-badge-${severity}`, { type: "button", title: "list them", onclick: () => state.set("tab", "findings") }, plural(view.n_findings[severity], severity)));
  const { name, parameters } = view.test_name, end = view.is_open ? endFact(view.id, state) : null;
  return {
    root: el("header.rx-head", {},
      el("div.rx-head-line", {}, title, el("span.rx-head-tools", {}, runs.root, counts, copies.root)),
      el("div.rx-head-line.rx-identity", {},
        el("div.rx-where", { title: [view.test, view.path].filter(Boolean).map((text) => titled(text)).join("\n") }, el("code", {}, idLine(view.id)), el("span.rx-label.rx-named-by", {}, name ? "test" : "file"), el("span.rx-name", {}, line(name || view.path)), parameters ? el("span.rx-parameters", {}, line(parameters)) : null),
        el("div.rx-facts", {}, view.facts.filter(([label]) => !end || label !== "ended").map(fact), end?.root))),
    /** @returns {Said} */
    said: () => ({ title: words, runs: runs.count() }),
    openCopies: copies.open,
    destroy() {
      copies.destroy();
      runs.destroy();
      end?.destroy();
    },
  };
}

/** What is known now of a stream that has no end. @param {string} id @param {import("./state.js").State} state */
function endFact(id, state) {
  const root = el("span.rx-fact");
  const tell = () => {
    const { look, sentence } = comingWords(state.get("coming").get(id));
    root.replaceChildren(el("b", {}, sentence));
    root.title = sentence;
    root.className = `rx-fact rx-fact-${look}`;
  };
  tell();
  return { root, destroy: state.on("coming", tell) };
}

const SELF_EXPLAINING = ["provider", "model", "dialect", "answer"], COUNTED = ["choices", "chunks"];

/** A fact as a reader takes it at a glance; its label is there to hover where it says what it is. @type {(fact: string[]) => HTMLElement} */
const fact = ([label, value]) => el(`span.rx-fact${label === "error" ? ".rx-fact-error" : ""}`, { title: `${label}: ${titled(value)}` }, (SELF_EXPLAINING.includes(label) && value !== NOT_NAMED) || COUNTED.includes(label) ? null : el("span.rx-label", {}, `${label} `), el("b", {}, line(value)), COUNTED.includes(label) ? el("span.rx-label", {}, ` ${value === "1" ? label.slice(0, -1) : label}`) : null);
