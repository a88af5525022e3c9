// Convergence curves: uPlot draws, buttons toggle methods and show their values under the cursor.
"use strict";

const HEIGHT = 420;
const SHOWN = 8; // of the best methods, at first

/** Dashes on canvas as a small picture. */
function swatch({ color, dash }) {
  const canvas = make("canvas", { width: 68, height: 20, className: "swatch" });
  const c = canvas.getContext("2d");
  [c.strokeStyle, c.lineWidth] = [color, 5];
  c.setLineDash(dash.map((part) => 2 * part));
  c.beginPath();
  c.moveTo(0, 10);
  c.lineTo(68, 10);
  c.stroke();
  canvas.setAttribute("aria-hidden", true);
  return canvas;
}

/** The series' names, the best last median first. */
function ranked(series) {
  const last = (name) => series[name].middle.findLast((v) => v !== null) ?? Infinity;
  return Object.keys(series).sort((a, b) => last(a) - last(b) || (a < b ? -1 : 1));
}

/** A number on an axis. */
function mark(value) {
  if (value === null || value === undefined) return "";
  const power = Math.log10(Math.abs(value));
  if (value !== 0 && (power >= 5 || power < -3)) return value.toExponential().replace("e+", "e");
  return String(Number(value.toPrecision(6)));
}

class Chart {
  constructor(root, { costs, columns, caption: text }, looks) {
    Object.assign(this, { root, costs, columns, looks, off: new Set() });
    const first = Object.keys(costs)[0];
    this.now = { cost: first, problem: Object.keys(costs[first].problems)[0], column: "best", x: true, y: true };
    this.stage = make("div", { className: "stage", tabIndex: 0 });
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", "Convergence curves: left and right arrows read values");
    this.legend = make("div", { className: "legend" });
    root.append(this.controls(), this.stage, this.legend, caption(text));
    this.stage.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.fit()).observe(this.stage);
  }

  controls() {
    const words = (table) => Object.entries(table).map(([key, value]) => [key, value.words ?? value]);
    const problems = Object.keys(Object.values(this.costs)[0].problems).map((name) => [name, name]);
    const bar = make("div", { className: "row" });
    bar.append(this.choice("Cost", "cost", words(this.costs)), this.choice("Shown", "column", words(this.columns)));
    if (problems.length > 1) bar.append(this.choice("Problem", "problem", problems));
    for (const axis of ["x", "y"]) bar.append(this.check(axis));
    return bar;
  }

  choice(text, name, options) {
    const select = make("select", { className: `choose-${name}` }, ...options.map(([key, words]) => new Option(words, key)));
    select.addEventListener("change", () => ((this.now[name] = select.value), this.draw()));
    return make("label", {}, `${text} `, select);
  }

  check(axis) {
    const box = make("input", { type: "checkbox", checked: true, className: `log-${axis}` });
    box.addEventListener("change", () => ((this.now[axis] = box.checked), this.draw()));
    return make("label", { className: "check" }, box, ` log ${axis}`);
  }

  get curves() {
    return this.costs[this.now.cost].problems[this.now.problem]?.[this.now.column] ?? { x: [], series: {} };
  }

  draw() {
    this.plot?.destroy();
    this.theme = theme();
    const { x, series } = this.curves;
    this.names = ranked(series);
    if (!this.drawn) this.off = new Set(this.names.slice(SHOWN));
    this.drawn = true;
    this.toggles();
    this.stage.replaceChildren();
    if (!x.length) return void this.stage.append(make("p", { className: "quiet", textContent: "No run left a number." }));
    const log = this.now.y && this.names.some((name) => series[name].middle.some((v) => v > 0));
    const clean = (line) => (log ? line.map((v) => (v > 0 ? v : null)) : line);
    const parts = this.names.flatMap((name) => this.lines(name, series[name]));
    const data = [x, ...parts.map((part) => clean(part.line))];
    this.plot = new uPlot(this.options(parts, log), data, this.stage);
    this.fit();
  }

  /** A series' median, and where there are several runs the edges of its band. */
  lines(name, { low, middle, high }) {
    const { dash } = this.looks[name];
    const stroke = seen(this.looks[name].color);
    const common = { show: !this.off.has(name), name, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } };
    const line = { ...common, line: middle, label: name, stroke, width: 2, dash };
    if (!low) return [line];
    const edge = { ...common, stroke: "#0000", width: 0 };
    return [{ ...edge, line: high, label: `${name} high` }, { ...edge, line: low, label: `${name} low` }, line];
  }

  options(parts, log) {
    const { theme, now } = this;
    const bands = parts.flatMap((part, k) =>
      part.label.endsWith(" high") && parts[k + 1]?.label === `${part.name} low`
        ? [{ series: [k + 1, k + 2], fill: `${parts[k + 2].stroke}22` }] : []);
    const axis = {
      stroke: theme.quiet, grid: { stroke: theme.line, width: 1 }, ticks: { stroke: theme.line, width: 1 },
      font: "12px system-ui", labelFont: "13px system-ui", values: (_, splits) => splits.map(mark),
    };
    return {
      width: this.stage.clientWidth || 600, height: HEIGHT, legend: { show: false }, bands,
      cursor: { drag: { x: true, y: false }, points: { size: 8 } },
      scales: { x: { time: false, distr: now.x ? 3 : 1 }, y: { distr: log ? 3 : 1 } },
      axes: [{ ...axis, label: this.costs[now.cost].words }, { ...axis, label: this.columns[now.column], size: 64 }],
      series: [{}, ...parts],
      hooks: { setCursor: [(plot) => this.read(plot)] },
    };
  }

  fit() {
    if (this.plot && this.stage.clientWidth) this.plot.setSize({ width: this.stage.clientWidth, height: HEIGHT });
  }

  // the legend

  toggles() {
    this.values = {};
    const all = ["All", "None"].map((text) => make("button", { type: "button", className: "all", textContent: text }));
    all[0].addEventListener("click", () => this.choose([]));
    all[1].addEventListener("click", () => this.choose(this.names));
    this.legend.replaceChildren(...this.names.map((name) => this.toggle(name)), ...all);
    this.legend.hidden = this.names.length < 2;
  }

  choose(off) {
    this.off = new Set(off);
    this.draw();
  }

  toggle(name) {
    const { dash, color } = this.looks[name];
    const value = (this.values[name] = make("output"));
    const button = make("button", { type: "button" }, swatch({ dash, color: seen(color) }), make("span", { textContent: name }), value);
    button.setAttribute("aria-pressed", !this.off.has(name));
    button.addEventListener("click", () => {
      if (!this.off.delete(name)) this.off.add(name);
      button.setAttribute("aria-pressed", !this.off.has(name));
      this.plot?.series.forEach((series, k) => series.name === name && this.plot.setSeries(k, { show: !this.off.has(name) }));
    });
    return button;
  }

  /** The values under the cursor. */
  read(plot) {
    const i = plot.cursor.idx;
    const { series } = this.curves;
    for (const name of this.names) {
      const { low, middle, high } = i === null || i === undefined ? {} : series[name];
      const text = middle ? mark(middle[i]) || "–" : "";
      const span = low && middle[i] !== null ? ` [${mark(low[i])}, ${mark(high[i])}]` : "";
      this.values[name].textContent = text + span;
    }
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !this.plot) return;
    event.preventDefault();
    const { x } = this.curves;
    const i = Math.max(0, Math.min(x.length - 1, (this.plot.cursor.idx ?? -step) + step));
    this.plot.setCursor({ left: this.plot.valToPos(x[i], "x"), top: 10 });
  }
}
