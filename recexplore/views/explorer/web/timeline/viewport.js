// Which part of the axis is in view, and how wide it is drawn. Pure: who draws is told nothing, and asks.

import { isPart, panned, scaleOf, toPlace, within, zoomed } from "./scale.js";

export class Viewport {
  /** In pixels, margins included; 0 until it is known. */
  width = 0;

  /** @param {import("./axis.js").Axis} axis */
  constructor(axis) {
    this.axis = axis;
    this.span = axis.whole;
  }

  /**
   * Along another axis, all of it.
   * @param {import("./axis.js").Axis} axis
   */
  turn(axis) {
    this.axis = axis;
    this.span = axis.whole;
  }

  get scale() {
    return scaleOf(this.span, this.width);
  }

  /** Whether there is more than what is in view. */
  get isPart() {
    return isPart(this.span, this.axis.whole);
  }

  get middle() {
    return (this.span[0] + this.span[1]) / 2;
  }

  /**
   * @param {number} place
   * @returns {boolean}
   */
  holds(place) {
    return place >= this.span[0] && place <= this.span[1];
  }

  /**
   * The part that is asked for, as far as there is one.
   * @param {import("./scale.js").Span} span
   */
  show(span) {
    this.span = within(span, this.axis.whole, this.axis.least);
  }

  /**
   * @param {number} factor
   * @param {number} around
   */
  zoom(factor, around) {
    this.show(zoomed(this.span, factor, around));
  }

  /**
   * Moves by a part of what is in view.
   * @param {number} part
   * @returns {boolean} Whether there was anywhere to go.
   */
  pan(part) {
    if (!this.isPart) return false;
    const span = panned(this.span, (this.span[1] - this.span[0]) * part, this.axis.whole);
    const moves = span !== this.span;
    this.span = span;
    return moves;
  }

  /**
   * So that a place is in the middle, as far as there is room on both sides.
   * @param {number} place
   */
  center(place) {
    const half = (this.span[1] - this.span[0]) / 2;
    this.show([place - half, place + half]);
  }

  /**
   * @param {number} pixel
   * @returns {number}
   */
  placeAt(pixel) {
    return toPlace(this.scale, pixel);
  }
}
