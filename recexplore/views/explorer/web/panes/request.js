// The request as a conversation: who said what, part by part; what was set beside it; its JSON one click away.
//
// Takes what `panes.request` answers and the source, which is asked for the JSON when somebody wants it. Nothing is loaded: pictures, sounds
// and files are told by their kind and size.

import { beginning, count, el, errorWords, plural } from "../dom.js";
import { recorded } from "../text/controls.js";
import { emptyPane } from "./charts.js";
import { foldedText } from "./folded_text.js";
import { jsonPane } from "./json_lines.js";
import { pane } from "./sheet.js";

const AT_ONCE = 100;

/**
 * @param {import("../messages").RequestPane} view as `panes.request` answers
 * @param {import("../stream.js").Stream} stream
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @returns {{root: HTMLElement}}
 */
export function requestPane(view, stream, state, source) {
  if (view.why) return { root: pane(emptyPane(view.messages.length ? "" : "No conversation", view.why), view.where ? el("p.rx-label", {}, recorded(view.where)) : null) };
  const talk = el("div.rx-request", {}, conversation(view), settings(view.settings));
  const json = el("div", { hidden: true });
  const button = el("button.rx-pill", { type: "button", "aria-pressed": "false", title: "the request as it was recorded" }, "JSON");
  button.addEventListener("click", () => toggle(button, talk, json, stream.id, source));
  const said = `${plural(view.messages.length + view.more, "message")}`;
  return { root: pane(el("div.rx-request-bar", {}, el("span.rx-label", {}, el("b", {}, said), view.where ? " to " : null, recorded(view.where)), button), talk, json) };
}

/** @param {HTMLElement} button @param {HTMLElement} talk @param {HTMLElement} json @param {string} recording @param {import("../explorer.js").Source} source */
async function toggle(button, talk, json, recording, source) {
  const isJson = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(isJson));
  button.classList.toggle("rx-on", isJson);
  talk.hidden = isJson;
  json.hidden = !isJson;
  if (!isJson || json.firstChild) return;
  json.replaceChildren(jsonPane("request", null));
  try {
    const { request, why } = await source.pane(recording, "raw");
    json.replaceChildren(jsonPane("request", request, why));
  } catch (error) {
    json.replaceChildren(el("p.rx-failed", {}, errorWords(error)));
  }
}

/** @param {import("../messages").RequestPane} view */
function conversation({ messages, more }) {
  const list = el("ol.rx-list-plain.rx-messages");
  const rest = el("button.rx-more", { type: "button", onclick: grow });
  function grow() {
    const shown = list.children.length, next = messages.slice(shown, shown + AT_ONCE);
    list.append(...next.map(message));
    const left = messages.length - list.children.length;
    rest.textContent = `show ${plural(Math.min(left, AT_ONCE), "more message")}`;
    rest.hidden = !left;
  }
  grow();
  return el("div.rx-talk", {}, messages.length ? list : el("p.rx-missing", {}, "The request has no messages."), rest,
    more ? el("p.rx-label", {}, `and ${plural(more, "more message")}: the JSON has them all`) : null);
}

const ROLES = new Set(["system", "developer", "user", "assistant", "model", "tool", "function"]);

/** @param {import("../messages").Message} given */
function message({ role, name, parts, more }) {
  return el(`li.rx-message-of.rx-role-${ROLES.has(role) ? role : "other"}`, {},
    el("div.rx-speaker", {}, el("b", {}, recorded(role)), name ? el("span.rx-label", {}, " ", recorded(name)) : null),
    el("div.rx-parts", {}, parts.length ? parts.map(part) : el("span.rx-missing", {}, "nothing"), moreOf(more)));
}

/** @type {(more: string | null) => HTMLElement | null} */
const moreOf = (more) => (more ? el("div.rx-label.rx-part-more", {}, "also said: ", foldedText(more, "code")) : null);

/** @type {(label: string | (string | Node)[], ...more: (Node | null)[]) => HTMLElement} */
const head = (label, ...more) => el("div.rx-part-head", {}, el("span.rx-label", {}, label), ...more);

/** @typedef {import("../messages").Part} Part */

/** What is shown of each kind of part. @type {Record<string, (given: Part) => (HTMLElement | null)[]>} */
const PARTS = {
  text: (given) => [foldedText(given.text ?? "", "div.rx-prose")],
  reasoning: (given) => [head("reasoning"), given.text === null ? null : foldedText(given.text, "div.rx-prose"),
    given.hidden_chars ? el("div.rx-missing", {}, `${count(given.hidden_chars)} characters that only the provider can read`) : null],
  tool_call: (given) => [head("calls ", el("b.rx-call-name", {}, recorded(given.name ?? "not named")), el("span.rx-label", {}, " ", recorded(given.id))),
    given.text ? foldedText(given.text, "pre.rx-code") : el("div.rx-missing", {}, "no arguments")],
  tool_result: (given) => [head("result", given.name ? el("b.rx-call-name", {}, " ", recorded(given.name)) : null, el("span.rx-label", {}, " ", recorded(given.id))),
    ...(given.parts?.length ? given.parts.map(part) : [el("div.rx-missing", {}, "nothing")])],
  json: (given) => [head(given.name ? recorded(given.name) : "JSON"), foldedText(given.text, "pre.rx-code")],
  image: media, audio: media, file: media,
};

/** What cannot be read here is told by its kind and size. @param {Part} given */
function media({ kind, media: type, bytes, name, address, text }) {
  const facts = [type, bytes === null || bytes === undefined ? null : plural(bytes, "byte"), name].filter(Boolean).join(", ");
  return [head(kind, el("span", {}, " ", recorded(facts))), address ? el("code.rx-address", {}, recorded(beginning(address, 300))) : null, text ? foldedText(text, "div.rx-prose") : null];
}

/** @param {Part} given */
function part(given) {
  return el(`div.rx-part.rx-part-${given.kind}`, {}, PARTS[given.kind](given), moreOf(given.more));
}

/** @param {import("../messages").RequestPane["settings"]} given */
function settings(given) {
  return el("aside.rx-settings", { "aria-label": "settings" }, el("h4", {}, "Settings"),
    given.length ? el("dl", {}, given.flatMap(([name, value, json]) => [el("dt.rx-label", {}, recorded(name)), el("dd", {}, json
      ? el("details", {}, el("summary", {}, recorded(value)), el("pre.rx-code", {}, recorded(json))) : recorded(value))]))
      : el("p.rx-missing", {}, "nothing was set"));
}
