// The explorer as an anywidget: asks the kernel, and tells it where the reader is.
//
// Model: opening (see `Explorer`), recording, chunk. A question is a message {ask, number, …}; the answer has its number.

import { debounced } from "./dom.js";
import { mount } from "./explorer.js";

const PATIENCE_MS = 120_000;

function render({ model, el: root }) {
  const waiting = new Map();
  let asked = 0;
  // Two views of one model hear each other's answers.
  const view = Math.random().toString(36).slice(2);

  function answered(message, buffers) {
    const question = waiting.get(message.number);
    if (!question || message.view !== view) return;
    waiting.delete(message.number);
    clearTimeout(question.timer);
    if (message.error) question.reject(new Error(message.error));
    else question.resolve({ value: message.value, buffers });
  }

  function ask(what, given = {}) {
    return new Promise((resolve, reject) => {
      const number = ++asked;
      const timer = setTimeout(() => {
        waiting.delete(number);
        reject(new Error("The kernel does not answer. If it was restarted, run the cell again."));
      }, PATIENCE_MS);
      waiting.set(number, { resolve, reject, timer });
      model.send({ ask: what, number, view, given });
    });
  }

  const value = async (what, given) => (await ask(what, given)).value;
  const source = {
    find: (given) => value("find", given),
    rows: (given) => value("rows", given),
    question: (recording) => value("question", { recording }),
    pane: (recording, name) => value("pane", { recording, name }),
    chunk: (recording, chunk) => value("chunk", { recording, chunk }),
    show: async (recording) => {
      const answer = await ask("show", { recording });
      return { view: answer.value, buffers: answer.buffers };
    },
  };

  model.on("msg:custom", answered);
  const explorer = mount(root, source, { ...model.get("opening"), recording: model.get("selected"), chunk: model.get("cursor") });
  const { state } = explorer;
  // Told now and then, not at every step: the kernel need not follow a scrubber.
  const tell = debounced(120, () => {
    if (model.get("selected") === state.get("recording") && model.get("cursor") === state.get("cursor")) return;
    model.set("selected", state.get("recording"));
    model.set("cursor", state.get("cursor"));
    model.save_changes();
  });
  root.addEventListener("rx-shown", tell);
  const end = state.on("cursor", tell);
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
