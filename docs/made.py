"""Run a page, and write it again with what its commands printed and the pictures that they made."""

import re
import shutil
from pathlib import Path

import notebooks
from blocks import Block
from executed import run_page

LINK = re.compile(r"(\]\()([^)\s#:]+)(\))")
LONGEST = 60  # lines of an output that a page shows


def page_with_outputs(text: str, done: list[tuple[Block, str]]) -> str:
    """Return the page with each block's output behind it, and the name of a file above its block."""
    for block, output in reversed(done):
        text = text[: block.start] + _shown(block) + _output(block, output) + text[block.stop :]
    return text


def run_and_write(text: str, target: Path, folder: Path, name: str) -> None:
    """Run a page in `folder`, and write it to `target` with outputs, and the files it links to beside it.

    A tutorial runs as a notebook, which is written beside it.
    """
    folder.mkdir(parents=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if "tutorials" in name:
        book = notebooks.executed(text, folder)
        done = notebooks.steps(text, book)
        notebooks.write(book, folder, target.with_suffix(".ipynb"))
    else:
        done = run_page(text, folder, name)
    target.write_text(with_files(page_with_outputs(text, done), folder, target), encoding="utf-8")


def with_files(text: str, folder: Path, target: Path) -> str:
    """Return the page with its links to what the commands made, which is copied beside the page."""

    def link(found: re.Match[str]) -> str:
        made = folder / found[2]
        if not made.is_file():
            return found[0]
        copy = target.with_suffix("") / found[2]
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, copy)
        return f"{found[1]}{target.stem}/{found[2]}{found[3]}"

    return LINK.sub(link, text)


def _shown(block: Block) -> str:
    caption = f":caption: {block.file}\n" if block.file else ""
    return f"```{{code-block}} {block.language}\n{caption}\n{block.code}```\n"


def _output(block: Block, text: str) -> str:
    """Return an output as a block: without blanks at the ends of lines, and cut if it is long."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    if not any(lines) or block.file:
        return ""
    if len(lines) > LONGEST:
        lines = [*lines[:LONGEST], f"... {len(lines) - LONGEST} more lines"]
    return "\n````{code-block} text\n:class: output\n\n" + "\n".join(lines) + "\n````\n"
