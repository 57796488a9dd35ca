// The number of the chunk under the cursor, as a field: type one and Enter goes there, Escape gives it up.

import { count, el } from "../dom.js";

const SEPARATORS = /[\s,.’'_\u00a0\u202f]/g;

/**
 * The chunk that somebody asks for, or why there is none.
 * @param {string} typed Separators between its digits are no matter.
 * @param {number} last
 * @returns {{chunk: number} | {why: string}}
 */
export function chunkAsked(typed, last) {
  const digits = typed.replace(SEPARATORS, ""), range = `0 to ${count(last)}`;
  if (!/^-?\d+$/.test(digits)) return { why: `a chunk's number, ${range}` };
  const chunk = Number(digits);
  return chunk >= 0 && chunk <= last ? { chunk } : { why: `chunks are ${range}` };
}

/**
 * @typedef {object} ChunkField
 * @property {HTMLElement} root
 * @property {(chunk: number) => void} show Unless somebody is typing.
 * @property {() => void} ask
 */

/**
 * @param {number} last
 * @param {(chunk: number) => void} go
 * @param {() => void} leave Takes the focus elsewhere.
 * @returns {ChunkField}
 */
export function chunkField(last, go, leave) {
  const why = el("span.rx-why-not", { role: "alert", hidden: true });
  const input = el("input.rx-position", {
    type: "text", inputmode: "numeric", autocomplete: "off", "aria-label": "go to chunk", title: "go to chunk (g)", disabled: last < 1,
    style: { width: `${Math.max(count(last).length, 2) + 1.6}ch` },
  });
  let shown = 0, isTyped = false;

  function reset() {
    isTyped = false;
    input.value = count(shown);
    input.removeAttribute("aria-invalid");
    why.hidden = true;
  }

  function take() {
    const asked = chunkAsked(input.value, last);
    if ("why" in asked) {
      input.setAttribute("aria-invalid", "true");
      why.textContent = asked.why;
      why.hidden = false;
      return;
    }
    reset();
    go(asked.chunk);
    leave();
  }

  const keys = { Enter: take, Escape: () => { reset(); leave(); } };
  input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    // What is typed here is no command, neither of the explorer's nor of the page's around it.
    event.stopPropagation();
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[/** @type {keyof typeof keys} */ (event.key)]();
  });
  input.addEventListener("input", () => { isTyped = true; });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", reset);
  return {
    root: el("span.rx-go-to", {}, input, why),
    show(chunk) {
      shown = chunk;
      if (!isTyped) input.value = count(chunk);
    },
    ask() {
      input.focus({ preventScroll: true });
      input.select();
    },
  };
}
