// The explorer in a file of its own: its answers are in the page, and nobody is asked for anything.

import { el, errorWords } from "./dom.js";
import { mount, sourceOf } from "./explorer.js";
import { followAddress, hashOf, linkOf, meant, meantRuns } from "./report/address.js";
import { answersOf } from "./report/answers.js";
import { cover } from "./report/cover.js";
import { keeping, whyNot } from "./report/packed.js";
import { printsWhole } from "./report/printing.js";
import { recorded } from "./text/controls.js";

const MOST_UNPACKED = 12;

async function openReport() {
  const about = JSON.parse(document.getElementById("rx-report")?.textContent ?? "{}");
  const root = el("main"), waiting = el("div.rx-blank", { role: "status" }, "opening…");
  document.body.append(cover(about), waiting);
  try {
    const why = whyNot();
    if (why) throw new Error(why);
    const unpack = keeping(MOST_UNPACKED), table = (await unpack("table")).value;
    const ids = table.search.rows.map((/** @type {{ id: string }} */ { id }) => id);
    const ask = answersOf(table, unpack, (recording, chunk) => linkOf(location, hashOf(recording, chunk, explorer.state.get("tab"), ids)));
    const compared = meantRuns(location.hash, ids), { recording, chunk, tab, words } = meant(compared.length ? "" : location.hash, ids);
    const source = sourceOf(ask, { isReport: true });
    waiting.replaceWith(root);
    const explorer = mount(root, source, { ...about.opening, ...(recording === null ? {} : { recording, chunk, compared: [] }), ...(compared.length ? { compared, recording: compared[0], chunk: null } : {}) });
    if (tab !== null) explorer.state.set("tab", tab);
    if (document.activeElement === document.body) root.focus({ preventScroll: true });
    if (words) explorer.say(words);
    followAddress(root, explorer, ids);
    printsWhole(root, explorer, source);
  } catch (error) {
    waiting.replaceChildren(el("b.rx-failed", {}, recorded(errorWords(error))));
  }
}

openReport();
