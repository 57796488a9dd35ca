// The text of every choice, and the raw JSON of one chunk. Recorded text is shown by textContent only.
// Model: recording (id), answers (list of {name, role, finish, pieces: [[chunk, kind, text]]}), n_chunks, chunk, raw;
// stepped ({recording, chunk}) tells the kernel where the reader went.

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const KNOWN = new Set(["content", "reasoning", "tag", "refusal", "tool_call", "citation", "annotation", "unknown", "error"]);

function render({ model, el: root }) {
  root.classList.add("rx", "rx-reader");
  root.tabIndex = 0;
  // A letter typed here is no command of JupyterLab's; its shortcuts with Ctrl stay.
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Tab") event.stopPropagation();
  });
  const bar = el("div", "rx-steps");
  const back = el("button", "rx-step", "←");
  back.title = "previous chunk (left arrow)";
  const slider = el("input", "rx-slider");
  slider.type = "range";
  slider.min = "0";
  slider.setAttribute("aria-label", "chunk");
  const forth = el("button", "rx-step", "→");
  forth.title = "next chunk (right arrow)";
  const where = el("span", "rx-count");
  const borders = el("label", "rx-toggle");
  const bordersBox = el("input");
  bordersBox.type = "checkbox";
  borders.append(bordersBox, " boundaries and tags");
  bar.append(back, slider, forth, where, borders);
  const panes = el("div", "rx-panes");
  const texts = el("div", "rx-texts");
  const raw = el("section", "rx-pane rx-raw");
  panes.append(texts, raw);
  root.append(bar, panes);
  let pieces = [];

  function paintAnswers() {
    pieces = [];
    const answers = model.get("answers");
    const panes = answers.map((answer) => {
      const pane = el("section", "rx-pane");
      const head = el("h4", "", answer.name);
      const about = [];
      if (answer.name !== "all choices") {
        about.push(answer.role ? answer.role : "no role was sent", answer.finish ? `finish: ${answer.finish}` : "no finish was sent");
      }
      head.append(el("span", "rx-label", about.length ? " · " + about.join(" · ") : ""));
      const body = el("div", "rx-text");
      answer.pieces.forEach(([chunk, kind, text]) => {
        const span = el("span", `rx-event rx-kind-${KNOWN.has(kind) ? kind : "unknown"}`, text);
        span.dataset.chunk = chunk;
        span.title = `chunk ${chunk} · ${kind.replace("_", " ")}`;
        pieces.push(span);
        body.append(span);
      });
      if (!answer.pieces.length) body.append(el("span", "rx-missing", "no text"));
      pane.append(head, body);
      return pane;
    });
    if (!panes.length) {
      const pane = el("section", "rx-pane");
      pane.append(el("span", "rx-missing", "the recording holds no answer"));
      panes.push(pane);
    }
    texts.replaceChildren(...panes);
    slider.max = String(Math.max(0, model.get("n_chunks") - 1));
    paintChunk();
    requestAnimationFrame(paintChunk);
  }

  function paintChunk() {
    const chunk = at;
    const n = model.get("n_chunks");
    pieces.forEach((span) => {
      const own = Number(span.dataset.chunk);
      span.classList.toggle("rx-now", own === chunk);
      span.classList.toggle("rx-later", own > chunk);
    });
    slider.value = String(chunk);
    back.disabled = chunk <= 0;
    forth.disabled = chunk >= n - 1;
    where.replaceChildren("chunk ", el("b", "", n ? String(chunk) : "–"), ` of 0 to ${Math.max(0, n - 1)}`);
    for (const now of pieces.filter((span) => span.classList.contains("rx-now") && span.offsetHeight)) {
      const box = now.closest(".rx-text");
      const top = now.offsetTop;
      if (top < box.scrollTop || top + now.offsetHeight > box.scrollTop + box.clientHeight) {
        box.scrollTop = top + Math.min(now.offsetHeight, box.clientHeight) / 2 - box.clientHeight / 2;
      }
    }
    paintRaw();
  }

  function paintRaw() {
    const head = el("h4", "", `chunk ${model.get("chunk")}, raw`);
    const copy = el("button", "rx-copy", "copy");
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(model.get("raw"));
      copy.textContent = "copied";
      setTimeout(() => { copy.textContent = "copy"; }, 1200);
    });
    head.append(copy);
    raw.replaceChildren(head, el("pre", "rx-json", model.get("raw")));
  }

  // One step is under way at a time; of the steps made meanwhile only the last is told to the kernel.
  let at = model.get("chunk");
  let told = at;
  let isWaiting = false;

  function tell() {
    if (isWaiting || at === told) return;
    told = at;
    isWaiting = true;
    model.set("stepped", { recording: model.get("recording"), chunk: at });
    model.save_changes();
  }

  function answered() {
    isWaiting = false;
    tell();
  }

  function go(chunk) {
    const to = Math.min(Math.max(chunk, 0), Math.max(model.get("n_chunks") - 1, 0));
    if (to === at) return;
    at = to;
    paintChunk();
    tell();
  }

  function takeChunk() {
    // The kernel's echo of a step is no news, and the reader may be further by now.
    if (model.get("chunk") === told) return;
    at = told = model.get("chunk");
    paintChunk();
  }

  function takeRecording() {
    at = told = model.get("chunk");
    isWaiting = false;
    paintAnswers();
  }

  back.addEventListener("click", () => go(at - 1));
  forth.addEventListener("click", () => go(at + 1));
  slider.addEventListener("input", () => go(Number(slider.value)));
  bordersBox.addEventListener("change", () => root.classList.toggle("rx-borders", bordersBox.checked));
  texts.addEventListener("click", (event) => {
    const span = event.target.closest(".rx-event");
    if (span) go(Number(span.dataset.chunk));
  });
  root.addEventListener("keydown", (event) => {
    if (event.target === slider) return event.stopPropagation();
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    go(at + by);
  });
  model.on("change:recording change:answers", takeRecording);
  model.on("change:chunk", takeChunk);
  function takeRaw() {
    paintRaw();
    answered();
  }
  const focus = () => root.focus({ preventScroll: true });
  model.on("change:raw", takeRaw);
  model.on("change:wants_focus", focus);
  paintAnswers();
  return () => {
    model.off("change:recording change:answers", takeRecording);
    model.off("change:chunk", takeChunk);
    model.off("change:raw", takeRaw);
    model.off("change:wants_focus", focus);
  };
}

export default { render };
