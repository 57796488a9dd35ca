// A box that scrolls says so: its lower edge has a sign while something goes on below it.

import { oncePerFrame } from "./dom.js";

/** Less than this is the rounding of a line, and hides nothing. */
const SLACK_PX = 6;

/**
 * Keeps the sign of a box true, also while what is in it grows or is replaced.
 * @param {HTMLElement} box
 * @param {{ isFixed?: boolean }} inside Whether its children stay as tall as they are but for its own width, so that nobody need watch them.
 * @returns {{ destroy: () => void }}
 */
export function goesOnBelow(box, { isFixed = false } = {}) {
  const look = oncePerFrame(() => box.classList.toggle("rx-goes-on", box.scrollHeight - box.scrollTop - box.clientHeight > SLACK_PX));
  const sized = new ResizeObserver(look);
  const watch = () => {
    sized.disconnect();
    sized.observe(box);
    if (!isFixed) for (const child of box.children) sized.observe(child);
  };
  const changed = new MutationObserver(watch);
  box.addEventListener("scroll", look, { passive: true });
  changed.observe(box, { childList: true });
  watch();
  return {
    destroy() {
      box.removeEventListener("scroll", look);
      sized.disconnect();
      changed.disconnect();
      look.cancel();
    },
  };
}
