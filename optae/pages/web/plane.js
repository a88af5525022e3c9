// One latent plane on a canvas: the decoded field, the codes' names, a cursor; zoomed, dragged, walked by keys.
"use strict";

const MARGIN = { left: 46, bottom: 26, top: 10, right: 10 };
const MANY = 120; // more names than these are small
const PATIENCE = 9; // milliseconds of decoding per frame
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Round numbers between two ends. */
function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high && found.length < 50; k++) found.push(k * step);
  return found;
}

/** A number for people. */
function short(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const text = Number(value.toPrecision(digits));
  return String(Math.abs(text) < 1e6 && Math.abs(text) >= 1e-4 ? text : text === 0 ? 0 : text.toExponential());
}

class Plane {
  /** `on.move(point)` is told where the cursor goes, `on.view(window)` what is shown. */
  constructor(canvas, { window, line, names, groups, thumbnails, decode, shape, on }) {
    Object.assign(this, { canvas, line, names, groups, thumbnails, decode, shape, on });
    [this.home, this.window] = [window, [...window]];
    [this.points, this.cursor, this.mine, this.walk] = [[], [0, 0], null, null];
    [this.mode, this.show, this.cells] = ["point", groups.classes.length ? "dots" : "names", 15];
    this.off = new Set();
    this.base = document.createElement("canvas");
    this.colours();
    this.listen();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  colours() {
    this.theme = theme();
    this.faint = ramp(this.theme.card, this.theme.ink, 0.55);
    this.full = ramp(this.theme.card, this.theme.ink);
    this.field = null;
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width || matchMedia("print").matches) return; // paper shows the canvas as it is
    this.ratio = Math.min(3, devicePixelRatio || 1);
    [this.width, this.height] = [box.width, box.height];
    for (const canvas of [this.canvas, this.base]) {
      [canvas.width, canvas.height] = [box.width * this.ratio, box.height * this.ratio].map(Math.round);
    }
    this.change();
  }

  // where things are, in CSS pixels

  get frame() {
    const { left, bottom, top, right } = MARGIN;
    return { left, top, width: this.width - left - right, height: this.height - top - bottom };
  }

  at([x, y]) {
    const [x0, x1, y0, y1] = this.window;
    const { left, top, width, height } = this.frame;
    return [left + (width * (x - x0)) / (x1 - x0), top + (height * (y1 - y)) / (y1 - y0)];
  }

  point([px, py]) {
    const [x0, x1, y0, y1] = this.window;
    const { left, top, width, height } = this.frame;
    return [x0 + ((px - left) / width) * (x1 - x0), this.line ? 0 : y1 - ((py - top) / height) * (y1 - y0)];
  }

  // what is shown

  /** Shows another window; a wrong one is left alone. */
  look(window) {
    const [x0, x1, y0, y1] = window;
    const wide = (a, b) => b - a > 1e-9 * Math.max(Math.abs(a), Math.abs(b)) && b - a < 1e12;
    if (!window.every(Number.isFinite) || !wide(x0, x1) || !wide(y0, y1)) return false;
    this.window = [...window];
    this.change();
    this.on.view(this.window);
    return true;
  }

  zoom(factor, [cx, cy] = this.middle()) {
    const [x0, x1, y0, y1] = this.window;
    const ends = [cx - (cx - x0) / factor, cx + (x1 - cx) / factor];
    this.look(this.line ? [...ends, y0, y1] : [...ends, cy - (cy - y0) / factor, cy + (y1 - cy) / factor]);
  }

  middle() {
    const [x0, x1, y0, y1] = this.window;
    return [(x0 + x1) / 2, (y0 + y1) / 2];
  }

  shift(dx, dy) {
    const [x0, x1, y0, y1] = this.window;
    this.look(this.line ? [x0 + dx, x1 + dx, y0, y1] : [x0 + dx, x1 + dx, y0 + dy, y1 + dy]);
  }

  /** Codes, window or network are other ones: the picture below the cursor is drawn again. */
  change() {
    this.restless = true;
    this.request();
  }

