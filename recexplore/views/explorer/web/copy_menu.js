// What can be taken away from a recording: a menu whose entries put text on the clipboard.

import { activeElement, beganIn, el, errorWords } from "./dom.js";

const SAID_MS = 1400;

/**
 * A menu of `view.copies` (name and label of each): `{ root, open, destroy }`.
 * @param {import("./messages").RecordingView} view
 * @param {import("./state.js").State} state
 * @param {import("./explorer.js").Source} source
 */
export function copyMenu(view, state, source) {
  const items = view.copies.map(({ name, label }) => el("button.rx-menu-item", { type: "button", role: "menuitem", tabindex: "-1", dataset: { copy: name }, onclick: () => copy(name) }, label));
  const menu = el("div.rx-menu", { role: "menu", "aria-label": "copy", hidden: true }, items);
  const button = el("button.rx-quiet.rx-copy", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", title: "copy (c)", onclick: () => toggle(menu.hidden) }, "copy ▾");
  const root = el("span.rx-copies", {}, button, menu);
  /** @type {any} */
  let timer = null;

  /** @param {boolean} isOpen */
  function toggle(isOpen) {
    menu.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) items[0]?.focus();
  }

  /** @param {string} name */
  async function copy(name) {
    toggle(false);
    button.focus();
    let said = "copied";
    try {
      const link = document.body.classList.contains("rx-alone") && name === "link";
      const text = link ? addressOf(view.id, state.get("cursor")) : await source.copy(view.id, name, state.get("cursor"));
      await navigator.clipboard.writeText(text).catch(() => { throw new Error("the browser refused"); });
    } catch (error) {
      said = errorWords(error);
    }
    button.textContent = said;
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = "copy ▾"; }, SAID_MS);
  }

  root.addEventListener("keydown", (event) => {
    if (menu.hidden) return;
    const here = items.indexOf(/** @type {HTMLButtonElement} */ (activeElement(root))), last = items.length - 1;
    const next = { ArrowDown: here < last ? here + 1 : 0, ArrowUp: here > 0 ? here - 1 : last, Home: 0, End: last }[event.key];
    if (next !== undefined) items[next].focus();
    else if (event.key === "Escape") {
      toggle(false);
      button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const leave = (/** @type {Event} */ event) => { if (!beganIn(event, root)) toggle(false); };
  document.addEventListener("pointerdown", leave, true);
  root.addEventListener("focusout", (/** @type {any} */ event) => { if (event.relatedTarget && !root.contains(event.relatedTarget)) toggle(false); });
  return {
    root,
    open: () => toggle(true),
    destroy() {
      clearTimeout(timer);
      document.removeEventListener("pointerdown", leave, true);
    },
  };
}

/** The page's address at a recording and a chunk, without the token that opened it. @param {string} recording @param {any} chunk */
function addressOf(recording, chunk) {
  const address = new URL(location.href);
  address.searchParams.delete("token");
  address.hash = String(new URLSearchParams({ recording, chunk }));
  return address.href;
}
