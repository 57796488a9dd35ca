// The small picture of a recording: one line a choice, a stroke a chunk, coloured by kind.

const WIDTH = 80, HEIGHT = 30, MOST_LINES = 6, TALLEST_LINE = 10, WIDEST_STROKE = 4;

/**
 * Draws into a canvas of the page; its style says the colours.
 * @param {HTMLCanvasElement} canvas
 * @param {string[]} lines a letter a stroke
 * @param {string} smallLetters those that are drawn small
 */
export function drawThumbnail(canvas, lines, smallLetters) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = WIDTH * ratio;
  canvas.height = HEIGHT * ratio;
  const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
  if (!pen) return;
  pen.scale(ratio, ratio);
  const shown = lines.slice(0, MOST_LINES), tall = Math.min(TALLEST_LINE, HEIGHT / Math.max(shown.length, 1));
  const top = (HEIGHT - tall * shown.length) / 2;
  const step = Math.min(WIDTH / Math.max(1, ...shown.map((line) => line.length)), WIDEST_STROKE);
  shown.forEach((line, at) => {
    for (let k = 0; k < line.length; k++) {
      const colour = style.getPropertyValue(`--rx-letter-${line[k]}`);
      if (!colour) continue;
      pen.fillStyle = colour;
      const inset = smallLetters.includes(line[k]) ? tall * 0.3 : 1;
      pen.fillRect(k * step, top + at * tall + inset, Math.max(step - 0.5, 0.8), tall - 2 * inset);
    }
  });
}
