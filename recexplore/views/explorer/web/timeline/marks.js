// Findings above the timeline: a mark where each begins, a line as far as it reaches; which ones are under the pointer.
//
// A severity has a shape, a height and a colour of its own. The most severe are drawn last and found first, so that a thousand
// notes hide no error.

const LOWEST_LINE = 2, BETWEEN_LINES = 3;
const REACH = 6;

/**
 * What marks are drawn with: between which pixels, over which, and the colours of severities and of what is behind.
 * @typedef {{left: number, right: number, bottom: number, colours: Record<string, string>, back: string}} MarksPlace
 */

/**
 * The marks of findings: `draw` into the 10 pixels over `bottom`, where(chunk) being a pixel; `under` gives those at a pixel,
 * `ticks` all that have a place, the most severe last, `any` whether there is one.
 * @typedef {object} FindingMarks
 * @property {(to: CanvasRenderingContext2D, where: (chunk: number) => number, place: MarksPlace) => void} draw
 * @property {(pixel: number, where: (chunk: number) => number) => PlacedFinding[]} under
 * @property {PlacedFinding[]} ticks
 * @property {boolean} any
 */

/** @typedef {import("./tips.js").Finding & {chunk: number}} PlacedFinding */

/**
 * @param {import("./tips.js").Finding[]} findings
 * @param {string[]} severities The most severe first.
 * @returns {FindingMarks}
 */
export function findingMarks(findings, severities) {
  const placed = /** @type {PlacedFinding[]} */ (findings.filter((finding) => finding.chunk !== null));
  const leastGraveFirst = [...severities].reverse();
  const lineOf = (/** @type {string} */ severity) => LOWEST_LINE + leastGraveFirst.indexOf(severity) * BETWEEN_LINES;
  const bySeverity = leastGraveFirst.map((severity) => /** @type {const} */ ([severity, placed.filter((finding) => finding.severity === severity)]));
  const end = (/** @type {PlacedFinding} */ finding) => finding.last_chunk ?? finding.chunk;

  /** @type {FindingMarks["draw"]} */
  function draw(to, where, { left, right, bottom, colours, back }) {
    for (const [severity, mine] of bySeverity) {
      to.fillStyle = colours[severity];
      // What is drawn already need not be drawn again.
      let drawn = left - REACH;
      for (const [from, upTo] of mine.filter((each) => end(each) > each.chunk).map((each) => [where(each.chunk), where(end(each))]).sort((a, b) => a[0] - b[0])) {
        const start = Math.max(from, drawn), stop = Math.min(upTo, right + REACH);
        if (stop <= start) continue;
        to.fillRect(start, bottom - lineOf(severity), stop - start, 1.5);
        if (upTo <= right + REACH) to.fillRect(upTo - 1.5, bottom - lineOf(severity) - 2, 1.5, 5.5);
        drawn = stop;
      }
    }
    for (const [severity, mine] of bySeverity) {
      to.fillStyle = colours[severity];
      to.strokeStyle = back;
      to.lineWidth = 1.5;
      const taken = new Set();
      for (const finding of mine) {
        const x = where(finding.chunk), pixel = Math.round(x);
        if (!(x >= left - REACH && x <= right + REACH) || taken.has(pixel)) continue;
        taken.add(pixel);
        shape(to, severity, x, bottom - 5);
        to.stroke();
        to.fill();
      }
    }
  }

  /** Those whose mark is near, the most severe first; else those whose line runs there. @type {FindingMarks["under"]} */
  function under(pixel, where) {
    const near = placed.filter((finding) => Math.abs(where(finding.chunk) - pixel) <= REACH);
    return near.length ? near : placed.filter((finding) => where(finding.chunk) <= pixel && pixel <= where(end(finding)));
  }

  /** Where findings are, the most severe last: a tick each, for a picture in which a mark has no room. */
  const ticks = bySeverity.flatMap(([, mine]) => mine);

  return { draw, under, ticks, any: placed.length > 0 };
}

/**
 * @param {CanvasRenderingContext2D} to
 * @param {string} severity
 * @param {number} x
 * @param {number} y
 */
function shape(to, severity, x, y) {
  to.beginPath();
  if (severity === "error") {
    to.moveTo(x - 5.5, y - 4.5);
    to.lineTo(x + 5.5, y - 4.5);
    to.lineTo(x, y + 4.5);
  } else if (severity === "warning") {
    to.moveTo(x, y - 4.5);
    to.lineTo(x + 4.5, y);
    to.lineTo(x, y + 4.5);
    to.lineTo(x - 4.5, y);
  } else {
    to.arc(x, y, 2.6, 0, 2 * Math.PI);
  }
  to.closePath();
}
