// The answers to the page's questions, of what came with it: what a kernel or a server would say, where there is neither.

import { textsOf } from "./runs.js";
import { Search } from "./search.js";

const MOST_PROMPTS = 50;

/** @typedef {(name: string) => Promise<import("./packed.js").Unpacked>} Unpack */
/** @typedef {import("../messages").Questions} Questions */

/** What was answered, or why there is no answer. @param {{ value?: any, error?: string } | undefined} said */
function given(said) {
  if (!said || (said.value === undefined && said.error === undefined)) throw new Error("This was not put into the page.");
  if (said.error !== undefined) throw new Error(said.error);
  return said.value;
}

/**
 * Answers questions as `ask` of other sources does.
 * @param {{ search: import("../messages").SearchTable, prompts: string[], files: import("../messages").Files, comparisons: string[][] }} table
 * @param {Unpack} unpack
 * @param {(recording: string, chunk: number) => string} linkTo the address of a chunk
 * @returns {import("../messages").Ask}
 */
export function answersOf(table, unpack, linkTo) {
  const places = new Map(table.search.rows.map(({ id }, place) => [id, place]));
  const search = new Search(table.search, async () => (await unpack("texts")).value);

  /** @param {string} id */
  function about(id) {
    const place = places.get(id);
    if (place === undefined) throw new Error("This recording was left out of the page.");
    return unpack(`recording-${place}`);
  }

  /** The comparison in which these recordings are; of one, that of its request. @param {string[]} ids */
  function comparisonOf(ids) {
    const isIn = (/** @type {string[]} */ group) => ids.every((id) => group.includes(id));
    const among = table.comparisons.filter((group) => isIn(group) && (ids.length > 1 || isOneRequest(group)));
    const found = among.toSorted((a, b) => a.length - b.length)[0];
    if (!found) throw new Error("This page compares all runs of a request with one another, and has no comparison of these.");
    return found;
  }

  /** @param {string[]} group */
  const isOneRequest = (group) => new Set(group.map((id) => table.search.requests[places.get(id) ?? -1])).size === 1;

  /** @param {string[]} ids */
  const compared = (ids) => unpack(`comparison-${table.comparisons.indexOf(comparisonOf(ids))}`);

  /** @type {Record<string, (asked: any) => any>} */
  const questions = {
    grouping: () => ({ n_read: table.search.rows.length, of: table.search.rows.length }),
    runs: ({ recording }) => ({ n_runs: table.comparisons.find((group) => group.includes(recording) && isOneRequest(group))?.length ?? 1, is_costly: false }),
    compare: async ({ recordings }) => (await compared(recordings)).value.view,
    compare_tree: async ({ recordings, choice, kind, tool }) => given({ value: (await compared(recordings)).value.trees[`${choice}/${kind}/${tool ?? ""}`] }),
    compare_alike: async ({ recordings }) => (await compared(recordings)).value.alike,
    find: (asked) => search.find(asked), rows: (asked) => search.rows(asked), values: (asked) => search.values(asked),
    files: () => table.files,
    prompt: ({ recording }) => table.prompts[places.get(recording) ?? -1] ?? "",
    prompts: ({ recordings }) => Object.fromEntries(recordings.slice(0, MOST_PROMPTS).map((/** @type {string} */ id) => [id, table.prompts[places.get(id) ?? -1] ?? ""])),
    pane: async ({ recording, name }) => given((await about(recording)).value.panes[name]),
    chunk: async ({ recording, chunk }) => given({ value: (await about(recording)).value.chunks[chunk] }),
    copy: async ({ recording, what, chunk }) => {
      if (what === "link") return linkTo(recording, chunk);
      const { copies, chunks } = (await about(recording)).value;
      return what === "chunk" ? given(chunks[chunk].raw === null ? { error: chunks[chunk].why } : { value: chunks[chunk].raw }) : given(copies[what]);
    },
    rule: async ({ rule }) => given({ value: (await unpack("rules")).value[rule] }),
  };

  /** @param {string} what @param {any} asked @returns {Promise<any>} */
  return async (what, asked) => {
    if (what === "show") {
      const { value, buffers } = await about(asked.recording);
      return { value: value.show, buffers };
    }
    if (what === "compare_texts") {
      const { value, buffers } = await compared(asked.recordings);
      return textsOf(value.texts, buffers, asked.runs);
    }
    if (!Object.hasOwn(questions, what)) throw new Error("This page holds what was recorded; it can do nothing else.");
    return { value: await questions[what](asked), buffers: [] };
  };
}
