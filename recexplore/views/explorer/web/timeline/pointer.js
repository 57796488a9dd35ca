// What a pointer and a wheel mean on the timeline: hover, click, a range drawn across, zoom and pan.

const DRAG_FROM_PX = 5;
const LINE_PX = 16;
const ZOOM_PX = 300;

/**
 * What is called for what; places are pixels of the canvas.
 * @typedef {object} Meanings
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number) => void} click
 * @property {(from: number, to: number) => void} drag While it goes on.
 * @property {(isWanted: boolean) => void} drop At its end, or where it was broken off.
 * @property {(x: number) => void} double
 * @property {(factor: number, x: number) => void} zoom
 * @property {(pixels: number) => boolean} pan Whether there was anywhere to go.
 */

/**
 * What a turn of the wheel asks for.
 * @param {Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">} event
 * @param {number} width Of a page, for wheels that count in pages.
 * @returns {{factor: number | null, pixels: number}} A factor to zoom by, or pixels to pan by.
 */
export function wheelMeans(event, width) {
  const unit = [1, LINE_PX, width][event.deltaMode] ?? 1;
  if (event.ctrlKey || event.metaKey || event.altKey) return { factor: Math.exp((-event.deltaY * unit) / ZOOM_PX), pixels: 0 };
  // What turns most is meant: fingers never move quite straight.
  const along = event.shiftKey || Math.abs(event.deltaY) > Math.abs(event.deltaX) ? event.deltaY || event.deltaX : event.deltaX;
  return { factor: null, pixels: along * unit };
}

/**
 * @param {HTMLElement} node
 * @param {Meanings} meanings
 */
export function watchPointer(node, meanings) {
  /** @type {number | null} */
  let pressed = null;
  let isDrag = false;
  const place = (/** @type {MouseEvent} */ event) => {
    const box = node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const end = () => {
    pressed = null;
    isDrag = false;
  };
  node.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (pressed === null) return meanings.hover(x, y);
    isDrag ||= Math.abs(x - pressed) > DRAG_FROM_PX;
    if (isDrag) meanings.drag(pressed, x);
  });
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    node.setPointerCapture(event.pointerId);
    pressed = place(event)[0];
  });
  node.addEventListener("pointerup", (event) => {
    if (pressed === null) return;
    const [x, y] = place(event), wasDrag = isDrag;
    if (wasDrag) meanings.drag(pressed, x);
    end();
    if (wasDrag) meanings.drop(true);
    else meanings.click(x, y);
  });
  node.addEventListener("pointercancel", () => { end(); meanings.drop(false); });
  node.addEventListener("pointerleave", () => meanings.leave());
  node.addEventListener("dblclick", (event) => meanings.double(place(event)[0]));
  node.addEventListener("wheel", (event) => {
    const { factor, pixels } = wheelMeans(event, node.clientWidth);
    if (factor !== null) meanings.zoom(factor, place(event)[0]);
    // At the end of the stream the page scrolls on.
    else if (!meanings.pan(pixels)) return;
    event.preventDefault();
  }, { passive: false });
}
