// Names of runs so that they are told apart where there is little room.
//
// Takes all names, gives of each what is shown of it and how many of its last characters must stay whole. Knows no element.

/** Names this short are shown as they are. */
const LONG = 24;
/** How much of an end stays where names differ in much of them; what differs stays whole up to so many characters. */
const END = 10, MOST = 18;
const EXTENSION = /(\.[a-z][a-z0-9]{0,7})+$/i;

/**
 * What is shown of each name: without the extension that all have, if one of them is long.
 * @param {string[]} names
 * @returns {{ text: string, end: number }[]}
 */
export function toldApart(names) {
  const extensions = new Set(names.map((name) => EXTENSION.exec(name)?.[0] ?? "")), [shared] = extensions;
  const isCut = extensions.size === 1 && names.some((name) => name.length > LONG);
  const texts = names.map((name) => (isCut ? name.slice(0, name.length - shared.length) : name)), alike = sharedBeginning(texts);
  return texts.map((text) => {
    const differing = text.length - alike;
    return { text, end: text.length <= LONG ? 0 : differing > 0 && differing <= MOST ? Math.max(differing, Math.min(END, alike)) : END };
  });
}

/** How many characters all texts begin with. @param {string[]} texts */
function sharedBeginning([first = "", ...others]) {
  let n = first.length;
  for (const other of others) {
    n = Math.min(n, other.length);
    while (!other.startsWith(first.slice(0, n))) n--;
  }
  return n;
}
