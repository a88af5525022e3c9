// Parts that reports share: captions of one line, letters with their wrong pixels, pictures, text to copy.
"use strict";

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const at = (id) => document.getElementById(id);

/** A caption of one line; a button shows the rest where it does not fit. */
function caption(text) {
  const line = make("p", { textContent: text });
  const button = make("button", { type: "button", className: "rest", textContent: "more" });
  const root = make("div", { className: "caption quiet" }, line, button);
  const open = (yes) => {
    root.classList.toggle("open", yes);
    button.textContent = yes ? "less" : "more";
    button.setAttribute("aria-expanded", yes);
  };
  open(false);
  button.addEventListener("click", () => open(!root.classList.contains("open")));
  const measure = () => root.classList.contains("open") || root.classList.toggle("fits", line.scrollWidth <= line.clientWidth);
  new ResizeObserver(measure).observe(line);
  return root;
}

/** A section of the page in its own box that scrolls by keys too. */
function scrolling(name, ...children) {
  const box = make("div", { className: "scroll", tabIndex: 0 }, ...children);
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", name);
  const measure = () => {
    box.classList.toggle("before", box.scrollLeft > 1);
    box.classList.toggle("after", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  };
  box.addEventListener("scroll", measure, { passive: true });
  new ResizeObserver(measure).observe(box);
  for (const child of children) new ResizeObserver(measure).observe(child);
  return box;
}

/** A text that one copies, with a button that does it. */
function copied(text) {
  const button = make("button", { type: "button", className: "copy", textContent: "copy" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(pre);
    }
  });
  const pre = make("pre", { textContent: text, tabIndex: 0 });
  return make("div", { className: "copied" }, pre, button);
}

/** Rows of a name, a value and what the name means. */
function factsList(rows) {
  const pairs = rows.flatMap(([name, value, meaning]) => {
    const shown = make("dd", {}, make("span", { textContent: value }));
    if (meaning) shown.append(make("span", { className: "meaning quiet", textContent: meaning }));
    return [make("dt", { textContent: name }), shown];
  });
  return make("dl", { className: "rows" }, ...pairs);
}

/** A figure with its heading and caption as text; the picture takes the colours of the page. */
function pictureOf({ title, heading, caption: text, png, reason }) {
  const head = make("h3", { textContent: png ? heading : `${title}: not drawn` });
  if (!png) return make("figure", { className: "card absent" }, head, make("figcaption", { className: "quiet", textContent: reason }));
  const image = make("img", { src: `data:image/png;base64,${png}`, alt: heading });
  const foot = text ? [make("figcaption", {}, caption(text))] : [];
  return make("figure", { className: "card picture" }, head, scrolling(heading, image), ...foot);
}

/** Originals and reconstructions as arrays of ink. */
async function imagesOf(entry) {
  const all = await numbers(entry.images);
  const size = entry.shape[0] * entry.shape[1];
  const half = all.length / 2;
  const image = (start, i) => Float64Array.from(all.subarray(start + i * size, start + (i + 1) * size), (v) => v / 255);
  return entry.labels.map((label, i) => ({ label, x: image(0, i), y: image(half, i) }));
}

/** An image on a canvas; pixels that are wrong beside `right` are coloured. */
function tile(image, shape, right = null) {
  const canvas = make("canvas", { className: "tile" });
  const colours = theme();
  paint(canvas, image, shape, ramp(colours.card, colours.ink));
  if (!right) return canvas;
  const context = canvas.getContext("2d");
  image.forEach((v, k) => {
    if (v > 0.5 === right[k] > 0.5) return;
    context.globalAlpha = v > 0.5 ? 1 : 0.45; // ink too much, ink that is missing
    context.fillStyle = colours.warm;
    context.fillRect(k % shape[1], Math.floor(k / shape[1]), 1, 1);
  });
  return canvas;
}

/** The images of an entry as tiles, reconstructions below their originals if `pairs`. */
async function tilesOf(entry, pairs = false) {
  const tiles = (await imagesOf(entry)).map(({ label, x, y }) => {
    const wrong = entry.judged ? unlike(x, y) : 0;
    const name = wrong ? `${label}: ${counted(wrong, "wrong pixel")}` : label;
    const drawn = [...(pairs ? [tile(x, entry.shape)] : []), tile(y, entry.shape, entry.judged ? x : null)];
    const figure = make("figure", { className: wrong ? "wrong" : "", title: name }, ...drawn, make("figcaption", { textContent: wrong || "" }));
    drawn.forEach((canvas) => canvas.setAttribute("aria-hidden", true));
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", name);
    return figure;
  });
  return make("div", { className: `tiles${pairs ? " pairs" : ""}` }, ...tiles);
}

/** Runs at once and again when the page turns dark or light. */
function themed(draw) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const again = () => {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    return draw();
  };
  dark.addEventListener("change", again);
  return again();
}

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.columns")) details.open = true;
});
