// The lab report of one run: puts what optae computed into the page.
"use strict";

async function letters(entry) {
  const shown = entry.labels.length;
  const many = shown < entry.total ? `${shown} of ${entry.total.toLocaleString("en")} images, evenly chosen. ` : "";
  const marks = "Wrong pixels are coloured and counted below: full colour for ink too much, pale for ink that is missing.";
  at("letters-note").textContent = `${many}Above the originals, below what came back. ${entry.judged ? marks : ""}`;
  at("letters").replaceChildren(await tilesOf(entry, true));
}

async function show(page) {
  at("question").textContent = page.question;
  at("sentences").append(...page.sentences.map((text, i) => make("p", { textContent: text, className: i ? "" : "lead" })));
  for (const name of ["asked", "measured", "data", "spent"]) at(name).append(factsList(page[name]));
  at("network-card").hidden = !page.network;
  if (page.network) at("network").append(new SortedTable(page.network).root);
  at("pictures").append(...page.pictures.map(pictureOf));
  at("pictures-card").hidden = !page.pictures.length;
  const part = (head, text) => make("section", {}, make("h3", { textContent: head }), copied(text));
  at("repeat").append(part("Run it again", page.command), part("Does it reproduce?", page.verify));
  at("recipe").append(part("Recipe", page.recipe), part("Versions and machine", page.environment));
  at("notes").append(...page.notes.map((text) => make("li", { textContent: text })));
  at("notes-card").hidden = !page.notes.length;
  at("letters-card").hidden = !page.letters;
  at("curve-card").hidden = !page.charts;
  const chart = page.charts ? new Chart(at("chart"), page.charts, page.looks) : null;
  await themed(() => (chart?.draw(), page.letters && letters(page.letters)));
  return { chart };
}

const ready = show(JSON.parse(at("page").textContent));
ready.then(() => (document.documentElement.dataset.ready = "yes"));
