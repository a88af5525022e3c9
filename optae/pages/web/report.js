// The report: puts what optae computed into the page.
"use strict";

const at = (id) => document.getElementById(id);

/** A method's letters: what came back, wrong pixels outlined, and the worst of them. */
async function letterRow(name, entry) {
  const all = await numbers(entry.images);
  const size = entry.shape[0] * entry.shape[1];
  const half = all.length / 2;
  const image = (start, i) => Float64Array.from(all.subarray(start + i * size, start + (i + 1) * size), (v) => v / 255);
  const colours = ramp(theme().card, theme().ink);
  const tile = (i) => {
    const canvas = make("canvas", { className: "tile" });
    const [x, y] = [image(0, i), image(half, i)];
    paint(canvas, y, entry.shape, colours);
    const wrong = unlike(x, y);
    canvas.title = `${entry.labels[i]}: ${counted(wrong, "wrong pixel")}`;
    return make("figure", { className: wrong ? "wrong" : "" }, canvas, make("figcaption", { textContent: wrong || "" }));
  };
  const many = `${entry.exact} of ${entry.labels.length} exact; best of ${counted(entry.seeds, "run")}, seed ${entry.seed}`;
  const worst = entry.worst.map(({ at, wrong }) => `${entry.labels[at] || "space"} (${wrong})`).join(", ");
  return make("section", { className: "letters" },
    make("h3", { textContent: name }), make("p", { className: "quiet", textContent: many }),
    make("div", { className: "tiles" }, ...entry.labels.map((_, i) => tile(i))),
    make("p", { className: "quiet", textContent: worst ? `Worst on average, in wrong pixels: ${worst}` : "No letter has a wrong pixel." }));
}

function pictureOf({ title, png, reason }) {
  const head = make("figcaption", { textContent: png ? title : `${title}: not drawn, ${reason}` });
  if (!png) return make("figure", { className: "card absent quiet" }, head);
  const image = make("img", { src: `data:image/png;base64,${png}`, alt: title, loading: "lazy" });
  return make("figure", { className: "card picture" }, image, head);
}

/** What a cell unfolds: command, recipe, environment. */
function details({ path, message, recipe, command, environment }, environments) {
  const part = (head, text) => [make("h3", { textContent: head }), make("pre", { textContent: text })];
  return make("div", { className: "details" },
    make("p", { textContent: `${path}: ${message}` }),
    ...part("Run it again", command),
    ...part("Does it reproduce?", `optae verify ${/^[\w./-]+$/.test(path) ? path : JSON.stringify(path)}`),
    ...part("Recipe", JSON.stringify(recipe, null, 2)),
    ...part("Environment", JSON.stringify(environments[environment], null, 2)));
}

async function show(page) {
  at("question").textContent = page.question;
  at("sentences").append(...page.sentences.map((text, i) => make("p", { textContent: text, className: i ? "" : "lead" })));
  for (const [name, value] of page.facts) at("facts").append(make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value })));
  page.tables.forEach((table, i) => at(i || page.tables.length === 1 ? "tables" : "verdict").append(new SortedTable(table).root));
  const chart = Object.keys(page.charts.costs).length ? new Chart(at("chart"), page.charts, page.looks) : null;
  at("pictures").append(...page.pictures.map(pictureOf));
  const cells = new SortedTable(page.cells, (i) => details(page.cells.details[i], page.environments));
  at("cells").append(cells.root);
  at("filter").addEventListener("input", ({ target }) => {
    at("filtered").textContent = target.value ? `${cells.filter(target.value)} of ${cells.rows.length}` : (cells.filter(""), "");
  });
  at("notes").append(...page.notes.map((text) => make("li", { textContent: text })));
  at("notes-card").hidden = !page.notes.length;
  await lettersOf(page.letters);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (chart?.draw(), lettersOf(page.letters)));
  return { chart, cells };
}

async function lettersOf({ problem, methods }) {
  const rows = await Promise.all(Object.entries(methods ?? {}).map(([name, entry]) => letterRow(name, entry)));
  at("letters").replaceChildren(...rows);
  at("letters-note").textContent = problem
    ? `${problem}. The number below a letter counts its wrong pixels; letters without a number have none.`
    : "No letters: the data are gone, or every run was refused.";
}

const ready = show(JSON.parse(at("page").textContent));
ready.then(() => (document.documentElement.dataset.ready = "yes"));
