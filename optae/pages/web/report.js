// The report: puts what optae computed into the page.
"use strict";

/** A method's letters: what came back, wrong pixels marked, and the worst of them. */
async function letterRow(name, entry) {
  const best = `best of ${counted(entry.seeds, "run")}, seed ${entry.seed}`;
  const shown = entry.labels.length;
  const part = shown < entry.total ? `${shown} of ${entry.total.toLocaleString("en")} images` : "";
  const exact = entry.judged ? `${entry.exact} of ${shown} exact` : "";
  const worst = entry.worst.map(({ at, wrong }) => `${entry.labels[at] || "space"} (${wrong})`).join(", ");
  const last = worst ? `Worst on average, in wrong pixels: ${worst}` : "No letter has a wrong pixel.";
  const foot = entry.judged ? [make("p", { className: "quiet", textContent: last })] : [];
  return make("section", { className: "letters" },
    make("h3", { textContent: name }),
    make("p", { className: "quiet", textContent: [exact, part, best].filter(Boolean).join("; ") }),
    await tilesOf(entry), ...foot);
}

/** What a cell unfolds: command, recipe, environment. */
function details({ path, message, recipe, command, environment }, environments) {
  const part = (head, text) => [make("h3", { textContent: head }), copied(text)];
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
  await themed(() => (chart?.draw(), lettersOf(page.letters)));
  return { chart, cells };
}

async function lettersOf({ problem, methods, more }) {
  const rows = await Promise.all(Object.entries(methods ?? {}).map(([name, entry]) => letterRow(name, entry)));
  at("letters").replaceChildren(...rows);
  const left = more ? ` ${counted(more, "method")} more are not shown.` : "";
  at("letters-note").textContent = problem
    ? `${problem}. Wrong pixels are coloured and counted below a letter.${left}`
    : "No letters: the data are gone, or every run was refused.";
}

const ready = show(JSON.parse(at("page").textContent));
ready.then(() => (document.documentElement.dataset.ready = "yes"));
