// The explorer as an anywidget: asks the kernel, and tells it where the reader is.
//
// Model: opening, selected, cursor, sent (see `Explorer`). A question is a message {ask, number, view, given}; its answer has
// the same number and view.

import { debounced } from "./dom.js";
import { mount, sourceOf } from "./explorer.js";

const PATIENCE_MS = 120_000;
const GONE = "The kernel is gone, or was restarted: run the cell again.";

/**
 * @typedef {object} Model The kernel's side of the widget, as anywidget gives it.
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(message: object) => void} send
 * @property {(event: string, listener: (...given: any[]) => void) => void} on
 * @property {(event: string, listener: (...given: any[]) => void) => void} off
 *
 * @typedef {{ resolve: (answer: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout> }} Waiting
 */

/** @param {{ model: Model, el: HTMLElement }} given */
function render({ model, el: root }) {
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let asked = 0;
  // Two views of one model hear each other's answers.
  const view = Math.random().toString(36).slice(2);

  /** @param {{ number: number, view: string, value: unknown, error?: string }} message @param {DataView[]} buffers */
  function answered(message, buffers) {
    const question = waiting.get(message.number);
    if (!question || message.view !== view) return;
    waiting.delete(message.number);
    clearTimeout(question.timer);
    if (message.error) question.reject(new Error(message.error));
    else question.resolve({ value: message.value, buffers });
  }

  /** @param {string} what @param {object} given @returns {Promise<{ value: any, buffers: DataView[] }>} */
  function ask(what, given = {}) {
    return new Promise((resolve, reject) => {
      const number = ++asked;
      const timer = setTimeout(() => {
        waiting.delete(number);
        reject(new Error("The kernel has not answered for two minutes. If it was restarted, run the cell again."));
      }, PATIENCE_MS);
      waiting.set(number, { resolve, reject, timer });
      try {
        model.send({ ask: what, number, view, given });
      } catch {
        clearTimeout(timer);
        waiting.delete(number);
        reject(new Error(GONE));
      }
    });
  }

  model.on("msg:custom", answered);
  const explorer = mount(root, sourceOf(ask), { ...model.get("opening"), recording: model.get("selected"), chunk: model.get("cursor") });
  const { state } = explorer;
  // Told now and then, not at every step: the kernel need not follow a scrubber.
  const tell = debounced(120, () => {
    const at = explorer.at();
    if (!at || (model.get("selected") === at.recording && model.get("cursor") === at.cursor)) return;
    model.set("selected", at.recording);
    model.set("cursor", at.cursor);
    model.save_changes();
  });
  root.addEventListener("rx-shown", tell);
  const end = state.on("cursor", tell);
  root.addEventListener("rx-shown", keepPicture, { once: true });

  /** Where something around the cell keeps pictures (the extension of JupyterLab), hands it one of what is shown first. */
  async function keepPicture() {
    if (!root.closest("[data-rx-keeps-picture]")) return;
    const { buffers } = await ask("picture").catch(() => ({ buffers: [] }));
    if (buffers.length) root.dispatchEvent(new CustomEvent("rx-picture", { bubbles: true, detail: { png: buffers[0] } }));
  }
  const told = () => explorer.go(model.get("selected"), model.get("cursor"));
  model.on("change:sent", told);
  return () => {
    tell.cancel();
    end();
    root.removeEventListener("rx-shown", tell);
    model.off("change:sent", told);
    model.off("msg:custom", answered);
    waiting.forEach(({ timer }) => clearTimeout(timer));
    explorer.destroy();
  };
}

export default { render };
