// Images as arrays of ink in [0, 1]: painted, disturbed, compared.
"use strict";

/** The page's colours, as the style sheet names them. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["paper", "card", "ink", "quiet", "line", "accent", "warm", "good"];
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

/** "#rrggbb" to [r, g, b]. */
function rgb(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** Whether the page is dark. */
function isDark() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A colour of the pictures as the page shows it: in the dark inverted with its hue kept, as report.css does it. */
function seen(color) {
  if (color === "#000000") return theme().ink;
  if (!isDark()) return color;
  const [r, g, b] = rgb(color).map((v) => 255 - v);
  const turned = [-0.574 * r + 1.43 * g + 0.144 * b, 0.426 * r + 0.43 * g + 0.144 * b, 0.426 * r + 1.43 * g - 0.856 * b];
  return `#${turned.map((v) => Math.round(Math.max(0, Math.min(255, 1.35 * v))).toString(16).padStart(2, "0")).join("")}`;
}

/** Ink to colours between two ends, 256 steps of [r, g, b]; `strength` is that of full ink. */
function ramp(from, to, strength = 1) {
  const [a, b] = [rgb(from), rgb(to)];
  const mix = (t) => a.map((c, i) => Math.round(c + (b[i] - c) * t * strength));
  return Array.from({ length: 256 }, (_, i) => mix(i / 255));
}

const NO_NUMBER = [240, 180, 120];

/** Writes an image of (rows, columns) into pixels of `width` at (left, top). */
function write(pixels, width, left, top, image, [rows, columns], colours) {
  for (let r = 0, k = 0; r < rows; r++) {
    for (let c = 0, at = 4 * ((top + r) * width + left); c < columns; c++, k++, at += 4) {
      const v = image[k];
      const colour = v === v ? colours[Math.max(0, Math.min(255, Math.round(255 * v)))] : NO_NUMBER;
      pixels[at] = colour[0];
      pixels[at + 1] = colour[1];
      pixels[at + 2] = colour[2];
      pixels[at + 3] = 255;
    }
  }
}

/** Fills a canvas with one image; the style sheet makes it large. */
function paint(canvas, image, shape, colours) {
  const [rows, columns] = shape;
  if (canvas.width !== columns || canvas.height !== rows) {
    [canvas.width, canvas.height] = [columns, rows];
  }
  const context = canvas.getContext("2d");
  const data = context.createImageData(columns, rows);
  write(data.data, columns, 0, 0, image, shape, colours);
  context.putImageData(data, 0, 0);
}

/** Uniform numbers that a seed repeats (mulberry32, by T. Ettinger). */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The image with noise: of black and white, pixels flip with that probability; of grey, they move. */
function disturbed(image, level, seed, binary) {
  const uniform = random(seed);
  return Float64Array.from(image, (v) => {
    const [u, w] = [uniform(), uniform()];
    if (binary) return u < level ? 1 - v : v;
    const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * w);
    return Math.max(0, Math.min(1, v + level * normal));
  });
}

/** How many pixels two images disagree on. */
function unlike(a, b) {
  let n = 0;
  for (let i = 0; i < a.length; i++) n += a[i] > 0.5 !== b[i] > 0.5;
  return n;
}

/** An image's inked pixels, a bit each, in words of 32. */
function inked(image) {
  const words = new Uint32Array(Math.ceil(image.length / 32));
  for (let i = 0; i < image.length; i++) if (image[i] > 0.5) words[i >> 5] |= 1 << (i & 31);
  return words;
}

/** How many bits of a word are set (Warren, 2012). */
function ones(word) {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Of samples as `inked` gives them, the one with the fewest pixels unlike the image's, and how many. */
function nearest(image, samples) {
  const mine = inked(image);
  let best = { index: 0, apart: Infinity };
  for (let index = 0; index < samples.length; index++) {
    const other = samples[index];
    let apart = 0;
    for (let k = 0; k < mine.length; k++) apart += ones(mine[k] ^ other[k]);
    if (apart < best.apart) best = { index, apart };
  }
  return best;
}

/** "1 pixel", "2 pixels". */
function counted(n, one) {
  return n === 1 ? `1 ${one}` : `${n} ${one}s`;
}
