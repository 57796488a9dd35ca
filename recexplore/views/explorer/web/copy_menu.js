// What can be taken away from a recording: a menu whose entries put text on the clipboard.

import { el, errorWords } from "./dom.js";
import { Popup } from "./popup.js";

const SAID_MS = 1400;

/**
 * A menu of `view.copies` (name and label of each): `{ root, open, destroy }`.
 * @param {import("./messages").RecordingView} view
 * @param {import("./state.js").State} state
 * @param {import("./explorer.js").Source} source
 */
export function copyMenu(view, state, source) {
  const items = view.copies.map(({ name, label }) => el("button.rx-menu-item", { type: "button", role: "menuitem", tabindex: "-1", dataset: { copy: name }, onclick: () => copy(name) }, label));
  const button = el("button.rx-quiet.rx-copy", { type: "button", title: "copy (c)" }, "copy ▾");
  const menu = new Popup(button, "copy", (box) => box.replaceChildren(...items), "menu");
  /** @type {any} */
  let timer = null;

  /** @param {string} name */
  async function copy(name) {
    menu.close();
    let said = "copied";
    try {
      const link = document.body.classList.contains("rx-alone") && !source.isReport && name === "link";
      const text = link ? addressOf(view.id, state.get("cursor")) : await source.copy(view.id, name, state.get("cursor"));
      await navigator.clipboard.writeText(text).catch(() => { throw new Error("the browser refused"); });
      // Of a file on a disk the link is its name and the place: whoever gets it needs the file.
      if (name === "link" && source.isReport && location.protocol === "file:") said = "copied: send the file, too";
    } catch (error) {
      said = errorWords(error);
    }
    button.textContent = said;
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = "copy ▾"; }, SAID_MS);
  }

  return { root: el("span.rx-copies", {}, button, menu.box), open: () => menu.open(), destroy: () => clearTimeout(timer) };
}

/** The page's address at a recording and a chunk, without the token that opened it. @param {string} recording @param {any} chunk */
function addressOf(recording, chunk) {
  const address = new URL(location.href);
  address.searchParams.delete("token");
  address.hash = String(new URLSearchParams({ recording, chunk }));
  return address.href;
}
