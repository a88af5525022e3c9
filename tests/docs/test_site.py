"""The documentation site in a browser: it fits, it can be searched without a network, and axe-core agrees."""

import os
from pathlib import Path

import pytest
from browsers import LOOKS, chromium, serious_faults, shoot

PAGES = ("docs/index", "docs/tutorials/exercise", "docs/reference/api", "docs/es/index")


@pytest.fixture(scope="module")
def site():
    place = Path(os.environ.get("OPTAE_SITE", ""))
    if not (place / "search.html").is_file():
        pytest.skip("OPTAE_SITE names no site: python docs/make.py, as .ci/run does")
    return place


@pytest.fixture(scope="module")
def browser(site):
    with chromium() as found:
        yield found


def tab_of(browser, path, look, query=""):
    """The page in that file, with the network off."""
    tab = browser.new_context(offline=True, **LOOKS[look]).new_page()
    tab.goto(path.as_uri() + query)
    return tab


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_all_its_pictures_are_there(browser, site, name, look):
    tab = tab_of(browser, site / f"{name}.html", look)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("[...document.images].every((i) => i.complete && i.naturalWidth)")
    shoot(tab, f"site-{name.replace('/', '-')}-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_a_search_finds_pages_without_a_network(browser, site, look):
    tab = tab_of(browser, site / "search.html", look, "?q=Levenberg")
    tab.wait_for_selector("#search-results li a")
    found = tab.locator("#search-results li a").all_inner_texts()
    assert len(found) > 1
    shoot(tab, f"site-search-{look}")


@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_axe_finds_no_serious_fault(browser, site, name):
    faults = serious_faults(tab_of(browser, site / f"{name}.html", "screen"))
    assert not faults, "\n".join(faults)


def test_a_printed_page_is_not_empty(browser, site, tmp_path):
    pdfs = pytest.importorskip("pypdfium2", reason="install pypdfium2 to read printed pages")
    tab_of(browser, site / f"{PAGES[1]}.html", "screen").pdf(path=tmp_path / "page.pdf")
    document = pdfs.PdfDocument(tmp_path / "page.pdf")
    assert all(page.get_textpage().get_text_bounded().strip() for page in document)
