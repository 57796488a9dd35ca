// The address of what is shown: `#f27523/81/raw`, the beginning of a recording's id, a chunk and the open tab unless it is the text. Kept
// true as the reader moves; going back and a changed address lead where they say.

import { debounced } from "../dom.js";
import { TABS } from "../explorer.js";

const LEAST = 6, COMPARED = "#compare=", IS_HASH = /^[0-9a-f]{12,}$/;

/**
 * The beginning of an id that no other has; of an id that is a name, all of it.
 * @param {string} id
 * @param {string[]} ids
 * @returns {string}
 */
export function beginningOf(id, ids) {
  if (!IS_HASH.test(id)) return id;
  for (let length = LEAST; length < id.length; length++) {
    const beginning = id.slice(0, length);
    if (ids.every((other) => other === id || !other.startsWith(beginning))) return beginning;
  }
  return id;
}

/**
 * What an address means: a recording, a chunk and a tab, null where it says none; `words` say what is wrong with it.
 * @param {string} hash
 * @param {string[]} ids
 * @returns {{ recording: string | null, chunk: number | null, tab: string | null, words: string }}
 */
export function meant(hash, ids) {
  const nothing = { recording: null, chunk: null, tab: null }, parts = hash.replace(/^#/, "").split("/");
  if (parts.join("") === "") return { ...nothing, words: "" };
  const tab = parts.length > 1 && TABS.includes(parts[parts.length - 1]) ? parts.pop() ?? null : null;
  const chunk = parts.length > 1 && /^\d{1,9}$/.test(parts[parts.length - 1]) ? Number(parts.pop()) : null;
  let id = parts.join("/");
  try {
    id = decodeURIComponent(id);
  } catch {
    // A sign of per cent that begins nothing stands for itself.
  }
  const fitting = ids.includes(id) ? [id] : ids.filter((each) => each.startsWith(id));
  if (fitting.length !== 1) return { ...nothing, words: `${fitting.length ? "Several recordings of this page begin with" : "No recording of this page is"} ${id}` };
  return { recording: fitting[0], chunk, tab, words: "" };
}

/** @param {string} recording @param {number} chunk @param {string} tab @param {string[]} ids */
export const hashOf = (recording, chunk, tab, ids) => `#${encodeURIComponent(beginningOf(recording, ids))}/${chunk}${tab === TABS[0] ? "" : `/${tab}`}`;

/**
 * What is copied as the link to a place of this page: of a file on somebody's disk its name alone, for the folders mean nothing on another.
 * @param {{ href: string, protocol: string }} page
 * @param {string} hash
 */
export function linkOf({ href, protocol }, hash) {
  const address = href.replace(/#.*/s, "");
  if (protocol === "file:") return address.slice(address.lastIndexOf("/") + 1) + hash;
  return protocol.startsWith("http") ? address + hash : hash;
}

/** The address of runs that are compared. @param {string[]} compared @param {string[]} ids */
export const hashOfRuns = (compared, ids) => COMPARED + compared.map((id) => encodeURIComponent(beginningOf(id, ids))).join(",");

/**
 * The runs that an address says are compared; none where it says something else. Runs of one request may have ids that begin alike:
 * the first of them stands for it.
 * @param {string} hash
 * @param {string[]} ids
 * @returns {string[]}
 */
export function meantRuns(hash, ids) {
  if (!hash.startsWith(COMPARED)) return [];
  const found = hash.slice(COMPARED.length).split(",").map((said) => meant(`#${said}`, ids).recording ?? ids.find((id) => id.startsWith(`${said}~`)) ?? null);
  return found.filter((id) => id !== null);
}

/**
 * Keeps the address true, and goes where it is sent.
 * @param {HTMLElement} root
 * @param {import("../explorer.js").Explorer} explorer
 * @param {string[]} ids
 */
export function followAddress(root, explorer, ids) {
  const { state } = explorer;
  let shown = "", isGoing = false;

  /** @param {string} hash @param {boolean} isOther whether going back leads to what was before */
  function put(hash, isOther) {
    if (hash === location.hash || isGoing) return;
    try {
      if (isOther) history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    } catch {
      // In a frame without an address of its own there is none to keep.
    }
  }

  // Going back leads to the recording before, not through its chunks.
  const keep = debounced(150, () => {
    const at = explorer.at();
    // While another is being opened, what is still to be seen has been left.
    if (!at || at.recording !== state.get("recording")) return;
    put(hashOf(at.recording, at.cursor, state.get("tab"), ids), shown !== "" && shown !== at.recording);
    shown = at.recording;
  });
  const compares = (/** @type {string[] | null} */ compared) => {
    if (compared) put(hashOfRuns(compared, ids), true);
    shown = compared ? hashOfRuns(compared, ids) : shown;
  };

  function go() {
    const compared = meantRuns(location.hash, ids), { recording, chunk, tab, words } = meant(compared.length ? "" : location.hash.replace(COMPARED, "#"), ids);
    explorer.say(words);
    isGoing = true;
    shown = recording ?? shown;
    if (compared.length) state.set("compared", compared);
    else if (recording !== null) {
      state.set("tab", tab ?? TABS[0]);
      explorer.go(recording, chunk);
    }
    isGoing = false;
  }

  const first = state.get("compared");
  if (first) put(shown = hashOfRuns(first, ids), false);
  state.on("cursor tab", keep);
  state.on("compared", compares);
  root.addEventListener("rx-shown", (event) => {
    // What a page opens with is where going back ends, however soon the reader moves on.
    shown ||= /** @type {CustomEvent<{ id: string }>} */ (event).detail.id;
    keep();
  });
  window.addEventListener("popstate", go);
}
