// Find: search, facets and the table of recordings, a page at a time.
//
// The kernel searches and sorts; this keeps the pages it asked for and paints the rows in sight. A recording is chosen by
// setting `recording` in the shared State; another part asks for recordings by setting `query`.

import { count, debounced, el, isHalved, oncePerFrame, plural } from "../dom.js";

const ROW = 50, PAGE = 100, MOST_PAGES = 24;
// Browsers refuse elements much taller than thirty million pixels.
const TALLEST = 8_000_000;
const COLUMNS = [
  { key: "id", label: "id", up: true },
  { key: "findings", label: "findings", title: "errors, then warnings, then notes" },
  { key: "model", label: "model, test", up: true },
  { key: "choices", label: "n", title: "choices" },
  { key: "chunks", label: "chunks" },
  { key: "tokens", label: "tokens", title: "total, as reported" },
  { key: null, label: "stream", title: "who spoke when: one line a choice, coloured by kind" },
];
const FACETS = ["provider", "model", "dialect", "shows", "severity", "rule"];

export function finder(opening, state, source) {
  const input = el("input.rx-input", {
    type: "search", placeholder: "text, test, model:gpt-4o, chunks:>100, has:reasoning …", "aria-label": "search recordings", spellcheck: "false",
    title: "Words are looked for everywhere, also in the answers. \"a phrase\", -without, field:value (id, test, model, provider, path, dialect, text, tool, finish, error, rule …), chunks:>100, n:2, has:tools, -has:usage",
  });
  const facetPlace = el("span.rx-facets");
  const total = el("span.rx-count.rx-total", { role: "status" });
  const bar = el("div.rx-bar-top", {},
    el("span.rx-brand", {}, "recexplore"), el("span.rx-label.rx-corpus", { title: opening.where }, ending(opening.where)),
    input, facetPlace, total);
  const header = el("div.rx-row.rx-header");
  const spacer = el("div.rx-spacer"), layer = el("div.rx-layer");
  const list = el("div.rx-list", { tabindex: "0", role: "listbox", "aria-label": "recordings" }, spacer, layer);
  const notes = el("div.rx-note", { hidden: true });
  const root = el("nav.rx-finder", {}, header, list, notes);

  let chosen = {}, sort = null, descending = false, found = { total: 0, at: -1 }, key = 0, asked = "", searching = null, walking = Promise.resolve(), failure = null;
  // Several views of one explorer ask the same kernel.
  const own = Math.random().toString(36).slice(2);
  const pages = new Map(), wanted = new Map();
  // Findings stand under the id, and so does what sorts by them.
  const sorts = el("div.rx-sorts");
  header.append(sorts);
  const buttons = COLUMNS.map((column, at) => {
    const button = el(`button.rx-col.rx-col-${column.key ?? "lanes"}`, { type: "button", title: column.title, disabled: column.key === null }, column.label);
    button.addEventListener("click", () => {
      if (sort !== column.key) [sort, descending] = [column.key, !column.up];
      else if (descending === !column.up) descending = !descending;
      else [sort, descending] = [null, false];
      search();
    });
    (at < 2 ? sorts : header).append(button);
    return button;
  });

  /** Asks anew; `reveal` scrolls to the chosen recording, else the list begins at its top. */
  function search(reveal = false) {
    soon.cancel();
    searching = find(++key, reveal === true);
    return searching;
  }

  async function find(mine, reveal) {
    asked = input.value;
    root.classList.add("rx-busy");
    try {
      const answer = await source.find({ query: input.value, facets: chosen, sort, descending, recording: state.get("recording"), view: own, key: mine, count: PAGE });
      if (mine !== key) return;
      found = answer;
      failure = null;
      pages.clear();
      wanted.clear();
      pages.set(0, answer.rows);
      spacer.style.height = `${tall()}px`;
      list.scrollTop = 0;
      said(answer);
      if (reveal) toChosen();
      state.set("substrings", answer.substrings);
      paint();
    } catch (error) {
      if (mine === key) complain(error);
    } finally {
      if (mine === key) root.classList.remove("rx-busy");
    }
  }

  function said(answer) {
    total.replaceChildren(el("b", {}, count(answer.total)), ` of ${plural(answer.of, "recording")}`);
    notes.replaceChildren(...[...answer.notes, ...opening.notes].map((words) => el("div", {}, words)));
    notes.hidden = !notes.childElementCount;
    buttons.forEach((button, at) => {
      const active = sort !== null && COLUMNS[at].key === sort;
      button.setAttribute("aria-sort", active ? (descending ? "descending" : "ascending") : "none");
      button.textContent = COLUMNS[at].label + (active ? (descending ? " ↓" : " ↑") : "");
    });
    const focused = facetPlace.contains(document.activeElement) ? document.activeElement.dataset.facet : null;
    facetPlace.replaceChildren(...FACETS.filter((name) => (answer.facets[name] ?? []).length > 1 || chosen[name]).map((name) => facet(name, answer.facets[name] ?? [])));
    if (focused) facetPlace.querySelector(`[data-facet="${focused}"]`)?.focus();
  }

  function facet(name, values) {
    const now = chosen[name]?.[0] ?? "";
    const select = el(`select.rx-pill${now ? ".rx-on" : ""}`, { "aria-label": name, title: `only one ${name === "shows" ? "trait" : name}`, dataset: { facet: name } },
      el("option", { value: "" }, `${name}`),
      values.map(({ value, count: n }) => el("option", { value, selected: value === now }, `${isolated(value)} (${count(n)})`)));
    if (now && !values.some(({ value }) => value === now)) select.append(el("option", { value: now, selected: true }, `${isolated(now)} (0)`));
    select.addEventListener("change", () => {
      const { [name]: _, ...others } = chosen;
      chosen = select.value ? { ...others, [name]: [select.value] } : others;
      search();
    });
    return select;
  }

  function complain(error) {
    failure = error.message;
    paint();
  }

  const tall = () => Math.min(found.total * ROW, TALLEST);
  const room = () => list.clientHeight || 600;

  /** The place in the order that stands at the top of the list. */
  function firstPlace() {
    const whole = found.total * ROW;
    if (whole <= TALLEST) return list.scrollTop / ROW;
    return (list.scrollTop / Math.max(TALLEST - room(), 1)) * Math.max(found.total - room() / ROW, 0);
  }

  function scrollTo(place) {
    const whole = found.total * ROW;
    list.scrollTop = whole <= TALLEST ? place * ROW : (place / Math.max(found.total - room() / ROW, 1)) * (TALLEST - room());
  }

  function toChosen() {
    if (found.at < 0) return;
    const first = firstPlace(), fits = room() / ROW;
    if (found.at < first) scrollTo(found.at);
    else if (found.at + 1 > first + fits) scrollTo(Math.max(0, found.at + 1 - fits));
  }

  function want(page) {
    if (pages.has(page)) return null;
    if (!wanted.has(page)) wanted.set(page, fetchPage(page, key));
    return wanted.get(page);
  }

  async function fetchPage(page, mine) {
    try {
      const rows = await source.rows({ view: own, key: mine, first: page * PAGE, count: PAGE });
      if (mine !== key) return;
      pages.set(page, rows);
      // The pages asked for longest ago are let go.
      for (const old of pages.keys()) if (pages.size > MOST_PAGES && old !== page) pages.delete(old);
      repaint();
    } catch (error) {
      if (mine === key) complain(error);
    } finally {
      if (mine === key) wanted.delete(page);
    }
  }

  const rowAt = (place) => pages.get(Math.floor(place / PAGE))?.[place % PAGE];

  function paint() {
    root.classList.toggle("rx-out-of-date", failure !== null);
    if (failure !== null) {
      layer.replaceChildren(el("div.rx-empty.rx-failed", {}, failure, " ", el("button.rx-link", { type: "button", onclick: () => search() }, "try again")));
      return;
    }
    if (!found.total) {
      layer.replaceChildren(el("div.rx-empty", {}, found.of ? "Nothing matches. Every word has to be found; a facet above may leave too little." : opening.empty));
      return;
    }
    const first = firstPlace(), from = Math.max(0, Math.floor(first) - 3);
    const to = Math.min(found.total, Math.ceil(first + room() / ROW) + 3);
    const rows = [], pictures = [];
    for (let place = from; place < to; place++) {
      const row = rowAt(place);
      if (!row) want(Math.floor(place / PAGE));
      const node = row ? line(row, pictures) : el("div.rx-row.rx-waiting");
      node.style.top = `${list.scrollTop + (place - first) * ROW}px`;
      rows.push(node);
    }
    layer.replaceChildren(...rows);
    list.setAttribute("aria-activedescendant", `${own}-${state.get("recording")}`);
    pictures.forEach(([canvas, lines]) => draw(canvas, lines, opening.small_letters));
  }
  const repaint = oncePerFrame(paint);

  function line(row, pictures) {
    const isChosen = row.id === state.get("recording");
    const canvas = el("canvas.rx-thumbnail");
    pictures.push([canvas, row.lanes]);
    // Each severity has its place, whether there are others or not.
    const badges = opening.severities.map((severity) => (row.findings[severity]
      ? el(`span.rx-badge.rx-badge-${severity}`, { title: plural(row.findings[severity], severity) }, `${severity[0].toUpperCase()}${row.findings[severity]}`) : el("span.rx-no-badge")));
    const test = row.test.split("::").pop();
    return el(`div.rx-row${isChosen ? ".rx-selected" : ""}`, {
      role: "option", id: `${own}-${row.id}`, "aria-selected": String(isChosen), dataset: { id: row.id }, title: `${row.test}\n${row.path}`,
      onclick: () => choose(row.id),
    },
    el("div.rx-col.rx-col-id", { title: row.id },
      bothEnds("rx-id", row.id, Math.max(row.id.lastIndexOf("~"), row.id.includes("~") ? -1 : row.id.lastIndexOf("#")), null),
      badges.some((badge) => badge.textContent) ? el("div.rx-badges", {}, badges) : null),
    el("div.rx-col.rx-col-model", {},
      el("div.rx-model", {}, row.model || "no model named"),
      row.match ? snippet(row.match) : bothEnds("rx-test", test, test.length > 26 ? test.length - 14 : -1, null)),
    el("div.rx-col.rx-col-choices", {}, count(row.choices)),
    el("div.rx-col.rx-col-chunks", {}, count(row.chunks)),
    el("div.rx-col.rx-col-tokens", { title: row.tokens === null ? "no total was reported" : null }, count(row.tokens)),
    el("div.rx-col.rx-col-lanes", {}, row.error && !row.lanes.length ? el("span.rx-badge.rx-badge-error", {}, "error") : canvas));
  }

  const snippet = (match) => el("div.rx-test.rx-match", { title: `found in ${match.where}` },
    el("span", {}, match.before), el("mark", {}, match.hit), el("span", {}, match.after));

  /** What tells names of one suite apart stands at their ends: the middle gives way. */
  function bothEnds(classes, words, at, title) {
    const cut = at > 0 ? at - isHalved(words, at) : words.length;
    return el(`div.${classes}`, { title }, el("span.rx-start", {}, words.slice(0, cut)), el("span.rx-end", {}, words.slice(cut)));
  }

  function choose(id) {
    state.set("recording", id);
  }

  /** Chooses the recording `by` rows further down; one step after the other, however long a page takes. */
  function step(by) {
    walking = walking.then(() => walk(by));
    return walking;
  }

  async function walk(by) {
    await searching;
    if (!found.total) return;
    const here = found.at < 0 && by > 0 ? -1 : found.at;
    const next = Math.min(Math.max(here + by, 0), found.total - 1);
    const mine = key;
    if (!rowAt(next)) await want(Math.floor(next / PAGE));
    const row = rowAt(next);
    if (!row || mine !== key) return;
    found.at = next;
    choose(row.id);
    toChosen();
    repaint();
  }

  function noteChosen(id) {
    for (const [page, rows] of pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at < 0) continue;
      found.at = page * PAGE + at;
      toChosen();
      return repaint();
    }
    // Chosen from outside, and on no page that was asked for: the kernel knows where it stands.
    return search(true);
  }

  list.addEventListener("keydown", (event) => {
    const fits = Math.max(1, Math.floor(room() / ROW) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: fits, PageUp: -fits, Home: -found.total, End: found.total }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "Escape" && !input.value) list.focus();
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    list.focus();
    if (event.key !== "Enter") return;
    if (asked !== input.value) await search();
    if (found.total && rowAt(0)) choose(rowAt(0).id);
  });
  const soon = debounced(140, () => search());
  input.addEventListener("input", soon);
  list.addEventListener("scroll", repaint, { passive: true });
  const sized = new ResizeObserver(repaint);
  sized.observe(list);
  const ends = [state.on("recording", noteChosen), state.on("theme", repaint), state.on("query", ({ words }) => { input.value = words; search(true); })];
  search(true);
  return {
    root, bar, step,
    focus() { input.focus(); input.select(); },
    destroy() {
      key++;
      soon.cancel();
      repaint.cancel();
      sized.disconnect();
      ends.forEach((end) => end());
    },
  };
}

