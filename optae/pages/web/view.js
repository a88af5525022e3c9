// One run on the page: its plane, the point on it, and the moments of its training.
"use strict";

const FRAME = 450; // milliseconds from moment to moment

class View {
  /** `on.move(view)` is told when a hand has moved the point, `on.change(view)` when the network is another. */
  constructor(run, arrays, on) {
    Object.assign(this, { run, on, samples: arrays.samples, binary: run.data.levels === 1 });
    this.inked = this.samples.map(inked);
    this.moments = [...run.snapshots, run].map((moment, i) => ({ ...moment, theta: arrays.thetas[i] }));
    this.root = document.getElementById("view").content.firstElementChild.cloneNode(true);
    this.find = (selector) => this.root.querySelector(selector);
    this.model = new Model(run, this.moments.at(-1).theta);
    this.z = this.model.encode(this.samples[0]);
    this.describe();
  }

  /** To be called once the article stands in the page. */
  start() {
    this.plane = new Plane(this.find(".plane"), {
      window: this.run.window, line: this.run.latent === 1, names: this.run.data.labels,
      groups: { classes: this.run.data.classes, of: this.run.data.class },
      thumbnails: this.thumbnails(), shape: this.run.data.shape,
      decode: (point) => this.model.decode(this.lift(point)),
      on: { move: (point) => this.go(this.lift(point)), view: (window) => this.readWindow(window) },
    });
    this.tools();
    this.legend();
    this.full();
    this.time();
    this.sliders();
    this.encodeAll();
    this.readWindow(this.run.window);
    this.draw();
  }

  describe() {
    this.find(".name").textContent = this.run.name;
    this.find(".facts").textContent = this.run.facts.join(" · ");
    this.find(".plane").setAttribute("aria-label", `Latent plane of ${this.run.name}`);
  }

  // codes and points

  /** A code's shadow on the plane. */
  shadow(z) {
    const { origin, axes } = this.run.plane;
    const along = axes.map((axis) => axis.reduce((sum, a, i) => sum + a * (z[i] - origin[i]), 0));
    return this.run.latent === 1 ? [along[0], 0] : along;
  }

  /** The code above a point: as far off the plane as the present one. */
  lift(point) {
    const { axes } = this.run.plane;
    const here = this.shadow(this.z);
    return this.z.map((v, i) => v + axes.reduce((sum, axis, k) => sum + (point[k] - here[k]) * axis[i], 0));
  }

  encodeAll() {
    this.codes = this.samples.map((sample) => this.model.encode(sample));
    this.plane.points = this.codes.map((code) => this.shadow(code));
    this.plane.change();
  }

  // moves

  /** A hand has moved the point. */
  go(z) {
    this.put(z);
    this.on.move(this);
  }

  put(z) {
    const before = this.z;
    this.z = Float64Array.from(z);
    if (this.run.latent > 2 && this.leaves(before)) this.plane.change();
    this.draw();
  }

  /** Whether the point has moved off the plane, so that the field behind it is another. */
  leaves(before) {
    const lifted = this.lift(this.shadow(before));
    return lifted.some((v, i) => Math.abs(v - before[i]) > 1e-9 * (1 + Math.abs(v)));
  }

  draw() {
    this.image = this.model.decode(this.z);
    const near = nearest(this.image, this.inked);
    const label = this.run.data.labels[near.index];
    const { full } = this.plane;
    paint(this.find(".decoded"), this.image, this.run.data.shape, full);
    paint(this.find(".original"), this.samples[near.index], this.run.data.shape, full);
    this.find(".like").textContent = `nearest: ${label}`;
    this.sentence = near.apart ? `${counted(near.apart, "pixel")} unlike ${label}` : `${label}, pixel for pixel`;
    this.find(".verdict").textContent = `(${Array.from(this.z, (v) => short(v)).slice(0, 6).join(", ")}) decodes to ${this.sentence}`;
    this.plane.cursor = this.shadow(this.z);
    this.plane.request();
    this.inputs?.forEach(({ slider, output }, i) => {
      slider.value = this.z[i];
      output.textContent = short(this.z[i]);
    });
  }

  recolour() {
    this.plane.colours();
    this.legend();
    this.plane.thumbnails = this.thumbnails();
    this.plane.change();
    this.draw();
  }

  thumbnails() {
    const colours = ramp(theme().card, theme().ink);
    return this.samples.map((sample) => {
      const canvas = document.createElement("canvas");
      paint(canvas, sample, this.run.data.shape, colours);
      return canvas;
    });
  }

  // controls

