// The grid of pixels to draw on: by pointer, or by arrow keys and the space bar.
"use strict";

class Pad {
  constructor(canvas, shape, onchange) {
    Object.assign(this, { canvas, shape, onchange });
    this.image = new Float64Array(shape[0] * shape[1]);
    canvas.style.aspectRatio = `${shape[1]} / ${shape[0]}`;
    [this.ink, this.brush, this.cell, this.drawing] = [1, 1, [0, 0], false];
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.drawing && this.stroke(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, () => (this.drawing = false));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) canvas.addEventListener(name, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  set(image) {
    this.image = Float64Array.from(image);
    this.draw();
    this.onchange();
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({ preventScroll: true });
    this.drawing = true;
    const [r, c] = (this.cell = this.under(event));
    this.using = this.brush === 1 && this.image[r * this.shape[1] + c] === this.ink ? 0 : this.ink;
    this.stroke(event);
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const [rows, columns] = this.shape;
    const inside = (v, n) => Math.max(0, Math.min(n - 1, Math.floor(v * n)));
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [inside(y, rows), inside(x, columns)];
  }

  stroke(event) {
    this.cell = this.under(event);
    this.touch(this.using);
  }

  /** Inks the cell; a wide brush inks its neighbours too, paler with their distance. */
  touch(ink) {
    const [rows, columns] = this.shape;
    const [r, c] = this.cell;
    const reach = this.brush - 1;
    for (let i = Math.max(0, r - reach); i <= Math.min(rows - 1, r + reach); i++) {
      for (let j = Math.max(0, c - reach); j <= Math.min(columns - 1, c + reach); j++) {
        const strength = Math.max(0, 1 - Math.hypot(i - r, j - c) / this.brush);
        const at = i * columns + j;
        this.image[at] += (ink - this.image[at]) * strength;
      }
    }
    this.draw();
    this.onchange();
  }

  key(event) {
    const move = MOVES[event.key];
    const [r, c] = this.cell;
    if (move) {
      const inside = (v, n) => Math.max(0, Math.min(n - 1, v));
      this.cell = [inside(r - move[1], this.shape[0]), inside(c + move[0], this.shape[1])];
      this.draw();
    } else if (event.key === " " || event.key === "Enter") {
      this.touch(this.image[r * this.shape[1] + c] === this.ink ? 0 : this.ink);
    } else return;
    event.preventDefault();
  }

  draw() {
    const [rows, columns] = this.shape;
    const box = this.canvas.getBoundingClientRect();
    if (!box.width || matchMedia("print").matches) return;
    const ratio = Math.min(3, devicePixelRatio || 1);
    [this.canvas.width, this.canvas.height] = [box.width * ratio, box.height * ratio].map(Math.round);
    const colours = theme();
    const shades = ramp(colours.card, colours.ink);
    const context = this.canvas.getContext("2d");
    const [w, h] = [this.canvas.width / columns, this.canvas.height / rows];
    const gap = w > 8 ? Math.max(1, ratio) : 0;
    this.image.forEach((v, k) => {
      const [r, c] = [Math.floor(k / columns), k % columns];
      context.fillStyle = `rgb(${shades[Math.round(255 * Math.max(0, Math.min(1, v)))]})`;
      const [left, top] = [Math.round(c * w), Math.round(r * h)];
      context.fillRect(left, top, Math.round((c + 1) * w) - left, Math.round((r + 1) * h) - top);
      if (!gap) return;
      context.strokeStyle = colours.line;
      context.strokeRect(left + 0.5, top + 0.5, w, h);
    });
    if (document.activeElement !== this.canvas) return;
    context.lineWidth = 3 * ratio;
    context.strokeStyle = colours.warm;
    context.strokeRect(this.cell[1] * w, this.cell[0] * h, w, h);
  }
}