  request() {
    if (this.pending || !this.width) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      if (this.restless) this.redraw();
      this.overlay();
    });
  }

  redraw() {
    this.restless = false;
    this.rows = this.cells ? this.decoding() : null;
    if (!this.cells) this.field = null;
    this.still();
    this.develop();
  }

  /** Draws everything at once, for paper, which waits for no frame. */
  finish() {
    if (!this.width) this.resize();
    const rows = this.cells ? this.decoding() : null;
    let next = rows?.next();
    while (next && !next.done) next = rows.next();
    [this.rows, this.field, this.restless] = [null, next?.value ?? null, false];
    this.still();
    this.overlay();
  }

  /** Decodes the field a few rows a frame. */
  develop() {
    if (!this.rows) return;
    const rows = this.rows;
    const until = performance.now() + PATIENCE;
    let next;
    do next = rows.next();
    while (!next.done && performance.now() < until);
    if (next.done) this.rows = null;
    if (next.value) this.field = next.value;
    if (next.done) {
      this.still();
      this.overlay();
    } else requestAnimationFrame(() => rows === this.rows && this.develop());
  }

  /** Yields while it decodes, and at the end returns the field of this window. */
  *decoding() {
    const [rows, columns] = this.shape;
    const side = Math.max(rows, columns) + 1;
    const n = this.cells;
    const tall = this.line ? 1 : n;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [n * side, tall * side];
    const context = canvas.getContext("2d");
    const data = context.createImageData(canvas.width, canvas.height);
    const [x0, x1, y0, y1] = this.window;
    const [left, top] = [(side - columns) >> 1, (side - rows) >> 1];
    for (let r = 0; r < tall; r++) {
      for (let c = 0; c < n; c++) {
        const point = [x0 + ((c + 0.5) / n) * (x1 - x0), y1 - ((r + 0.5) / tall) * (y1 - y0)];
        const image = this.decode(point);
        write(data.data, canvas.width, c * side + left, r * side + top, image, this.shape, this.faint);
        yield null;
      }
    }
    context.putImageData(data, 0, 0);
    return { canvas, window: [x0, x1, y0, y1] };
  }

  /** Everything that the cursor does not move. */
  still() {
    const c = this.base.getContext("2d");
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    const { left, top, width, height } = this.frame;
    c.save();
    c.beginPath();
    c.rect(left, top, width, height);
    c.clip();
    if (this.field) this.backdrop(c);
    this.marks(c);
    c.restore();
    c.strokeStyle = this.theme.line;
    c.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    this.axes(c);
  }

  backdrop(c) {
    const { canvas, window } = this.field;
    const [a, b] = [this.at([window[0], window[3]]), this.at([window[1], window[2]])];
    c.imageSmoothingEnabled = false;
    if (!this.line) return c.drawImage(canvas, a[0], a[1], b[0] - a[0], b[1] - a[1]);
    const tall = (b[0] - a[0]) / (canvas.width / canvas.height);
    return c.drawImage(canvas, a[0], this.at([0, 0])[1] + 16, b[0] - a[0], tall);
  }

  axes(c) {
    const [x0, x1, y0, y1] = this.window;
    const { left, top, width, height } = this.frame;
    c.fillStyle = this.theme.quiet;
    c.font = "11px system-ui, sans-serif";
    [c.textAlign, c.textBaseline] = ["center", "top"];
    for (const x of ticks(x0, x1, Math.max(2, width / 90))) {
      const [px] = this.at([x, 0]);
      c.fillRect(px, top + height, 1, 4);
      c.fillText(short(x), px, top + height + 7);
    }
    [c.textAlign, c.textBaseline] = ["right", "middle"];
    for (const y of this.line ? [] : ticks(y0, y1, Math.max(2, height / 70))) {
      const [, py] = this.at([0, y]);
      c.fillRect(left - 4, py, 4, 1);
      c.fillText(short(y), left - 7, py);
    }
  }

  marks(c) {
    const many = this.points.length > MANY;
    c.font = `600 ${many ? 11 : 14}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace`;
    [c.textAlign, c.textBaseline, c.lineJoin] = ["center", "middle", "round"];
    const raised = this.line ? this.levels() : null;
    const places = this.points.map((point, i) => {
      const [x, level] = this.at(point);
      const y = raised ? level - 18 * raised[i] - 14 : level;
      return { x, y, i, seen: !this.off.has(this.groups.of[i]) && Math.abs(x) < 1e5 && Math.abs(y) < 1e5 };
    });
    const shown = places.filter(({ seen }) => seen);
    if (this.show === "names" && !many) this.plates(c, shown);
    for (const { x, y, i } of shown) {
      if (this.show === "pictures") this.thumbnail(c, x, y, i);
      else if (this.show === "names") this.name(c, x, y, i);
      else this.dot(c, x, y, i);
    }
  }

  /** Plates below the names, through which the field shows; none covers a name. */
  plates(c, shown) {
    c.fillStyle = this.theme.card;
    c.globalAlpha = 0.75;
    for (const { x, y, i } of shown) {
      const wide = c.measureText(this.names[i]).width + 6;
      c.fillRect(x - wide / 2, y - 9, wide, 18);
    }
    c.globalAlpha = 1;
  }

  /** On a line, how many rows up each name stands so that none covers another. */
  levels() {
    const ends = [];
    const found = [];
    const order = this.points.map((point, i) => [this.at(point)[0], i]).sort(([a], [b]) => a - b);
    for (const [x, i] of order) {
      const free = ends.findIndex((end) => x - end > 26);
      found[i] = free < 0 ? ends.length : free;
      ends[found[i]] = x;
    }
    return found;
  }

  /** The colour of a sample: of its class, if there are classes. */
  colour(i) {
    const { classes, of } = this.groups;
    return classes.length ? seen(classes[of[i]].color) : this.theme.accent;
  }

  name(c, x, y, i) {
    c.strokeStyle = this.theme.card;
    c.lineWidth = 5;
    c.strokeText(this.names[i], x, y);
    c.fillStyle = this.colour(i);
    c.fillText(this.names[i], x, y);
  }

  dot(c, x, y, i) {
    c.fillStyle = this.colour(i);
    c.strokeStyle = this.theme.card;
    c.lineWidth = 1;
    c.beginPath();
    c.arc(x, y, 4.5, 0, 7);
    c.fill();
    c.stroke();
  }

  thumbnail(c, x, y, i) {
    const { width, height } = this.thumbnails[i];
    const scale = 26 / Math.max(width, height);
    const [w, h] = [width * scale, height * scale];
    c.imageSmoothingEnabled = false;
    c.drawImage(this.thumbnails[i], x - w / 2, y - h / 2, w, h);
    c.strokeStyle = this.colour(i);
    c.lineWidth = this.groups.classes.length ? 2 : 1;
    c.strokeRect(x - w / 2, y - h / 2, w, h);
  }

  /** The still picture, and on it what moves. */
  overlay() {
    const c = this.canvas.getContext("2d");
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    c.drawImage(this.base, 0, 0);
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const { left, top, width, height } = this.frame;
    c.save();
    c.beginPath();
    c.rect(left, top, width, height);
    c.clip();
    if (this.walk) this.path(c);
    if (this.mine) this.diamond(c, this.at(this.mine));
    this.cross(c, this.at(this.cursor));
    if (this.box) this.rubber(c);
    c.restore();
    const edge = this.edge();
    if (edge) this.arrow(c, edge);
  }

  /** Where an arrow points to the ring if it is outside: [x, y] at the edge, else null. */
  edge() {
    const { left, top, width, height } = this.frame;
    const [x, y] = this.at(this.cursor);
    if (!Number.isFinite(x + y)) return null;
    const at = [Math.max(left, Math.min(left + width, x)), Math.max(top, Math.min(top + height, y))];
    return at[0] === x && at[1] === y ? null : at;
  }

  arrow(c, [x, y]) {
    const { left, top, width, height } = this.frame;
    const far = this.at(this.cursor);
    const turn = Math.atan2(far[1] - (top + height / 2), far[0] - (left + width / 2));
    c.save();
    c.translate(x, y);
    c.rotate(turn);
    c.beginPath();
    [[0, 0], [-20, -11], [-14, 0], [-20, 11]].forEach((p, i) => c[i ? "lineTo" : "moveTo"](...p));
    c.closePath();
    c.fillStyle = this.theme.warm;
    c.strokeStyle = this.theme.card;
    c.lineWidth = 4;
    c.stroke();
    c.fill();
    c.restore();
  }

  path(c) {
    c.beginPath();
    this.walk.forEach((p, i) => c[i ? "lineTo" : "moveTo"](...this.at(p)));
    c.setLineDash([6, 4]);
    this.lined(c, this.theme.good);
    c.setLineDash([]);
  }

  lined(c, colour) {
    c.lineWidth = 5;
    c.strokeStyle = this.theme.card;
    c.stroke();
    c.lineWidth = 2.2;
    c.strokeStyle = colour;
    c.stroke();
  }

  diamond(c, [x, y]) {
    c.beginPath();
    [[0, -9], [9, 0], [0, 9], [-9, 0]].forEach(([dx, dy], i) => c[i ? "lineTo" : "moveTo"](x + dx, y + dy));
    c.closePath();
    this.lined(c, this.theme.good);
  }

  cross(c, [x, y]) {
    c.beginPath();
    c.arc(x, y, 11, 0, 7);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      c.moveTo(x + 6 * dx, y + 6 * dy);
      c.lineTo(x + 17 * dx, y + 17 * dy);
    }
    this.lined(c, this.theme.warm);
  }

  rubber(c) {
    const [[ax, ay], [bx, by]] = this.box;
    c.beginPath();
    c.rect(ax, ay, bx - ax, by - ay);
    this.lined(c, this.theme.ink);
  }

  // hands

  listen() {
    const { canvas } = this;
    this.fingers = new Map();
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (e) => this.lift(e));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("dblclick", () => this.mode === "pan" && this.look(this.home));
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event));
    if (this.fingers.size > 1 || event.shiftKey || event.button === 1) this.doing = "pan";
    else this.doing = this.mode;
    if (this.doing === "point") this.on.move(this.point(this.place(event)));
    if (this.doing === "box") this.box = [this.place(event), this.place(event)];
  }

  drag(event) {
    if (!this.fingers.has(event.pointerId)) return;
    const [before, now] = [this.fingers.get(event.pointerId), this.place(event)];
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
    this.fingers.set(event.pointerId, now);
    if (this.doing === "point") this.on.move(this.point(now));
    if (this.doing === "box") this.box[1] = now;
    if (this.doing === "pan" && others.length) this.pinch(before, now, others[0]);
    else if (this.doing === "pan") this.slide(before, now);
    this.request();
  }

  slide(before, now) {
    const [a, b] = [this.point(before), this.point(now)];
    this.shift(a[0] - b[0], a[1] - b[1]);
  }

  pinch(before, now, other) {
    const gap = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
    this.zoom(gap(now) / gap(before), this.point(other));
  }

  lift(event) {
    this.fingers.delete(event.pointerId);
    if (this.doing === "box" && this.box) this.closeBox();
    if (!this.fingers.size) this.doing = null;
  }

  closeBox() {
    const [a, b] = this.box.map((p) => this.point(p));
    const far = Math.hypot(this.box[0][0] - this.box[1][0], this.box[0][1] - this.box[1][1]) > 8;
    this.box = null;
    const ends = (i) => [Math.min(a[i], b[i]), Math.max(a[i], b[i])];
    if (far) this.look(this.line ? [...ends(0), ...this.window.slice(2)] : [...ends(0), ...ends(1)]);
    this.request();
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), this.point(this.place(event)));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (MOVES[event.key]) this.nudge(MOVES[event.key], event.shiftKey ? 0.1 : 0.02);
    else if (event.key === "+" || event.key === "=") this.zoom(1.4, this.cursor);
    else if (event.key === "-") this.zoom(1 / 1.4, this.cursor);
    else if (event.key === "0") this.look(this.home);
    else return;
    event.preventDefault();
  }

  nudge([dx, dy], share) {
    const [x0, x1, y0, y1] = this.window;
    const [x, y] = this.cursor;
    this.on.move([x + dx * share * (x1 - x0), this.line ? 0 : y + dy * share * (y1 - y0)]);
  }
}
