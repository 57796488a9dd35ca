// Find: search, facets and the table of recordings.
//
// The kernel searches and sorts; this asks, and walks through what was found. A recording is chosen by setting `recording` in
// the shared State; another part asks for recordings by setting `query`.

import { count, debounced, el, plural } from "../dom.js";
import { columnsButton } from "./chooser.js";
import { chosenBar, Choosing } from "./chosen.js";
import { Facets } from "./facets.js";
import { fileButtons } from "./files.js";
import { nothingFound, notesOf } from "./found_words.js";
import { namesOrder, nextOrder, withOrder } from "./order.js";
import { PAGE, Pages } from "./pages.js";
import { Prompts } from "./prompts.js";
import { recorded } from "../text/controls.js";
import { line, titled } from "../text/line.js";
import { ROW } from "./scroll.js";
import { Table } from "./table.js";

const HOW = "Words are looked for everywhere, also in the answers. \"a phrase\", -without, field:value (id, test, model, provider, path, dialect, text, tool, finish, error, rule …), chunks:>100, n:2, has:tools, -has:usage, runs:>1, request:ID, sort:-tokens";

/**
 * The search, and the list of what it found.
 * @param {import("../explorer.js").Opening} opening
 * @param {import("../state.js").State} state
 * @param {import("../explorer.js").Source} source
 * @returns {Finder}
 */
export const finder = (opening, state, source) => new Finder(opening, state, source);

class Finder {
  /** @type {Pick<import("../messages").FindAnswer, "total" | "of" | "at" | "notes" | "nowhere">} */
  #found = { total: 0, of: 0, at: -1, notes: [], nowhere: [] };
  /** The order that heads chose; a query may name another. @type {import("./order.js").Order} */
  #order = { by: null, descending: false };
  #key = 0;
  /** @type {(() => void)[]} */
  ends = [];
  #asked = "";
  #searching = Promise.resolve();
  #walking = Promise.resolve();
  // Several views of one explorer ask the same kernel.
  #view = Math.random().toString(36).slice(2);

