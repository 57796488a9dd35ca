// The explorer in a window of its own: asks the server it came from, follows what happens to the place, keeps the address true.
//
// A question is a POST, its answer bytes (`recexplore.server.handlers`); what happened comes by WebSocket as notices.

import { debounced, el, errorWords } from "./dom.js";
import { mount, sourceOf } from "./explorer.js";
import { recorded } from "./text/controls.js";
import { titled } from "./text/line.js";

const RECONNECT_MS = [500, 1000, 2000, 5000];
const { base = "", path = "", xsrf = "", choose, recording, chunk } = document.body.dataset;
/** @type {(what: string) => string} */
const at = (what) => `${base}api/${what}?path=${encodeURIComponent(path)}`;

/** What is asked about is of another revision than what is there now. */
class OutOfDate extends Error {}

/**
 * @param {string} what
 * @param {object} given
 * @param {number | null} revision
 * @returns {Promise<{ value: any, buffers: DataView[], revision: number }>}
 */
async function ask(what, given = {}, revision = null) {
  let answer;
  try {
    answer = await fetch(at("ask"), {
      method: "POST", headers: { "Content-Type": "application/json", "X-XSRFToken": xsrf }, body: JSON.stringify({ ask: what, given, revision }),
    });
  } catch {
    throw new Error("The server is gone: start recexplore explore again.");
  }
  if (!answer.ok) throw new Error(answer.status === 403 ? "The server does not know this page any more: open the address it printed." : `The server said ${answer.status}.`);
  const bytes = await answer.arrayBuffer(), length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  if (head.error) throw new (head.is_out_of_date ? OutOfDate : Error)(head.error);
  let from = 4 + length;
  const buffers = head.buffers.map((/** @type {number} */ size) => {
    const view = new DataView(bytes, from, size);
    from += size;
    return view;
  });
  return { value: head.value, buffers, revision: head.revision };
}

/** Where the reader was: said by the address, else by whoever started the server. */
function whereToBegin() {
  const said = new URLSearchParams(location.hash.slice(1));
  const number = said.get("chunk") ?? chunk;
  return { recording: said.get("recording") || recording || null, chunk: number ? Number(number) : null };
}

/** The runs that the address says are compared. */
const comparedThere = () => new URLSearchParams(location.hash.slice(1)).getAll("compare");

/** @param {Record<string, string>} said @param {string[]} compared */
function addressOf(said, compared = []) {
  return `#${new URLSearchParams([...Object.entries(said), ...compared.map((id) => ["compare", id])])}`;
}

/**
 * Calls `hear` with every notice; connects again when the connection breaks, and says so.
 * @param {(notice: import("./messages").Notice) => void} hear
 * @param {() => void} broke
 */
function listen(hear, broke) {
  let tries = 0;
  const connect = () => {
    const socket = new WebSocket(at("notices").replace(/^/, `${location.origin.replace(/^http/, "ws")}`));
    socket.addEventListener("message", ({ data }) => {
      tries = 0;
      hear(JSON.parse(data));
    });
    socket.addEventListener("close", () => {
      broke();
      setTimeout(connect, RECONNECT_MS[Math.min(tries++, RECONNECT_MS.length - 1)]);
    });
  };
  connect();
}