  tools() {
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.mode(button.dataset.mode));
    }
    for (const button of this.root.querySelectorAll("[data-zoom]")) {
      const { zoom } = button.dataset;
      button.addEventListener("click", () =>
        zoom === "all" ? this.plane.look(this.home()) : this.plane.zoom(Number(zoom)));
    }
    const choose = (selector, set) =>
      this.find(selector).addEventListener("change", (event) => (set(event.target.value), this.plane.change()));
    choose(".cells", (value) => (this.plane.cells = Number(value)));
    choose(".show", (value) => (this.plane.show = value));
    this.find(".show").value = this.plane.show;
    this.find(".window form").addEventListener("submit", (event) => this.writeWindow(event));
    for (const row of this.root.querySelectorAll(".tall")) row.hidden = this.run.latent === 1;
  }

  /** The classes and their colours; a button hides a class or shows it. */
  legend() {
    const { classes } = this.run.data;
    const buttons = classes.map(({ name, color }, k) => {
      const mark = Object.assign(document.createElement("i"), { className: "mark" });
      mark.style.background = seen(color);
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(mark, name);
      button.setAttribute("aria-pressed", !this.plane.off.has(k));
      button.addEventListener("click", () => {
        if (!this.plane.off.delete(k)) this.plane.off.add(k);
        button.setAttribute("aria-pressed", !this.plane.off.has(k));
        this.plane.change();
      });
      return button;
    });
    this.find(".classes").replaceChildren(...buttons);
    this.find(".classes").hidden = !classes.length;
  }

  /** The plane over the whole screen, with what the point decodes to in its corner. */
  full() {
    const [button, card, pair] = [".full", ".plane-card", ".pair"].map(this.find);
    button.hidden = !document.fullscreenEnabled;
    button.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : card.requestFullscreen()));
    document.addEventListener("fullscreenchange", () => {
      const now = document.fullscreenElement === card;
      button.textContent = now ? "Leave full screen" : "Full screen";
      if (now) card.append(pair);
      else this.find(".point-card").prepend(pair);
    });
  }

  mode(mode) {
    this.plane.mode = mode;
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
  }

  /** The window around the codes of this moment. */
  home() {
    const ends = (i) => {
      const along = this.plane.points.map((p) => p[i]).filter((v) => Math.abs(v) < 1e9);
      const [low, high] = [Math.min(...along), Math.max(...along)];
      const pad = 0.08 * (high - low) || 0.5;
      return [low - pad, high + pad];
    };
    if (this.model === this.last) return this.run.window;
    return this.run.latent === 1 ? [...ends(0), ...this.run.window.slice(2)] : [...ends(0), ...ends(1)];
  }

  readWindow(window) {
    this.root.querySelectorAll(".window input").forEach((input, i) => (input.value = short(window[i], 6)));
  }

  writeWindow(event) {
    event.preventDefault();
    const ends = Array.from(this.root.querySelectorAll(".window input"), (input) => Number(input.value));
    if (this.run.latent === 1) ends.splice(2, 2, ...this.run.window.slice(2));
    if (!this.plane.look(ends)) this.readWindow(this.plane.window);
  }

  sliders() {
    this.inputs = Array.from(this.z, (_, i) => {
      const values = this.codesAlong(i);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const pad = 0.15 * (high - low) || 1;
      const row = document.createElement("label");
      const slider = Object.assign(document.createElement("input"), { type: "range", step: "any" });
      // few digits: of some numbers with 16, Chromium keeps another text than it is given
      Object.assign(slider, { min: (low - pad).toPrecision(4), max: (high + pad).toPrecision(4) });
      const output = document.createElement("output");
      row.append(`z${i + 1}`, slider, output);
      slider.addEventListener("input", () => this.go(this.z.map((v, k) => (k === i ? Number(slider.value) : v))));
      this.find(".sliders").append(row);
      return { slider, output };
    });
  }

  codesAlong(i) {
    return this.samples.map((sample) => this.model.encode(sample)[i]).filter((v) => Math.abs(v) < 1e9);
  }

  // the training's moments

  time() {
    this.last = this.model;
    const [box, slider] = [this.find(".time"), this.find(".when")];
    box.hidden = this.moments.length < 2;
    slider.max = slider.value = this.moments.length - 1;
    slider.addEventListener("input", () => this.at(Number(slider.value)));
    this.say(this.moments.length - 1);
    this.find(".play").addEventListener("click", () => (this.playing ? this.pause() : this.play()));
  }

  say(i) {
    const { evaluations, seconds, loss_now: loss } = this.moments[i];
    const cost = `${evaluations.toLocaleString("en")} evaluations, ${short(seconds)} s`;
    this.find(".moment").textContent = `${cost}: ${this.run.loss} ${loss === null ? "no number" : short(loss, 4)}`;
  }

  /** Shows the network as it was at moment i; the point stays at what it decodes from. */
  at(i) {
    this.find(".when").value = i;
    this.model = i === this.moments.length - 1 ? this.last : new Model(this.run, this.moments[i].theta);
    this.say(i);
    this.encodeAll();
    this.draw();
    this.on.change(this);
  }

  play() {
    const [slider, button] = [this.find(".when"), this.find(".play")];
    button.textContent = "Stop";
    button.setAttribute("aria-pressed", true);
    if (Number(slider.value) === this.moments.length - 1) this.at(0);
    this.playing = setInterval(() => {
      this.at(Number(slider.value) + 1);
      if (Number(slider.value) === this.moments.length - 1) this.pause();
    }, FRAME);
  }

  pause() {
    clearInterval(this.playing);
    this.playing = 0;
    this.find(".play").textContent = "Play";
    this.find(".play").setAttribute("aria-pressed", false);
  }
}