  /** @param {import("../explorer.js").Opening} opening @param {import("../state.js").State} state @param {import("../explorer.js").Source} source */
  constructor(opening, state, source) {
    this.opening = opening;
    this.state = state;
    this.source = source;
    /** @type {HTMLInputElement} */
    this.input;
    /** @type {HTMLElement} */
    this.total;
    /** @type {HTMLElement} */
    this.bar;
    /** @type {HTMLElement} */
    this.notes;
    /** @type {HTMLElement} */
    this.root;
    this.pages = new Pages((first, n) => source.rows({ view: this.#view, key: this.#key, first, count: n }), () => this.table.repaint(), (error) => this.#complain(error));
    this.prompts = new Prompts(source, () => this.table.repaint());
    this.facets = new Facets(() => this.search(), (facet, words) => source.values({ view: this.#view, key: this.#key, facet, words }), () => this.root.dispatchEvent(new CustomEvent("rx-group", { bubbles: true })));
    /** Which recordings are chosen for comparing. */
    this.choosing = new Choosing(state, (place) => this.pages.at(place)?.id);
    this.table = new Table(opening, {
      rowAt: (place) => this.pages.at(place), want: (place) => this.pages.want(place), promptOf: (row) => this.prompts.of(row), comingOf: (id) => state.get("coming").get(id),
      isShown: (id) => state.get("compared")?.includes(id) ?? id === state.get("recording"), choose: (id, place, event) => this.choosing.click(id, place, event), isChosen: (id) => this.choosing.has(id), sorted: (by, isRising) => this.#sort(by, isRising),
    });
    this.soon = debounced(140, () => this.search());
    this.#build();
    this.ends.push(state.on("recording", (/** @type {string} */ id) => this.#noteShown(id)), state.on("theme", this.table.repaint), state.on("query", (/** @type {{ words: string }} */ { words }) => this.#take(words)),
      state.on("chosen", () => this.table.repaint()), state.on("coming", () => this.table.tellComing()), state.on("grouped", (/** @type {boolean} */ isGrouped) => isGrouped && this.#tellRuns()));
    this.search({ reveal: true });
  }

  #build() {
    const { opening } = this;
    this.input = el("input.rx-input", {
      type: "search", placeholder: "text, test, model:gpt-4o, chunks:>100, has:reasoning …", "aria-label": "search recordings", spellcheck: "false", title: HOW,
      oninput: this.soon, onkeydown: (/** @type {any} */ event) => this.#pressedInSearch(event),
    });
    this.total = el("span.rx-count.rx-total", { role: "status" });
    const columns = columnsButton(() => this.table.chosen(), {
      hide: (hidden) => this.table.choose({ hidden }), reset: () => this.table.choose({ hidden: [], widths: {} }),
    });
    this.bar = el("div.rx-bar-top", {},
      el("span.rx-brand", {}, "recexplore"), el("span.rx-label.rx-corpus", { title: titled(opening.where) }, line(ending(opening.where))), this.input,
      this.facets.root, el("span.rx-counts", {}, this.total, fileButtons(opening, this.source), columns));
    this.notes = el("div.rx-note", { hidden: true, role: "status" });
    this.table.list.addEventListener("keydown", (/** @type {any} */ event) => this.#pressedInList(event));
    const chosen = chosenBar(this.state, () => this.choosing.compare());
    this.ends.push(chosen.destroy);
    this.root = el("nav.rx-finder", { "aria-label": "recordings" }, this.table.root, chosen.root, this.notes);
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  destroy() {
    this.#key++;
    this.soon.cancel();
    this.prompts.destroy();
    this.table.destroy();
    this.ends.forEach((end) => end());
  }

  /** Asks once more for what is shown, now that runs are counted: rows and facets say so, and nothing else changes. */
  async #tellRuns() {
    await this.#searching;
    const key = this.#key, answer = await this.#ask(key).catch(() => null);
    if (!answer || key !== this.#key) return;
    if (this.table.top() >= PAGE / 2 || answer.total !== this.#found.total) return this.refresh();
    this.pages.begin(answer.rows);
    this.facets.update(answer);
    this.table.tellRuns();
  }

  /** @param {number} key @param {string[]} [anchors] */
  #ask(key, anchors = []) {
    return this.source.find({
      query: this.#asked, facets: this.facets.chosen, sort: this.#order.by, descending: this.#order.descending,
      recording: this.state.get("recording"), view: this.#view, key, count: PAGE, anchors,
    });
  }

  /** Asks anew; `reveal` scrolls to the shown recording, else the list begins at its top. */
  search({ reveal = false } = {}) {
    this.soon.cancel();
    this.#searching = this.#find(++this.#key, () => {
      this.table.list.scrollTop = 0;
      if (reveal) this.table.reveal(this.#found.at);
    });
    return this.#searching;
  }

  /** Asks anew after the corpus changed: what is in sight stays where it is, if it is still there. @param {Record<string, string | null>} renamed what became of ids */
  refresh(renamed = {}) {
    const { table } = this, top = table.top(), inSight = new Map();
    for (let place = Math.floor(top); place < Math.min(table.total, top + table.room() / ROW); place++) {
      const row = this.pages.at(place);
      if (row) inSight.set(row.id, place);
    }
    this.soon.cancel();
    this.prompts.forget(renamed);
    this.#searching = this.#find(++this.#key, (/** @type {import("../messages").FindAnswer} */ { anchor }) => {
      if (anchor) table.scrollTo(anchor[1] - (inSight.get(anchor[0]) - top));
    }, [...inSight.keys()]);
    return this.#searching;
  }

  /** @param {number} mine @param {(answer: import("../messages").FindAnswer) => void} place scrolls to where to begin @param {string[]} anchors */
  async #find(mine, place, anchors = []) {
    const { input, root, state, table } = this;
    this.#asked = input.value;
    root.classList.add("rx-busy");
    try {
      const answer = await this.#ask(mine, anchors);
      if (mine !== this.#key) return;
      this.#found = answer;
      this.pages.begin(answer.rows);
      table.begin(answer.total, { by: answer.sort, descending: answer.descending }, answer.largest);
      this.#tell(answer);
      place(answer);
      state.set("substrings", answer.substrings);
      table.paint();
    } catch (error) {
      if (mine === this.#key) this.#complain(error);
    } finally {
      if (mine === this.#key) root.classList.remove("rx-busy");
    }
  }

  /** @param {import("../messages").FindAnswer} answer */
  #tell(answer) {
    // With room for all of them: what is beside it must not move.
    const width = `${count(answer.of).length}ch`;
    this.total.replaceChildren(el("b", { style: { "min-width": width } }, count(answer.total)), ` of ${plural(answer.of, "recording")}`);
    this.facets.update(answer);
    this.root.classList.remove("rx-out-of-date");
    this.table.say(answer.total ? null : nothingFound(answer, this.opening, { hasWords: this.#asked.trim() !== "", facets: Object.keys(this.facets.chosen) }, () => this.#showAll()));
    this.#note();
  }

  #showAll() {
    this.input.value = "";
    this.focus();
    this.facets.set({});
  }

  /** Under the list: what the words of the query mean, and what is not in sight. */
  #note() {
    this.notes.replaceChildren(...notesOf(this.#found, this.state.get("recording"), this.table.order.by).map((words) => el("div", {}, recorded(words))));
    this.notes.hidden = !this.notes.childElementCount;
  }

  /** @param {any} error */
  #complain(error) {
    this.root.classList.add("rx-out-of-date");
    this.table.say([el("span", {}, recorded(error.message)), " ", el("button.rx-link", { type: "button", onclick: () => this.search() }, "try again")], true);
  }

  /** A head was chosen: an order that the query names is changed there. @param {string} by @param {boolean} isRising */
  #sort(by, isRising) {
    const next = nextOrder(this.table.order, by, isRising);
    if (namesOrder(this.input.value)) {
      this.input.value = withOrder(this.input.value, next);
      this.#order = { by: null, descending: false };
    } else {
      this.#order = next;
    }
    this.search();
  }

  /** @param {string} words */
  #take(words) {
    this.input.value = words;
    this.search({ reveal: true });
  }

  /** Chooses the recording `by` rows further down; one step after the other, however long a page takes. @param {number} by */
  step(by) {
    this.#walking = this.#walking.then(() => this.#walk(by));
    return this.#walking;
  }

  /** @param {number} by */
  async #walk(by) {
    await this.#searching;
    const found = this.#found, { pages, table } = this;
    if (!found.total) return;
    const here = found.at < 0 && by > 0 ? -1 : found.at;
    const next = Math.min(Math.max(here + by, 0), found.total - 1);
    await pages.want(next);
    const row = pages.at(next);
    if (!row || found !== this.#found) return;
    found.at = next;
    this.state.set("recording", row.id);
    table.reveal(next);
    table.repaint();
  }

  /** @param {string} id */
  #noteShown(id) {
    const at = this.pages.placeOf(id);
    // Chosen from outside, and on no page that was asked for: the kernel knows where it stands.
    if (at < 0) return this.search({ reveal: true });
    this.#found.at = at;
    this.table.reveal(at);
    this.table.repaint();
    return this.#note();
  }

  /** @param {any} event a key that was pressed */
  #pressedInList(event) {
    if (event.target !== this.table.list && event.key !== "ArrowDown") return;
    const fits = Math.max(1, Math.floor(this.table.room() / ROW) - 1), { total } = this.#found;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: fits, PageUp: -fits, Home: -total, End: total };
    const by = steps[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    // From the head down into the list, and no further.
    if (event.target !== this.table.list) return this.table.list.focus();
    this.step(by);
  }

  /** @param {any} event a key that was pressed */
  async #pressedInSearch(event) {
    const { input, table } = this;
    if (event.key === "Escape" && !input.value) table.list.focus();
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    table.list.focus({ preventScroll: true });
    if (event.key !== "Enter") return;
    if (this.#asked !== input.value) await this.search();
    const first = this.pages.at(0);
    if (this.#found.total && first) this.state.set("recording", first.id);
  }
}

/** The end of a path says more than its beginning. @param {string} where */
function ending(where) {
  if (where.length <= 24) return where;
  const slash = where.indexOf("/", where.length - 24);
  return `…${where.slice(slash > 0 && slash < where.length - 1 ? slash : where.length - 20)}`;
}
