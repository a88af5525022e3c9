"""Build the documentation site: python docs/make.py, which writes build/site/index.html.

Every page is run first, in a folder of its own, and shows what its commands printed and drew. A command that
fails, a broken link or a warning of the builder ends the build. What a page made is kept in build/made until
the page or optae changes; with --kept, until the page changes.
"""

import hashlib
import os
import shutil
import sys
from functools import cache
from pathlib import Path

import llms
import made
import optae.cli
from blocks import blocks
from sphinx.cmd.build import main as sphinx

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "build"
SOURCE, MADE, SITE = BUILD / "source", BUILD / "made", BUILD / "site"
INCLUDED = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "results")
RUNNERS = ("blocks.py", "executed.py", "made.py", "notebooks.py")
FRONT = '<!doctype html><meta charset="utf-8"><title>optae</title>'
FRONT += '<meta http-equiv="refresh" content="0; url={0}"><a href="{0}">optae: documentation</a>\n'


def main() -> int:
    """Run the pages, build the site, and return the exit code of the builder."""
    os.environ["MPLBACKEND"], os.environ["COLUMNS"] = "agg", "98"
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(TOP / "docs", SOURCE / "docs", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    for name in INCLUDED:
        copy = shutil.copytree if (TOP / name).is_dir() else shutil.copyfile
        copy(TOP / name, SOURCE / name)
    for path in sorted((TOP / "docs").rglob("*.md")):
        stage(path.relative_to(TOP), "--kept" in sys.argv[1:])
    code = sphinx(["-W", "--keep-going", "-q", "-j", "1", "-c", str(TOP / "docs"), str(SOURCE), str(SITE)])
    if code == 0:
        (SITE / "index.html").write_text(FRONT.format("docs/index.html"), encoding="utf-8")
        llms.write(SOURCE, SITE)
        print(f"{SITE / 'index.html'}")
    return code


def stage(page: Path, is_kept: bool) -> None:
    """Put a page with outputs, and the notebook of a tutorial, where the builder reads them."""
    text = (TOP / page).read_text(encoding="utf-8")
    if not any(block.runs for block in blocks(text)):
        return
    name = f"{'-'.join(page.with_suffix('').parts)}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    place = MADE / f"{name}-{code_digest()}"
    kept = next(MADE.glob(f"{name}-*"), place) if is_kept else place
    if not kept.exists():
        print(f"running {page}", flush=True)
        work = BUILD / "work"
        shutil.rmtree(work, ignore_errors=True)
        made.run_and_write(text, work / "page" / page.name, work / "folder", str(page))
        MADE.mkdir(exist_ok=True)
        shutil.move(work / "page", kept)
    shutil.copytree(kept, SOURCE / page.parent, dirs_exist_ok=True)


@cache
def code_digest() -> str:
    """Return a digest of all code that may change what a page makes."""
    said = hashlib.sha256()
    for folder in (Path(optae.__file__).parent, Path(optae.cli.__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            said.update(path.read_bytes())
    for name in RUNNERS:
        said.update((TOP / "docs" / name).read_bytes())
    return said.hexdigest()[:8]


if __name__ == "__main__":
    sys.exit(main())
