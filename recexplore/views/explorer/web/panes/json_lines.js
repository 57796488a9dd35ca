// JSON as foldable lines.
//
// Takes indented JSON text (one member a line), gives an element. Works on the text itself and parses no value, so every
// number stands as it was recorded. Long documents are built a part at a time as they come into sight.

import { copyButton, count, el, plural } from "../dom.js";
import { goesOnBelow } from "../goes_on_below.js";
import { recorded } from "../text/controls.js";

const KEY = /^(\s*)("(?:[^"\\]|\\.)*")(: )?/;
const AT_ONCE = 400;
const FOLDED_FROM = 60;

/**
 * @param {string} text
 * @param {string} label what it is, for those who hear the page
 * @returns {HTMLElement}
 */
export function jsonLines(text, label) {
  const lines = text.split("\n");
  const partner = pair(lines);
  const body = el("div.rx-json-lines", { tabindex: "0", role: "region", "aria-label": label });
  const more = el("button.rx-more", { type: "button" });
  /** @type {HTMLElement[]} */
  const nodes = [];
  /** @type {Set<number>} */
  const folded = new Set();

  /** @param {number} at @param {boolean} isFolded */
  function fold(at, isFolded) {
    if (isFolded) folded.add(at);
    else folded.delete(at);
    nodes[at].classList.toggle("rx-folded", isFolded);
    nodes[at].querySelector(".rx-fold")?.setAttribute("aria-expanded", String(!isFolded));
    hide();
  }

  function hide() {
    for (let at = 0; at < nodes.length;) {
      nodes[at].hidden = false;
      if (!folded.has(at)) {
        at++;
        continue;
      }
      for (let inside = at + 1; inside <= partner[at] && inside < nodes.length; inside++) nodes[inside].hidden = true;
      at = partner[at] + 1;
    }
  }

  function grow() {
    const from = nodes.length, to = Math.min(lines.length, from + AT_ONCE);
    for (let at = from; at < to; at++) nodes.push(line(lines[at], partner[at] - at, () => fold(at, !folded.has(at))));
    body.append(...nodes.slice(from));
    more.hidden = to >= lines.length;
    const left = lines.length - to;
    more.textContent = left > AT_ONCE ? `show ${count(AT_ONCE)} of ${plural(left, "more line")}` : `show ${plural(left, "more line")}`;
    hide();
  }

  more.addEventListener("click", grow);
  grow();
  const root = el("div.rx-json", {}, body, more);
  goesOnBelow(root);
  if (lines.length > FOLDED_FROM) {
    // What is deep and long is folded at first; the outline is what one looks for.
    lines.forEach((each, at) => {
      if (at < nodes.length && partner[at] - at > 12 && each.search(/\S/) >= 4) fold(at, true);
    });
  }
  return root;
}

/** @param {string} text @param {number} inside how many lines it folds @param {() => void} toggle */
function line(text, inside, toggle) {
  const node = el("div.rx-json-line");
  node.style.setProperty("--rx-depth", String(Math.max(text.search(/\S/), 0)));
  if (inside > 0) node.append(el("button.rx-fold", { type: "button", "aria-label": "fold", "aria-expanded": "true", onclick: toggle }));
  const plain = text.trimStart();
  const key = KEY.exec(plain);
  if (key && key[3]) {
    node.append(el("span.rx-json-key", {}, recorded(key[2])), ": ", value(plain.slice(key[0].length)));
  } else {
    node.append(value(plain));
  }
  if (inside > 0) node.append(el("span.rx-json-more", {}, ` … ${inside - 1} lines ${text.endsWith("{") ? "}" : "]"}`));
  return node;
}

/** @type {(text: string) => HTMLElement} */
const value = (text) => el(text.startsWith('"') ? "span.rx-json-text" : "span.rx-json-value", {}, recorded(text));

/** For each line that opens an object or list, the line that closes it; else the line itself. @param {string[]} lines */
function pair(lines) {
  const partner = lines.map((_, at) => at);
  /** @type {number[]} */
  const open = [];
  lines.forEach((text, at) => {
    const last = text.at(-1), first = text.trimStart()[0];
    if (first === "}" || first === "]") {
      const from = open.pop();
      if (from !== undefined) partner[from] = at;
    }
    // A line ends in a bracket only where one opens: strings end in a quote or a comma.
    if (last === "{" || last === "[") open.push(at);
  });
  return partner;
}

/**
 * A titled pane with JSON in it, a copy button beside the title.
 * @param {string} title
 * @param {string | null} text
 * @param {string | null} said what to say where there is none
 * @returns {HTMLElement}
 */
export function jsonPane(title, text, said = null) {
  const head = el("h4", {}, el("span", {}, title), text === null ? null : copyButton("copy", () => text, "copy this JSON"));
  return el("section.rx-pane.rx-raw", {}, head, text === null ? el("p.rx-missing", {}, said ?? "loading…") : jsonLines(text, title));
}
