// How the explorer fills the room it is given: its height, the splitter between list and detail, full screen.

import { el, oncePerFrame } from "./dom.js";
import { keep, kept } from "./store.js";

/** The air is what marimo has around an output, too: with less its editor scrolls. */
const LEAST_HEIGHT = 420, MOST_HEIGHT = 1400, AIR = 30;
const LEAST_LIST = 240, LEAST_DETAIL = 420, STACKED_BELOW = 720;
const STEP = 16, BIG_STEP = 64;
/** What scrolls around a cell: JupyterLab 4 and Notebook 7. */
const SCROLLERS = ".jp-WindowedPanel-outer, .jp-Notebook";
/** What has a greatest height around a widget's shadow tree: an output in marimo's editor. */
const BOUNDED = ".output-area";

/**
 * The height for a given room: all of it but some air, in bounds.
 * @param {number} room The height of what is seen of the notebook, in pixels.
 * @returns {number}
 */
export function fittingHeight(room) {
  return Math.round(Math.min(Math.max(room - AIR, LEAST_HEIGHT), MOST_HEIGHT));
}

/**
 * The list's share of the width that is nearest to a wanted one and leaves both sides what they need.
 * @param {number} wanted In pixels.
 * @param {number} width Of both, in pixels.
 * @returns {number}
 */
export function fittingList(wanted, width) {
  return Math.round(Math.max(Math.min(wanted, width - LEAST_DETAIL), Math.min(LEAST_LIST, width / 2)));
}

/** @param {HTMLElement} root @returns {number} In pixels. */
function greatestHeight(root) {
  const output = /** @type {any} */ (root.getRootNode()).host?.closest(BOUNDED);
  return (output && parseFloat(getComputedStyle(output).maxHeight)) || Infinity;
}

/**
 * Gives the explorer the height of what is seen of the notebook, or a fixed one; a page of its own gives it by its style.
 * @param {HTMLElement} root
 * @param {number | null} fixed In pixels.
 * @returns {() => void} Ends it.
 */
export function fitHeight(root, fixed) {
  if (document.body.classList.contains("rx-alone")) return () => {};
  const set = (/** @type {number} */ height) => root.style.setProperty("--rx-height", `${height}px`);
  if (fixed) {
    set(fixed);
    return () => {};
  }
  /** @type {Element | null} */
  let scroller = null;
  const fit = oncePerFrame(() => {
    const found = root.closest(SCROLLERS);
    if (found && found !== scroller) {
      if (scroller) sized.unobserve(scroller);
      scroller = found;
      sized.observe(found);
    }
    set(fittingHeight(Math.min(scroller?.clientHeight || window.innerHeight, greatestHeight(root))));
  });
  const sized = new ResizeObserver(fit);
  sized.observe(root);
  window.addEventListener("resize", fit);
  fit();
  return () => {
    sized.disconnect();
    fit.cancel();
    window.removeEventListener("resize", fit);
  };
}

/**
 * List and detail side by side with a splitter between them, one above the other where there is too little room for both.
 * @param {HTMLElement} list
 * @param {HTMLElement} detail
 * @returns {{root: HTMLElement, destroy: () => void}}
 */
export function sideBySide(list, detail) {
  const bar = el("div.rx-splitter", { role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": "width of the list" });
  const root = el("div.rx-both", {}, list, bar, detail);
  let wanted = kept("list-width", /** @type {number | null} */ (null)), width = 0;

  const automatic = () => Math.min(Math.max(width * 0.33, 300), 620);
  function lay() {
    width = root.clientWidth;
    root.classList.toggle("rx-stacked", width < STACKED_BELOW);
    const now = fittingList(wanted ?? automatic(), width);
    root.style.setProperty("--rx-list", `${now}px`);
    bar.setAttribute("aria-valuenow", String(now));
    bar.setAttribute("aria-valuemin", String(Math.min(LEAST_LIST, Math.round(width / 2))));
    bar.setAttribute("aria-valuemax", String(Math.max(width - LEAST_DETAIL, 0)));
  }
  /** @param {number | null} to */
  function move(to) {
    wanted = to === null ? null : fittingList(to, width);
    keep("list-width", wanted);
    lay();
  }

  let isDragging = false;
  bar.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    isDragging = true;
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
    bar.focus();
  });
  bar.addEventListener("pointermove", (event) => {
    if (isDragging) move(event.clientX - root.getBoundingClientRect().left);
  });
  for (const end of ["pointerup", "pointercancel"]) bar.addEventListener(end, () => { isDragging = false; });
  bar.addEventListener("dblclick", () => move(null));
  bar.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? BIG_STEP : STEP;
    const to = { ArrowLeft: fittingList(wanted ?? automatic(), width) - step, ArrowRight: fittingList(wanted ?? automatic(), width) + step, Home: 0, End: width }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(to);
  });
  const sized = new ResizeObserver(oncePerFrame(lay));
  sized.observe(root);
  return { root, destroy: () => sized.disconnect() };
}

/**
 * Fills the screen with an element, or gives it back.
 * @param {HTMLElement} root
 */
export function toggleFullScreen(root) {
  if (document.fullscreenElement === root) document.exitFullscreen();
  else root.requestFullscreen?.().catch(() => {});
}
