// Answers that came with the page: base64 of gzip in scripts that are data, unpacked when they are first needed.
//
// What is packed is a length, JSON of that length, and buffers (`recexplore.share.page.islands`).

/** @typedef {{ value: any, buffers: DataView[] }} Unpacked */

/** Why nothing can be unpacked here; null where it can. */
export const whyNot = () => (typeof DecompressionStream === "function" ? null
  : "This browser cannot unpack what is in this page: a newer one can (Chrome 80, Firefox 113, Safari 16.4 or later).");

/** @param {string} text base64 @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

/**
 * What stands in the page under a name.
 * @param {string} name
 * @returns {Promise<Unpacked>}
 */
export async function unpacked(name) {
  const island = document.getElementById(`rx-${name}`);
  if (!island) throw new Error("This is not in the page.");
  const stream = new Blob([bytesOf(island.textContent ?? "")]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = await new Response(stream).arrayBuffer(), length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes, 4, length)));
  let from = 4 + length;
  const buffers = head.buffers.map((/** @type {number} */ size) => {
    const view = new DataView(bytes, from, size);
    from += size;
    return view;
  });
  return { value: head.value, buffers };
}

/**
 * Keeps what was unpacked last.
 * @param {number} most
 * @returns {(name: string) => Promise<Unpacked>}
 */
export function keeping(most) {
  /** @type {Map<string, Promise<Unpacked>>} */
  const kept = new Map();
  return (name) => {
    const found = kept.get(name) ?? unpacked(name);
    kept.delete(name);
    kept.set(name, found);
    for (const oldest of kept.keys()) if (kept.size > most) kept.delete(oldest);
    return found;
  };
}
