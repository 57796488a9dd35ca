// Which blocks the timeline draws, and where: lanes, the chunk shares in view, the chunk under the pointer. Pure.
//
// Streams with more shares than pixels are drawn a column of pixels at a time: the tallest share of each lane and kind stands
// for all that fall into it, so no outlier is lost.

import { ALL, lowerBound } from "../stream.js";
import { toPixel, toPlace } from "./scale.js";

/** Room above the lanes for findings and the cursor's label, and below for the axis. */
export const TOP = 26;
export const BOTTOM = 24;
const MOST_HEIGHT = 330, LEAST_HEIGHT = 90, ROOM_FOR_LANES = 0.22, LANE = [18, 84], LANE_OF_ALL = 34;
/** What has no legend entry of its own is drawn as the first one. */
export const OTHER = 0;
const OTHER_LANE_PX = 12;
const NEAR_PX = 40;
const MOST_LOOKED_AT = 4000;

/**
 * The chunk shares of a stream, columns of the same length.
 * @typedef {object} Shares
 * @property {number} n
 * @property {Int32Array} chunk
 * @property {Int32Array} lane
 * @property {Uint8Array} kind Its place in the legend.
 * @property {Float32Array} height From 0 to 1.
 * @property {Uint8Array} isFinish
 */

/**
 * Where lanes stand, in pixels from the top.
 * @typedef {{tops: number[], heights: number[], height: number}} Lanes
 */

/**
 * The room for lanes beside all else that is shown of a recording, in pixels.
 * @param {number} height Of all that is shown.
 * @returns {number}
 */
export const roomForLanes = (height) => Math.min(Math.max(height * ROOM_FOR_LANES, LEAST_HEIGHT), MOST_HEIGHT);

/**
 * @param {number[]} choices The choice of each lane.
 * @param {number} [room] For all lanes of choices, in pixels; there may be so many that they take more.
 * @returns {Lanes}
 */
export function layLanes(choices, room = MOST_HEIGHT) {
  const spoken = choices.filter((choice) => choice !== ALL).length;
  const each = Math.max(LANE[0], Math.min(LANE[1], room / Math.max(spoken, 1)));
  const heights = choices.map((choice) => (choice === ALL ? LANE_OF_ALL : each));
  const tops = choices.map((_, lane) => TOP + each * Math.min(lane, spoken));
  const end = tops.reduce((_, top, lane) => top + heights[lane], TOP + LANE_OF_ALL);
  return { tops, heights, height: end + BOTTOM };
}

/**
 * @param {Lanes} lanes
 * @param {number} lane
 * @returns {number}
 */
export const middleOf = ({ tops, heights }, lane) => tops[lane] + heights[lane] / 2;

/**
 * The shares whose chunks may stand between two places: [first, end).
 * @param {Shares} shares
 * @param {import("./axis.js").Axis} axis
 * @param {number} start
 * @param {number} end
 * @returns {[number, number]}
 */
function sharesBetween(shares, axis, start, end) {
  const step = axis.isTime ? 0 : 1;
  let to = axis.from(end) + step;
  while (axis.isTime && to <= axis.last && !(axis.place(to) > end)) to++;
  return [lowerBound(shares.chunk, axis.from(start) - step), lowerBound(shares.chunk, to)];
}

/**
 * The shares in view: of all in one column of pixels, lane and kind only the tallest, where there are more than pixels.
 * @param {Shares} shares
 * @param {import("./axis.js").Axis} axis
 * @param {import("./scale.js").Scale} scale
 * @param {number} nLanes
 * @param {number} nKinds
 * @returns {{isCrowded: boolean, shown: number[]}} Places in the columns of shares.
 */
