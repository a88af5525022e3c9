// The explorer: runs side by side, one pad, one walk, and cursors that mean the same image.
"use strict";

const FILM = 9; // frames of a walk
const STRIP = 64; // samples with a button

class Explorer {
  constructor(views) {
    this.views = views;
    [this.first] = views;
    this.seed = 1;
    this.pad = new Pad(document.getElementById("pad"), this.first.run.data.shape, () => this.drawn());
    this.together = views.every((view) => String(view.run.data.shape) === String(this.first.run.data.shape));
    this.brushes();
    this.returns();
    this.films();
    this.strip();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    document.getElementById("invert").addEventListener("change", (event) => {
      document.documentElement.classList.toggle("inverted", event.target.checked);
    });
    this.pick(this.inky());
    addEventListener("beforeprint", () => views.forEach((view) => view.plane.finish()));
  }

  /** The first sample with much ink, so that there is something to see. */
  inky() {
    const shares = this.first.samples.map((image) => image.reduce((sum, v) => sum + v, 0) / image.length);
    const most = Math.max(...shares);
    return shares.findIndex((share) => share >= Math.min(0.1, most));
  }

  /** One view's point has moved: the others show where their own encoders put the same image. */
  moved(view) {
    for (const other of this.views) {
      if (other === view) continue;
      if (this.together) other.put(other.model.encode(view.image));
      else if (other.run.latent === view.run.latent) other.put(view.z);
    }
    this.hush();
  }

  /** Says what the point decodes to, once the hand rests. */
  hush() {
    clearTimeout(this.saying);
    const text = this.views.map((view) => `${view.run.name}: ${view.sentence}`).join(". ");
    this.saying = setTimeout(() => (document.getElementById("live").textContent = text), 500);
  }

  changed() {
    this.drawn();
    this.roll();
  }

  recolour() {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    for (const view of this.views) view.recolour();
    this.pad.draw();
    this.drawn();
    this.roll();
    this.strip();
  }

  /** A sample onto the pad, and every point to its code. */
  pick(i) {
    for (const view of this.views) view.put(view.model.encode(view.samples[Math.min(i, view.samples.length - 1)]));
    this.pad.set(this.first.samples[i]);
    this.hush();
  }

  // the pad

  brushes() {
    const on = (id, kind, then) => {
      const element = document.getElementById(id);
      element.addEventListener(kind, () => then(element));
    };
    const percent = (id, value) => (document.getElementById(id).textContent = `${value} %`);
    on("ink", "input", ({ value }) => percent("ink-out", value) && (this.pad.ink = value / 100));
    on("noise", "input", ({ value }) => percent("noise-out", value) && this.drawn());
    on("brush", "change", ({ value }) => (this.pad.brush = Number(value)));
    on("reroll", "click", () => (this.seed++, this.drawn()));
    on("clear", "click", () => this.pad.set(this.pad.image.map(() => 0)));
    const large = this.pad.image.length > 150;
    if (large) this.pad.brush = 2;
    document.getElementById("brush").value = this.pad.brush;
  }

  returns() {
    this.outcomes = this.views.map((view) => {
      const box = document.createElement("div");
      const [given, back] = ["the encoder sees", "what comes back"].map((text) => figure(text));
      const arrow = Object.assign(document.createElement("p"), { className: "code" });
      const words = Object.assign(document.createElement("p"), { className: "quiet" });
      const head = Object.assign(document.createElement("h3"), { textContent: view.run.name });
      head.hidden = this.views.length === 1;
      const row = Object.assign(document.createElement("div"), { className: "flow" });
      row.append(given.root, arrow, back.root);
      box.append(head, row, words);
      document.getElementById("returns").append(box);
      return { given, back, arrow, words };
    });
  }

  drawn() {
    const level = document.getElementById("noise").value / 100;
    this.views.forEach((view, k) => {
      if (!this.together && view !== this.first) return;
      const seen = level ? disturbed(this.pad.image, level, this.seed, view.binary) : this.pad.image;
      const code = view.model.encode(seen);
      const image = view.model.decode(code);
      view.plane.mine = view.shadow(code);
      view.plane.request();
      this.answer(this.outcomes[k], view, seen, code, image);
    });
  }

  answer({ given, back, arrow, words }, view, seen, code, image) {
    const { shape, labels } = view.run.data;
    paint(given.canvas, seen, shape, view.plane.full);
    paint(back.canvas, image, shape, view.plane.full);
    const dots = code.length > 4 ? ", …" : "";
    arrow.textContent = `→ (${Array.from(code.slice(0, 4), (v) => short(v)).join(", ")}${dots}) →`;
    const near = nearest(image, view.inked);
    const wrong = unlike(image, this.pad.image);
    const judged = wrong ? `${counted(wrong, "pixel")} unlike what you drew` : "every pixel as you drew it";
    const apart = near.apart ? `, ${counted(near.apart, "pixel")} apart` : "";
    words.textContent = `${judged}; nearest: ${labels[near.index]}${apart}`;
  }

  // the walk

