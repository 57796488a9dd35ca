// The table of recordings. Recorded text is shown by textContent only.
// Model: rows (list of objects, see rows.py), note (string), selected (id).

const ROW_HEIGHT = 46;
const SPARE_ROWS = 6;
const COLORS = { c: "--rx-content", r: "--rx-reasoning", t: "--rx-tool", u: "--rx-unknown", x: "--rx-error", f: "--rx-other", o: "--rx-other" };
const COLUMNS = [
  { key: "id", label: "id", kind: "text" },
  { key: "model", label: "model, test", kind: "text" },
  { key: "choices", label: "n", kind: "number" },
  { key: "chunks", label: "chunks", kind: "number" },
  { key: "tokens", label: "tokens", kind: "number" },
  { key: "lanes", label: "stream", kind: null },
];

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const shortTest = (test) => test.split("::").pop();
// What tells tests of one suite apart stands at the end of their names: the middle gives way.
function bothEnds(text) {
  const line = el("div", "rx-test");
  const tail = text.length > 24 ? 12 : 0;
  line.append(el("span", "rx-start", text.slice(0, text.length - tail)), el("span", "rx-end", tail ? text.slice(-tail) : ""));
  return line;
}

// So does what tells the recordings of one file apart at the end of their ids.
function idCell(id) {
  const at = Math.max(id.lastIndexOf("~"), id.includes("~") ? -1 : id.lastIndexOf("#"));
  const cell = el("div", "rx-col rx-col-id");
  cell.append(el("span", "rx-start", at > 0 ? id.slice(0, at) : id), el("span", "rx-end", at > 0 ? id.slice(at) : ""));
  cell.title = id;
  return cell;
}

const number = (value) => (value === null ? "–" : value.toLocaleString("en"));

function drawLanes(canvas, lanes) {
  const ratio = window.devicePixelRatio || 1;
  const width = 88, height = 30;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const shown = lanes.slice(0, 6);
  const laneHeight = Math.min(10, height / Math.max(shown.length, 1));
  const top = (height - laneHeight * shown.length) / 2;
  const longest = Math.max(1, ...shown.map((lane) => lane.length));
  const step = Math.min(width / longest, 4);
  shown.forEach((lane, at) => {
    for (let k = 0; k < lane.length; k++) {
      const variable = COLORS[lane[k]];
      if (!variable) continue;
      pen.fillStyle = style.getPropertyValue(variable);
      const inset = lane[k] === "o" || lane[k] === "f" ? laneHeight * 0.3 : 1;
      pen.fillRect(k * step, top + at * laneHeight + inset, Math.max(step - 0.5, 0.8), laneHeight - 2 * inset);
    }
  });
}

