const SURFACES = { light: [255, 255, 255], dark: [46, 58, 52] };
const READABLE = 4.5;

function parse(hex) {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(hex || "");
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex || "");
  if (long) return long.slice(1).map((pair) => parseInt(pair, 16));
  return short ? short.slice(1).map((digit) => parseInt(digit + digit, 16)) : null;
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const channel = value / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const toHex = (rgb) => `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;

function readableOn(rgb, surface, towards) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = rgb.map((value, index) => value + (towards[index] - value) * share);
    if (contrast(mixed, surface) >= READABLE) return toHex(mixed);
  }
  return toHex(towards);
}

/**
 * Whatever colour an inbox chose, text in it and on it stays readable (WCAG AA) in both themes.
 * @param {string} hex `#rgb` or `#rrggbb`
 * @returns {{accent: string, onAccent: string, inkLight: string, inkDark: string}|null} null if it is no such colour
 */
export function palette(hex) {
  const accent = parse(hex);
  if (!accent) return null;
  const white = [255, 255, 255];
  const black = [17, 21, 19];
  return {
    accent: toHex(accent),
    onAccent: contrast(accent, white) >= READABLE || contrast(accent, white) > contrast(accent, black) ? "#ffffff" : toHex(black),
    inkLight: readableOn(accent, SURFACES.light, black),
    inkDark: readableOn(accent, SURFACES.dark, white),
  };
}

/**
 * Puts the inbox's colour into the page's custom properties (through the CSSOM, which a strict CSP allows).
 * @param {string} hex
 * @param {HTMLElement} [root]
 * @returns {ReturnType<typeof palette>}
 */
export function applyAccent(hex, root = document.documentElement) {
  const colors = palette(hex);
  if (!colors) return null;
  root.style.setProperty("--rw-accent", colors.accent);
  root.style.setProperty("--rw-on-accent", colors.onAccent);
  root.style.setProperty("--rw-accent-ink-light", colors.inkLight);
  root.style.setProperty("--rw-accent-ink-dark", colors.inkDark);
  return colors;
}