export function sharesInView(shares, axis, scale, nLanes, nKinds) {
  const { view, inner } = scale, [first, end] = sharesBetween(shares, axis, ...view);
  const isCrowded = end - first > inner;
  const shown = [], perPixel = inner / (view[1] - view[0]), { times } = axis;
  // Counted from one: an empty cell is zero.
  const cells = isCrowded ? new Int32Array((Math.ceil(inner) + 2) * nLanes * nKinds) : null;
  for (let share = first; share < end; share++) {
    const chunk = shares.chunk[share], place = times ? times[chunk] : chunk;
    if (!(place >= view[0] && place <= view[1])) continue;
    if (!cells) {
      shown.push(share);
      continue;
    }
    const column = Math.round((place - view[0]) * perPixel);
    const cell = (column * nLanes + shares.lane[share]) * nKinds + shares.kind[share];
    if (!cells[cell] || shares.height[share] > shares.height[cells[cell] - 1]) cells[cell] = share + 1;
  }
  cells?.forEach((share) => share && shown.push(share - 1));
  return { isCrowded, shown };
}

/**
 * The tallest share of each column of pixels, whatever its lane.
 * @param {Shares} shares
 * @param {import("./axis.js").Axis} axis
 * @param {import("./scale.js").Scale} scale
 * @returns {number[]} Places in the columns of shares, from left to right.
 */
export function tallestOfColumns(shares, axis, scale) {
  const columns = new Int32Array(Math.ceil(scale.inner) + 2);
  for (let share = 0; share < shares.n; share++) {
    const column = Math.round(toPixel(scale, axis.place(shares.chunk[share])) - scale.left);
    if (!(column >= 0 && column < columns.length)) continue;
    const before = columns[column] - 1;
    if (before < 0 || shares.height[share] > shares.height[before]) columns[column] = share + 1;
  }
  return [...columns].filter(Boolean).map((share) => share - 1);
}

const TIMED_PX = 3, MOST_ROOM_PX = 8;

/**
 * The room of a block along the axis, in pixels.
 * @param {import("./axis.js").Axis} axis
 * @param {import("./scale.js").Scale} scale
 * @returns {number}
 */
export function blockRoom({ isTime }, { view, inner }) {
  return isTime ? TIMED_PX : Math.min(MOST_ROOM_PX, inner / (view[1] - view[0]));
}

/**
 * How wide a block is drawn.
 * @param {import("./axis.js").Axis} axis
 * @param {import("./scale.js").Scale} scale
 * @param {boolean} isCrowded
 * @returns {number}
 */
export function blockWidth(axis, { view, inner }, isCrowded) {
  if (isCrowded) return 1;
  return axis.isTime ? TIMED_PX : Math.max(1.2, Math.min(MOST_ROOM_PX, (inner / (view[1] - view[0])) * 0.72));
}

/**
 * The chunk nearest to a place on the canvas; one with a share in the lane under it, where there is one near.
 * @param {Shares} shares
 * @param {import("./axis.js").Axis} axis
 * @param {import("./scale.js").Scale} scale
 * @param {Lanes} lanes
 * @param {number} x
 * @param {number} y
 * @returns {number | null}
 */
export function nearestChunk(shares, axis, scale, lanes, x, y) {
  if (!shares.n) return null;
  const lane = lanes.tops.findLastIndex((top) => y >= top);
  const middle = lowerBound(shares.chunk, axis.from(toPlace(scale, x)));
  const inReach = sharesBetween(shares, axis, toPlace(scale, x - NEAR_PX), toPlace(scale, x + NEAR_PX));
  // Of a crowd only the middle; of nobody near, the neighbours.
  const first = Math.max(Math.min(inReach[0], middle - lanes.tops.length - 1), middle - MOST_LOOKED_AT, 0);
  const end = Math.min(Math.max(inReach[1], middle + lanes.tops.length + 1), middle + MOST_LOOKED_AT, shares.n);
  let best = null, score = Infinity;
  for (let share = first; share < end; share++) {
    const away = Math.abs(toPixel(scale, axis.place(shares.chunk[share])) - x) + (shares.lane[share] === lane ? 0 : OTHER_LANE_PX);
    if (away < score) [score, best] = [away, shares.chunk[share]];
  }
  return best;
}
