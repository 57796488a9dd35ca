// Accepting findings: a question with the lines that would be written, and the findings that are accepted already.
//
// Nothing is written before the button in the dialog is pressed; what would be is asked of the answers (`proposal`) and shown.

import { debounced, el, errorWords, plural } from "../dom.js";
import { recorded } from "../text/controls.js";

/** @typedef {import("../messages").Finding} Finding */
/** @typedef {import("../messages").AcceptedFinding} AcceptedFinding */
/** @typedef {import("../state.js").State} State */
/** @typedef {import("../stream.js").Stream} Stream */
/** @typedef {import("../explorer.js").Source} Source */

const ASK_AFTER_MS = 150;

/** Where findings can be accepted. @type {["baseline" | "file" | "folder", string][]} */
const WAYS = [
  ["baseline", "in the baseline"],
  ["file", "in a recexplore.toml beside the recording, for its file"],
  ["folder", "in a recexplore.toml beside the recording, for all of its folder"],
];

/**
 * The choices that some findings of a rule are of, each once, with how many.
 * @param {{choice: number | null}[]} findings
 * @returns {[number | null, number][]}
 */
export function choicesOf(findings) {
  const counts = new Map();
  for (const { choice } of findings) counts.set(choice, (counts.get(choice) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => (one ?? -1) - (other ?? -1));
}

/** In words. @param {number | null} choice @param {number} n */
const choiceWords = (choice, n) => `${choice === null ? "the whole answer" : `choice ${choice}`} (${plural(n, "finding")})`;

/**
 * A button that opens the question. `findings` are of one rule and one severity.
 * @param {Finding[]} findings
 * @param {Stream} stream
 * @param {State} state
 * @param {Source} source
 * @returns {HTMLElement}
 */
export function acceptButton(findings, stream, state, source) {
  /** @type {HTMLElement} */
  const button = el("button.rx-quiet.rx-accept", { type: "button", title: "say that this is right as it is; what would be written is shown first", onclick: open }, "accept…");
  function open() {
    const dialog = acceptDialog(findings, stream, state, source);
    button.closest(".rx-explorer")?.append(dialog);
    dialog.showModal();
  }
  return button;
}

/** @param {Finding[]} findings @param {Stream} stream @param {State} state @param {Source} source @returns {HTMLDialogElement} */
function acceptDialog(findings, stream, state, source) {
  const { severity } = findings[0], rule = findings[0].rule ?? "", choices = choicesOf(findings);
  /** @type {HTMLSelectElement} */
  const chosen = el("select", { "aria-label": "which of them" }, choices.map(([choice, n], at) => el("option", { value: at }, choiceWords(choice, n))));
  /** @type {HTMLInputElement[]} */
  const [reason, until] = [el("input", { type: "text", placeholder: "the test wants it so", maxlength: "500", "aria-describedby": "rx-accept-problem" }), el("input", { type: "date" })];
  const ways = WAYS.map(([way, words], at) => ({ way, words, /** @type {HTMLInputElement} */ input: el("input", { type: "radio", name: "rx-way", value: way, checked: at === 0 }) }));
  const words = el("p.rx-accept-words"), file = el("b"), lines = el("pre.rx-accept-lines", { tabindex: "0", "aria-label": "lines to be written" });
  const problem = el("p.rx-failed", { id: "rx-accept-problem", role: "alert", hidden: true });
  /** @type {HTMLButtonElement} */
  const write = el("button.rx-pill.rx-primary", { type: "submit", disabled: true }, "write");
  const cancel = el("button.rx-pill", { type: "button" }, "cancel");
  const beside = el("div.rx-accept-why", {}, el("label", {}, el("span", {}, "reason"), reason, el("span.rx-label", {}, "needed")), el("label", {}, el("span", {}, "until"), until, el("span.rx-label", {}, "the last day; for good if empty")));
  const gains = el("p", {}, file, " gains");
  const form = el("form", { method: "dialog" },
    el("h3", {}, "Accept ", recorded(rule), ` (${severity})?`),
    choices.length > 1 ? el("label.rx-accept-choice", {}, el("span", {}, "of"), chosen) : null,
    el("fieldset", {}, el("legend.rx-label", {}, "where recexplore check reads that it is right as it is"), ways.map(({ input, words: text }) => el("label", {}, input, el("span", {}, text)))),
    beside, gains, lines, words, problem, el("div.rx-accept-buttons", {}, write, cancel));
  /** @type {HTMLDialogElement} */
  const dialog = el("dialog.rx-dialog", { "aria-label": `accept ${rule}` }, form);
  let asked = 0, shown = "";

  const way = () => (ways.find(({ input }) => input.checked) ?? ways[0]).way;
  const given = () => ({
    recording: stream.id, rule, severity, choice: choices[Number(chosen.value)][0], way: way(),
    ...(way() === "baseline" ? {} : { reason: reason.value.trim(), until: until.value }),
  });

  /** @param {string} text what went wrong, "" where nothing did */
  function fail(text) {
    problem.replaceChildren(...recorded(text));
    problem.hidden = !text;
  }

  async function propose() {
    const mine = ++asked;
    write.disabled = true;
    beside.hidden = way() === "baseline";
    try {
      const proposal = await source.proposal(given());
      if (mine !== asked) return;
      const isKnown = proposal.problem === null;
      fail(proposal.problem ?? "");
      for (const node of [gains, lines, words]) node.hidden = !isKnown;
      write.disabled = !isKnown || (way() !== "baseline" && !reason.value.trim());
      if (!isKnown) return;
      shown = proposal.text;
      file.replaceChildren(...recorded(proposal.file));
      lines.replaceChildren(...recorded(proposal.text));
      words.replaceChildren(...recorded(proposal.words));
    } catch (error) {
      if (mine === asked) fail(errorWords(error));
    }
  }

  /** @param {Event} event */
  async function accept(event) {
    event.preventDefault();
    write.disabled = true;
    // A proposal that is still to come would take away what is said now.
    soon.cancel();
    asked++;
    try {
      const { words: said } = await source.accept({ ...given(), shown });
      dialog.close();
      state.set("accepted", { words: said });
    } catch (error) {
      await propose();
      fail(errorWords(error));
    }
  }

  const soon = debounced(ASK_AFTER_MS, propose);
  form.addEventListener("input", () => {
    // What is shown, and a proposal that is on its way, is not what would be written any more.
    write.disabled = true;
    asked++;
    soon();
  });
  form.addEventListener("submit", accept);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    soon.cancel();
    asked++;
    dialog.remove();
  });
  propose();
  return dialog;
}

/**
 * The findings that are accepted, folded; null where none is.
 * @param {AcceptedFinding[]} accepted
 * @param {(finding: Finding) => Node} entry what a finding is shown as
 * @returns {HTMLElement | null}
 */
export function acceptedFindings(accepted, entry) {
  if (!accepted.length) return null;
  return el("details.rx-accepted", {}, el("summary", {}, `${plural(accepted.length, "finding")} accepted`),
    el("ul.rx-list-plain", {}, accepted.map((finding) => el("li", {},
      el("p.rx-label", {}, recorded(finding.rule), ` (${finding.severity}), accepted in `, recorded(finding.accepted_in), finding.reason === null ? null : el("span", {}, ": ", recorded(finding.reason))),
      entry(finding)))));
}