  films() {
    const [from, to] = ["walk-from", "walk-to"].map((id) => document.getElementById(id));
    for (const select of [from, to]) {
      this.first.run.data.labels.forEach((label, i) => select.add(new Option(this.unique(label, i), i)));
      select.addEventListener("change", () => this.roll());
    }
    const { labels } = this.first.run.data;
    const first = this.inky();
    const other = labels.findIndex((label, i) => i > first && label !== labels[first]);
    [from.value, to.value] = [first, other < 0 ? first : other];
    this.film = this.views.map((view) => {
      const box = document.createElement("div");
      box.className = "film";
      const frames = Array.from({ length: FILM }, () => document.createElement("canvas"));
      box.append(...frames);
      box.setAttribute("role", "img");
      document.getElementById("films").append(box);
      return { box, frames };
    });
    document.getElementById("walk-at").addEventListener("input", ({ target }) => this.stroll(target.value / 100));
    document.getElementById("walk-play").addEventListener("click", () => this.playWalk());
    this.roll();
  }

  unique(label, i) {
    const twice = this.first.run.data.labels.indexOf(label) !== i;
    return twice ? `${label} (#${i})` : label;
  }

  ends(view) {
    const chosen = ["walk-from", "walk-to"].map((id) => Number(document.getElementById(id).value));
    return chosen.map((i) => view.codes[Math.min(i, view.codes.length - 1)]);
  }

  between([a, b], t) {
    return a.map((v, i) => (1 - t) * v + t * b[i]);
  }

  roll() {
    this.views.forEach((view, k) => {
      const ends = this.ends(view);
      const { box, frames } = this.film[k];
      frames.forEach((canvas, i) => {
        paint(canvas, view.model.decode(this.between(ends, i / (FILM - 1))), view.run.data.shape, view.plane.full);
      });
      box.setAttribute("aria-label", `${FILM} images of the walk in ${view.run.name}`);
      view.plane.walk = ends.map((code) => view.shadow(code));
      view.plane.request();
    });
  }

  stroll(t) {
    for (const view of this.views) view.put(this.between(this.ends(view), t));
    this.film.forEach(({ frames }) =>
      frames.forEach((canvas, i) => canvas.classList.toggle("here", i === Math.round(t * (FILM - 1)))));
    this.hush();
  }

  playWalk() {
    const [slider, button] = ["walk-at", "walk-play"].map((id) => document.getElementById(id));
    const stop = () => {
      clearInterval(this.walking);
      this.walking = 0;
      button.textContent = "Play";
      button.setAttribute("aria-pressed", false);
    };
    if (this.walking) return stop();
    button.textContent = "Stop";
    button.setAttribute("aria-pressed", true);
    if (slider.value === slider.max) slider.value = 0;
    this.walking = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      this.stroll(slider.value / 100);
      if (slider.value === slider.max) stop();
    }, 30);
  }

  // the data

  strip() {
    const { data } = this.first.run;
    const { length } = this.first.samples;
    const shown = Math.min(STRIP, length);
    const buttons = Array.from({ length: shown }, (_, k) => {
      const i = Math.round((k * (length - 1)) / Math.max(1, shown - 1)); // evenly, so that every class is there
      const button = Object.assign(document.createElement("button"), { type: "button", title: data.labels[i] });
      const canvas = document.createElement("canvas");
      paint(canvas, this.first.samples[i], data.shape, this.first.plane.full);
      button.append(canvas, data.labels[i]);
      button.addEventListener("click", () => this.pick(i));
      return button;
    });
    document.getElementById("strip").replaceChildren(...buttons);
    const part = data.total > data.labels.length ? `${data.labels.length} of ${data.total} images are in this page. ` : "";
    document.getElementById("samples-note").textContent = `${part}Choose one: it goes onto the pad, and the point to its code.`;
  }
}

/** A canvas with a caption. */
function figure(text) {
  const root = document.createElement("figure");
  const canvas = Object.assign(document.createElement("canvas"), { className: "glyph" });
  root.append(canvas, Object.assign(document.createElement("figcaption"), { textContent: text }));
  return { root, canvas };
}

/** Images as rows of ink in [0, 1]. */
async function samplesOf({ x, levels, shape }) {
  const all = await numbers(x);
  const size = shape[0] * shape[1];
  return Array.from({ length: all.length / size }, (_, i) =>
    Float64Array.from(all.subarray(i * size, (i + 1) * size), (v) => v / levels));
}

/** What runs when the page has loaded. */
async function explore(page) {
  const bench = document.getElementById("bench");
  bench.dataset.runs = page.runs.length;
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  document.getElementById("lead").textContent = page.lead;
  document.getElementById("foot").textContent = page.foot;
  let explorer = null;
  const on = { move: (view) => explorer?.moved(view), change: () => explorer?.changed() };
  const views = await Promise.all(page.runs.map(async (run) => {
    const thetas = await Promise.all([...run.snapshots, run].map(({ theta }) => numbers(theta)));
    return new View(run, { samples: await samplesOf(run.data), thetas }, on);
  }));
  bench.prepend(...views.map((view) => view.root));
  for (const view of views) view.start();
  explorer = new Explorer(views);
  return explorer;
}

const ready = explore(JSON.parse(document.getElementById("page").textContent));
ready.then(() => (document.documentElement.dataset.ready = "yes"));