function render({ model, el: root }) {
  root.classList.add("rx", "rx-picker");
  // A letter typed here is no command of JupyterLab's; its shortcuts with Ctrl stay.
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Tab") event.stopPropagation();
  });
  const bar = el("div", "rx-search");
  const input = el("input", "rx-input");
  input.type = "search";
  input.placeholder = "search id, model, test, provider";
  input.setAttribute("aria-label", "search recordings");
  const count = el("span", "rx-count");
  bar.append(input, count);
  const header = el("div", "rx-row rx-header");
  const list = el("div", "rx-list");
  list.tabIndex = 0;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "recordings");
  const spacer = el("div", "rx-spacer");
  list.append(spacer);
  const note = el("div", "rx-note");
  root.append(bar, header, list, note);

  let sort = { key: null, up: true };
  let shown = [];
  let haystacks = [];

  const buttons = COLUMNS.map((column) => {
    const button = el("button", `rx-col rx-col-${column.key}`, column.label);
    button.disabled = !column.kind;
    button.addEventListener("click", () => {
      sort = sort.key === column.key ? { key: column.key, up: !sort.up } : { key: column.key, up: column.kind === "text" };
      arrange();
    });
    header.append(button);
    return button;
  });

  function takeRows() {
    haystacks = model.get("rows").map((row) =>
      [row.id, row.model, row.test, row.provider, row.path, row.error ? "error" : ""].join("\n").toLowerCase());
    note.textContent = model.get("note");
    note.hidden = !note.textContent;
    arrange();
  }

  function arrange() {
    const rows = model.get("rows");
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = rows.map((_, at) => at).filter((at) => words.every((word) => haystacks[at].includes(word)));
    if (sort.key) {
      const sign = sort.up ? 1 : -1;
      const key = sort.key;
      shown.sort((a, b) => {
        const x = rows[a][key], y = rows[b][key];
        if (x === y) return a - b;
        if (x === null || x === "") return 1;
        if (y === null || y === "") return -1;
        return x < y ? -sign : sign;
      });
    }
    buttons.forEach((button, at) => {
      const active = COLUMNS[at].key === sort.key;
      button.setAttribute("aria-sort", active ? (sort.up ? "ascending" : "descending") : "none");
      button.textContent = COLUMNS[at].label + (active ? (sort.up ? " ↑" : " ↓") : "");
    });
    count.replaceChildren(el("b", "", shown.length.toLocaleString("en")), ` of ${rows.length.toLocaleString("en")}`);
    spacer.style.height = `${shown.length * ROW_HEIGHT}px`;
    list.scrollTop = Math.min(list.scrollTop, Math.max(0, shown.length * ROW_HEIGHT - list.clientHeight));
    paint();
  }

  function paint() {
    const rows = model.get("rows");
    const selected = model.get("selected");
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const last = Math.min(shown.length, first + Math.ceil((list.clientHeight || 600) / ROW_HEIGHT) + 2 * SPARE_ROWS);
    const painted = [];
    const canvases = [];
    for (let at = first; at < last; at++) {
      const row = rows[shown[at]];
      const line = el("div", "rx-row" + (row.id === selected ? " rx-selected" : ""));
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(row.id === selected));
      line.dataset.id = row.id;
      line.style.top = `${at * ROW_HEIGHT}px`;
      line.title = row.test || row.path;
      const name = el("div", "rx-col rx-col-model");
      name.append(el("div", "rx-model", row.model || "no model named"), bothEnds(row.test ? shortTest(row.test) : row.provider));
      const canvas = el("canvas", "rx-lanes");
      canvases.push([canvas, row.lanes]);
      const picture = el("div", "rx-col rx-col-lanes");
      picture.append(row.error && !row.lanes.length ? el("span", "rx-badge", "error") : canvas);
      line.append(
        idCell(row.id),
        name,
        el("div", "rx-col rx-col-choices", number(row.choices)),
        el("div", "rx-col rx-col-chunks", number(row.chunks)),
        el("div", "rx-col rx-col-tokens", number(row.tokens)),
        picture,
      );
      line.addEventListener("click", () => choose(row.id));
      painted.push(line);
    }
    if (!shown.length) painted.push(el("div", "rx-empty", rows.length ? "nothing matches" : "no recording"));
    list.replaceChildren(spacer, ...painted);
    canvases.forEach(([canvas, lanes]) => drawLanes(canvas, lanes));
  }

  function choose(id) {
    if (id === model.get("selected")) return;
    model.set("selected", id);
    model.save_changes();
  }

  function step(by) {
    const rows = model.get("rows");
    const at = shown.findIndex((row) => rows[row].id === model.get("selected"));
    const next = Math.min(Math.max(at + by, 0), shown.length - 1);
    if (next < 0) return;
    const y = next * ROW_HEIGHT;
    if (y < list.scrollTop) list.scrollTop = y;
    else if (y + ROW_HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = y + ROW_HEIGHT - list.clientHeight;
    choose(rows[shown[next]].id);
  }

  list.addEventListener("keydown", (event) => {
    const far = shown.length;
    const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 10, PageUp: -10, Home: -far, End: far }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  });
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && shown.length) choose(model.get("rows")[shown[0]].id);
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      list.focus();
    }
  });
  input.addEventListener("input", arrange);
  list.addEventListener("scroll", paint, { passive: true });
  model.on("change:rows change:note", takeRows);
  model.on("change:selected", paint);
  const resized = new ResizeObserver(paint);
  resized.observe(list);
  takeRows();
  return () => {
    resized.disconnect();
    model.off("change:rows change:note", takeRows);
    model.off("change:selected", paint);
  };
}

export default { render };