async function explorePlace() {
  const root = el("main"), waiting = el("div.rx-blank", { role: "status" }, "reading…");
  document.body.append(waiting);
  /** @type {import("./explorer.js").Explorer | null} */
  let explorer = null;
  /** @type {number | null} */
  let revision = null;
  let isConnected = true, isGrowing = false;

  const source = sourceOf((what, given) => ask(what, given), { isFollowing: true });

  async function open() {
    const { value, revision: opened } = await ask("opening", whereToBegin());
    revision = opened;
    waiting.remove();
    document.body.append(root);
    document.title = `${titled(value.where)} · recexplore`;
    const mounted = explorer = mount(root, source, { ...value, compared: comparedThere() });
    // A page of its own hears keys at once; what the reader clicked meanwhile keeps the focus.
    if (document.activeElement === document.body) root.focus({ preventScroll: true });
    const keep = debounced(200, () => {
      const here = mounted.at();
      if (here) history.replaceState(null, "", addressOf({ recording: here.recording, chunk: String(here.cursor) }));
    });
    let isGoing = false;
    // A comparison is a place to come back from.
    mounted.state.on("compared", (/** @type {string[] | null} */ compared) => {
      const recording = mounted.state.get("recording");
      if (!isGoing) history.pushState(null, "", addressOf({ recording, ...(compared ? {} : { chunk: String(mounted.state.get("cursor")) }) }, compared ?? []));
    });
    window.addEventListener("popstate", () => {
      isGoing = true;
      const compared = comparedThere(), { recording: there, chunk: at } = whereToBegin();
      if (compared.length) mounted.state.set("compared", compared);
      else if (there) mounted.go(there, at);
      isGoing = false;
    });
    mounted.state.on("cursor", keep);
    root.addEventListener("rx-shown", keep);
  }

  /** @param {import("./explorer.js").Explorer} shown @param {import("./messages").Ready | import("./messages").Loading} notice */
  async function refresh(shown, notice) {
    const { value, revision: opened } = await ask("opening");
    revision = opened;
    // What was shown while the place was being read has findings only now.
    shown.refresh(value, notice.changes, isGrowing && notice.state === "ready");
  }

  /** What is read so far is shown, unless the reader begins somewhere: that may come last. @param {import("./messages").Notice} notice */
  const hasWhereToBegin = (notice) => notice.state === "ready" || (notice.state === "loading" && notice.revision !== null && !whereToBegin().recording && !comparedThere().length);

  /** @param {import("./messages").Notice} notice */
  async function hear(notice) {
    if (!isConnected) explorer?.say("");
    isConnected = true;
    if (notice.state === "failed") {
      if (explorer) explorer.say(notice.words);
      else waiting.replaceChildren(el("b.rx-failed", {}, recorded(notice.words)));
      return;
    }
    if (!explorer && hasWhereToBegin(notice)) await open();
    else if (explorer && notice.revision !== null && notice.revision !== revision) await refresh(explorer, notice);
    isGrowing = notice.state === "loading";
    if (notice.state === "loading") (explorer ? explorer.progress(notice.words, notice.share) : waiting.replaceChildren(notice.words || "reading…"));
  }

  // One after the other: each is about what the one before left on the page.
  let heard = Promise.resolve();
  listen((notice) => {
    heard = heard.then(() => hear(notice)).catch((error) => {
      if (explorer) explorer.say(errorWords(error));
      else waiting.replaceChildren(el("b.rx-failed", {}, recorded(errorWords(error))));
    });
  }, () => {
    isConnected = false;
    explorer?.say("The server is gone; what is on this page stays. It comes back when the server does.");
  });
}

/** A page without a place: the server's folders, to choose one. */
async function chooseFolder() {
  const list = el("ul.rx-folders"), here = el("b"), failed = el("p.rx-failed", { hidden: true });
  /** @param {string} folder */
  async function show(folder) {
    const answer = await fetch(`${base}api/folders?path=${encodeURIComponent(folder)}`);
    if (!answer.ok) return Object.assign(failed, { textContent: "This folder cannot be shown.", hidden: false });
    /** @type {{ path: string, folders: string[], files: string[] }} */
    const { path: shown, folders, files } = await answer.json();
    const below = (/** @type {string} */ name) => (shown ? `${shown}/${name}` : name);
    here.replaceChildren(...recorded(shown || "the server's folder"));
    list.replaceChildren(
      ...(shown ? [el("li", {}, el("button.rx-link", { type: "button", onclick: () => show(shown.split("/").slice(0, -1).join("/")) }, "…"))] : []),
      ...folders.map((name) => el("li", {}, el("button.rx-link", { type: "button", onclick: () => show(below(name)) }, recorded(`${name}/`)), " ", el("a.rx-quiet", { href: `?path=${encodeURIComponent(below(name))}` }, "explore"))),
      ...files.map((name) => el("li", {}, el("a.rx-link", { href: `?path=${encodeURIComponent(below(name))}` }, recorded(name)))));
  }
  document.body.append(el("main.rx.rx-choose", {}, el("h1", {}, "recexplore"), el("p", {}, "Which recordings? A folder with everything below it, or one file."), el("p", {}, here), list, failed));
  await show("");
}

/** In a tab of JupyterLab the page is as light or dark as JupyterLab is. */
function followHost() {
  /** @type {HTMLElement | null} */
  let host = null;
  try {
    host = window.parent === window ? null : window.parent.document.body;
  } catch {
    return;
  }
  if (!host) return;
  const themed = host, follow = () => {
    const light = themed.getAttribute("data-jp-theme-light");
    if (light !== null) document.body.setAttribute("data-jp-theme-light", light);
  };
  new MutationObserver(follow).observe(host, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  follow();
}

followHost();
if (choose) chooseFolder();
else explorePlace();
