"""Every page, on a screen, on a phone, in the dark, on paper, and as axe-core judges it."""

import numpy as np
import pytest
from browsers import LOOKS, chromium, opened, serious_faults, shoot

from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.pages import exhibit, explorer, save
from optae.pages.lab import lab_report
from optae.pages.printing import printed
from optae.pages.report import report
from optae.storage.cells import finished, write_cell
from optae.storage.frame import load_cells
from optae.storage.run import load_run

PAGES = ("lab", "grid", "explorer")
FULL = 0.3  # least share of a printed page's height above its last ink, but for the last page


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The files of a lab report, a comparison and an explorer, by name."""
    folder = tmp_path_factory.mktemp("pages")
    for method in ("adam", "l-bfgs"):
        for seed in range(2):
            words = {"method": method, "seed": seed, "max_evaluations": 60, "target": "max_pixel_error=9"}
            experiment = Experiment(arch=(35, 8, 2), **words)
            data = experiment.data()
            one = cell(experiment, data)
            write_cell(folder / "grid", one.name, finished(one, data, experiment.run()))
    frame = load_cells(folder / "grid")
    run = load_run(frame["path"].iloc[0])
    made = {"lab": lab_report(frame.head(1)), "grid": report(frame), "explorer": explorer([exhibit(run)])}
    return {name: save(text, folder / f"{name}.html") for name, text in made.items()}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_it_fits_and_nothing_on_it_is_blank(browser, pages, name, look):
    with opened(browser, pages[name], **LOOKS[look]) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.evaluate(
            "[...document.images].every((i) => i.complete && i.naturalWidth && i.height > 40)"
        )
        assert not tab.evaluate(EMPTY)
        paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        cards = tab.evaluate(CARDS)
        assert cards and all((sum(colour) < 3 * 128) == (look == "dark") for colour in cards), paper
        shoot(tab, f"every-{name}-{look}")


EMPTY = """[...document.querySelectorAll("section.card, figure.card")]
    .filter((card) => !card.hidden && card.clientHeight < 40).map((card) => card.outerHTML)"""
CARDS = """[...document.querySelectorAll(".card:not([hidden])")]
    .map((card) => getComputedStyle(card).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))"""


@pytest.mark.parametrize("name", PAGES)
def test_no_printed_page_is_empty_or_ends_with_a_heading(browser, pages, name):
    pdfs = pytest.importorskip("pypdfium2", reason="install pypdfium2 to read printed pages")
    document = pdfs.PdfDocument(printed(pages[name], pages[name].with_suffix(".pdf")))
    with opened(browser, pages[name]) as tab:
        heads = tab.locator("h2:visible, h3:visible").all_inner_texts()
    shades = [page.render(scale=0.3, grayscale=True).to_numpy().squeeze() for page in document]
    for number, page in enumerate(shades, 1):
        inked, last = np.flatnonzero((page < 200).any(axis=1)), number == len(shades)
        assert inked.size and (last or inked[-1] > FULL * len(page)), f"page {number} is nearly empty"
    if name == "explorer":
        assert (shades[0][len(shades[0]) // 2 :] < 200).any(), "the plane is not on paper"
    for page in document:
        *_, last = page.get_textpage().get_text_bounded().strip().splitlines()
        assert last.strip() not in heads


@pytest.mark.parametrize("look", ["screen", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault(browser, pages, name, look):
    with opened(browser, pages[name], **LOOKS[look]) as tab:
        faults = serious_faults(tab)
    assert not faults, "\n".join(faults)
