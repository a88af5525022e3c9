"""llms.txt: the pages of the site, a line each with its first sentence, for readers that are programs."""

import re
from pathlib import Path

HEAD = """# optae

> Which method should train this network, and how sure are we? Networks whose parameters are one flat
> vector, trained by any method of SciPy, optax, PyTorch or optae, and compared fairly.

Every page is also there as Markdown, with the outputs of its commands.

"""
SECTIONS = ("", "tutorials", "howto", "concepts", "reference", "es")


def write(source: Path, site: Path) -> None:
    """Write llms.txt (a list of pages), llms-full.txt (their text), and the pages' Markdown into the site."""
    pages = sorted((source / "docs").rglob("*.md"), key=lambda path: (_place(path, source), path.name))
    lines = [f"- [{_title(text)}]({path.relative_to(source)}): {_first(text)}" for path, text in _read(pages)]
    (site / "llms.txt").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    full = [f"<!-- {path.relative_to(source)} -->\n\n{text}" for path, text in _read(pages)]
    (site / "llms-full.txt").write_text("\n".join(full), encoding="utf-8")
    for path in pages:
        copy = site / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def _read(pages: list[Path]) -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in pages]


def _place(path: Path, source: Path) -> int:
    folder = path.relative_to(source / "docs").parent.as_posix()
    return SECTIONS.index("" if folder == "." else folder)


def _title(text: str) -> str:
    return next(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))


def _first(text: str) -> str:
    """Return the first sentence below the title."""
    paragraphs = [part for part in text.split("\n\n") if part and part[0].isalnum()]
    sentence = re.match(r".*?[.:?](?=\s|$)", " ".join(paragraphs[0].split())) if paragraphs else None
    return sentence[0] if sentence else ""
