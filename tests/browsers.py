"""A real browser for the pages, or the reason why there is none; screenshots where `OPTAE_SHOTS` says."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DARK = {"color_scheme": "dark"}
LOOKS = {"screen": {"viewport": {"width": 1280, "height": 900}}, "phone": PHONE, "dark": DARK}
SERIOUS = ("serious", "critical")


@contextmanager
def chromium():
    """A headless Chromium; skips where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="install playwright to test the pages")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium here: install the package chromium to test the pages")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, **how):
    """The page in that file, with the network off, once its scripts are through; it may not complain."""
    context = browser.new_context(offline=True, **how)
    page = context.new_page()
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    yield page
    assert not complaints
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
    context.close()


def shoot(page, name):
    """A screenshot of all of the page, if somebody wants it."""
    if folder := os.environ.get("OPTAE_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def serious_faults(page):
    """What axe-core finds on the page and calls serious; skips where there is no axe-core."""
    script = os.environ.get("OPTAE_AXE", "")
    if not Path(script).is_file():
        pytest.skip("OPTAE_AXE names no axe.min.js: npm install axe-core, as .ci/run does")
    page.evaluate(Path(script).read_text(encoding="utf-8"))
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for fault in page.evaluate("axe.run().then(({ violations }) => violations)")
        if fault["impact"] in SERIOUS
        for node in fault["nodes"][:3]
    ]
