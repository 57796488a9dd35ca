// Elements and words. Recorded text only ever becomes a text node: no part of the explorer sets HTML.

/**
 * The element that a name like "button.rx-a" makes.
 * @template {string} Name
 * @typedef {Name extends `${infer Tag}.${string}` ? ElementOf<Tag> : Name extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Name] : HTMLElement} ElementOf
 */

/**
 * Attributes, `dataset`, `style`, and listeners; what is null, undefined or false is left out.
 * @typedef {{ [Type in keyof HTMLElementEventMap as `on${Type}`]?: (event: HTMLElementEventMap[Type]) => unknown } & { [name: string]: any }} Props
 */

/** @typedef {Node | string | number | null | undefined} Child */

/** What is called later, unless it is cancelled. @typedef {{ (): void, cancel: () => void }} Later */

/**
 * An element: `el("div.rx-a.rx-b", {title: "…", onclick: f}, "text", node)`. Children that are null are left out.
 * @template {string} Name
 * @param {Name} name
 * @param {Props} props
 * @param {...(Child | Child[])} children
 * @returns {ElementOf<Name>}
 */
export function el(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = /** @type {ElementOf<Name> & HTMLElement} */ (document.createElement(tag));
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "style") Object.entries(/** @type {Record<string, string>} */ (value)).forEach(([name, said]) => node.style.setProperty(name, said));
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(.../** @type {(Node | string)[]} */ (children.flat().filter((child) => child !== null && child !== undefined)));
  return node;
}

/**
 * What has the focus in the page, or in the shadow tree, that a node is in: marimo puts every widget into one.
 * @param {Node} node
 * @returns {HTMLElement | null}
 */
export function activeElement(node) {
  return /** @type {any} */ (node.getRootNode()).activeElement ?? null;
}

/**
 * Whether an event, also one that is heard outside a shadow tree, began in a node.
 * @param {Event} event
 * @param {Node} node
 * @returns {boolean}
 */
export function beganIn(event, node) {
  return event.composedPath().includes(node);
}

/** A number as it is written; a dash where there is none. @type {(value: number | null | undefined) => string} */
export const count = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));

/** @type {(n: number, noun: string) => string} */
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** @type {(part: number | null | undefined) => string} */
export const percent = (part) => (part === null || part === undefined ? "–" : `${(part * 100).toFixed(part && part < 0.01 ? 1 : 0)} %`);

/** Seconds as a person reads them: 80 µs, 12 ms, 1.24 s, 2 min 5 s. @param {number | null | undefined} value */
export function seconds(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 0.0000995) return `${(value * 1e6).toFixed(0)} µs`;
  if (size < 0.0995) return `${(value * 1000).toFixed(size < 0.00995 ? 1 : 0)} ms`;
  if (size < 99.5) return `${value.toFixed(size < 9.95 ? 2 : 1)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** Control characters made visible, for labels of one line. @type {(text: string) => string} */
export const oneLine = (text) => text.replace(/\r\n|\n|\r/g, "↵").replace(/\t/g, "⇥");

/** The beginning of a text, no character cut in two. @param {string} text @param {number} most */
export function beginning(text, most) {
  if (text.length <= most) return text;
  return `${text.slice(0, isHalved(text, most) ? most - 1 : most)}…`;
}

/** Whether a cut at `at` would cut a character in two. @param {string} text @param {number} at */
export function isHalved(text, at) {
  return /[\ud800-\udbff]/.test(text[at - 1] ?? "") && /[\udc00-\udfff]/.test(text[at] ?? "");
}

/**
 * Calls `work` on a click, but not at the end of a drag that selected text.
 * @param {HTMLElement} node
 * @param {(event: MouseEvent) => unknown} work
 */
export function onClick(node, work) {
  /** @type {[number, number] | null} */
  let from = null;
  node.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; });
  node.addEventListener("click", (event) => {
    if (!from || Math.hypot(event.clientX - from[0], event.clientY - from[1]) < 4) work(event);
    from = null;
  });
}

/**
 * Puts text on the clipboard and says so on the button.
 * @param {string} label
 * @param {() => string | Promise<string>} text
 */
export function copyButton(label, text, title = "copy to the clipboard") {
  const button = el("button.rx-quiet", { title, type: "button" }, label);
  button.addEventListener("click", async () => {
    let said = "copied";
    try {
      await navigator.clipboard.writeText(await text());
    } catch {
      said = "the browser refused";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = label; }, 1200);
  });
  return button;
}

/**
 * Calls `work` once things have been quiet for `ms`.
 * @param {number} ms
 * @param {() => unknown} work
 * @returns {Later}
 */
export function debounced(ms, work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/**
 * Calls `work` at most once a frame.
 * @param {() => unknown} work
 * @returns {Later}
 */
export function oncePerFrame(work) {
  let asked = 0;
  const call = () => {
    if (!asked) asked = requestAnimationFrame(() => { asked = 0; work(); });
  };
  call.cancel = () => { cancelAnimationFrame(asked); asked = 0; };
  return call;
}

/**
 * What went wrong, in words.
 * @param {unknown} error
 * @returns {string}
 */
export const errorWords = (error) => (error instanceof Error ? error.message : String(error));
