// The answers to the page's questions, of what came with it: what a kernel or a server would say, where there is neither.

import { Search } from "./search.js";

const MOST_PROMPTS = 50;

/** @typedef {(name: string) => Promise<import("./packed.js").Unpacked>} Unpack */
/** @typedef {import("../messages").Questions} Questions */

/** What was answered, or why there is no answer. @param {{ value?: any, error?: string } | undefined} said */
function given(said) {
  if (!said) throw new Error("This was not put into the page.");
  if (said.error !== undefined) throw new Error(said.error);
  return said.value;
}

/**
 * Answers questions as `ask` of other sources does.
 * @param {{ search: import("../messages").SearchTable, prompts: string[], files: import("../messages").Files }} table
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

  /** @type {Record<string, (asked: any) => any>} */
  const questions = {
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
    if (!Object.hasOwn(questions, what)) throw new Error("This page holds what was recorded; it can do nothing else.");
    return { value: await questions[what](asked), buffers: [] };
  };
}