/** Text whose direction ends with it (FSI, PDI): an option has no elements inside. */
const isolated = (text) => (/[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text) ? `\u2068${text}\u2069` : text);

/** The end of a path says more than its beginning. */
function ending(where) {
  if (where.length <= 24) return where;
  const slash = where.indexOf("/", where.length - 24);
  return `…${where.slice(slash > 0 && slash < where.length - 1 ? slash : where.length - 20)}`;
}

function draw(canvas, lines, smallLetters) {
  const ratio = window.devicePixelRatio || 1, width = 80, height = 30;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
  pen.scale(ratio, ratio);
  const shown = lines.slice(0, 6), tall = Math.min(10, height / Math.max(shown.length, 1));
  const top = (height - tall * shown.length) / 2;
  const step = Math.min(width / Math.max(1, ...shown.map((line) => line.length)), 4);
  shown.forEach((line, at) => {
    for (let k = 0; k < line.length; k++) {
      const colour = style.getPropertyValue(`--rx-letter-${line[k]}`);
      if (!colour) continue;
      pen.fillStyle = colour;
      const inset = smallLetters.includes(line[k]) ? tall * 0.3 : 1;
      pen.fillRect(k * step, top + at * tall + inset, Math.max(step - 0.5, 0.8), tall - 2 * inset);
    }
  });
}
