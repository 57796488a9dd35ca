// The colours of the theme, as a canvas takes them.

/**
 * @typedef {object} Colours
 * @property {string[]} shares By the places of the legend.
 * @property {Record<string, string>} findings By severity.
 * @property {string} text
 * @property {string} muted
 * @property {string} line
 * @property {string} wire
 * @property {string} back
 * @property {string} chosen What a range is tinted with.
 * @property {string} font
 */

/**
 * @param {Element} node In the explorer.
 * @param {{name: string}[]} legend
 * @param {string[]} severities
 * @returns {Colours}
 */
export function coloursAt(node, legend, severities) {
  const style = getComputedStyle(node);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    shares: legend.map(({ name }) => value(`--rx-${name}`)),
    findings: Object.fromEntries(severities.map((severity) => [severity, value(`--rx-${severity}`)])),
    text: style.color, muted: value("--rx-muted-plain"), line: value("--rx-hairline"), wire: value("--rx-wire"),
    back: getComputedStyle(node.closest(".rx-explorer") ?? node).backgroundColor,
    chosen: value("--rx-content"),
    font: `12px ${style.fontFamily}`,
  };
}
