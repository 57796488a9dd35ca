// A button and what it opens: a small box above the page that Escape, a click beside it or its button closes.
//
// Facets, columns, files, copies and explained words are all opened by it, so that keys mean the same in each: arrows walk round what can
// be chosen, Home and End go to its ends, Escape closes and gives the focus back. The box is in the browser's top layer, so that nothing
// cuts it off.

import { activeElement, el } from "./dom.js";

const MARGIN = 8;

/** A button with its box. */
export class Popup {
  #isOpenAtPress = false;

  /**
   * @param {HTMLButtonElement} button
   * @param {string} label what the box is called
   * @param {(box: HTMLElement) => void | Promise<void>} fill called each time before it opens; what comes later may be larger
   * @param {"dialog" | "menu"} role a menu's items are `menuitem`s
   */
  constructor(button, label, fill, role = "dialog") {
    this.button = button;
    this.fill = fill;
    this.box = el(`div.rx-popup${role === "menu" ? ".rx-menu" : ""}`, { popover: "auto", role, "aria-label": label, tabindex: "-1" });
    button.setAttribute("aria-haspopup", role);
    button.setAttribute("aria-expanded", "false");
    // A press beside the box closes it, also one on its button: that must not open it again.
    button.addEventListener("pointerdown", () => { this.#isOpenAtPress = this.isOpen(); });
    button.addEventListener("click", (event) => {
      if (this.isOpen() || (event.detail > 0 && this.#isOpenAtPress)) this.close();
      else this.open();
    });
    this.box.addEventListener("toggle", () => button.setAttribute("aria-expanded", String(this.isOpen())));
    this.box.addEventListener("keydown", (/** @type {Event} */ event) => this.#pressed(event));
    this.box.addEventListener("focusout", (/** @type {FocusEvent} */ { relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.box.contains(relatedTarget) && relatedTarget !== button) this.box.hidePopover();
    });
  }

  isOpen() {
    return this.box.matches(":popover-open");
  }

  open() {
    if (this.isOpen()) return;
    Promise.resolve(this.fill(this.box)).then(() => this.isOpen() && this.#place());
    this.box.showPopover();
    this.#place();
    const first = this.#stops()[0];
    (first ?? this.box).focus();
  }

  close() {
    if (!this.isOpen()) return;
    const hasFocus = this.box.contains(activeElement(this.box));
    this.box.hidePopover();
    if (hasFocus) this.button.focus();
  }

  /** Below its button, and inside the window. */
  #place() {
    // Where it stood before would make it narrower.
    this.box.style.left = "0";
    const at = this.button.getBoundingClientRect(), { width, height } = this.box.getBoundingClientRect();
    const below = at.bottom + 4, fits = below + height <= window.innerHeight - MARGIN || at.top < height;
    this.box.style.left = `${Math.max(MARGIN, Math.min(at.left, window.innerWidth - width - MARGIN))}px`;
    this.box.style.top = `${fits ? below : at.top - height - 4}px`;
    this.box.style.maxHeight = `${Math.max(140, window.innerHeight - below - MARGIN)}px`;
  }

  /** What can be walked through in it. @returns {HTMLElement[]} */
  #stops() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.box.querySelectorAll("input, button"))].filter((node) => node instanceof HTMLElement && node.offsetParent !== null && !node.hasAttribute("disabled"));
  }

  /** @param {any} event a key that was pressed */
  #pressed(event) {
    if (event.key !== "Tab") event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      return this.close();
    }
    const stops = this.#stops(), at = stops.indexOf(/** @type {HTMLElement} */ (activeElement(this.box))), isText = event.target.matches?.("[type=search]");
    /** @type {Record<string, number>} */
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, ...(isText ? {} : { Home: 0, End: -1 }) };
    const next = places[event.key];
    // What cannot be walked through is scrolled.
    if (next === undefined || !stops.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    stops.at(next < stops.length ? Math.max(next, -1) : 0)?.focus();
  }
}
