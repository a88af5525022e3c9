"""An executed notebook of a tutorial: the page's text, its commands as cells, and what they printed."""

import os
import re
import sys
from base64 import b64encode
from pathlib import Path

import jupytext
import nbformat
from blocks import Block, blocks
from nbclient import NotebookClient

from optae.text import ANSI

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s:]+\.png)\)")
SECONDS = 600  # the longest that a kernel may take to start, and a cell to run


def executed(text: str, folder: Path) -> nbformat.NotebookNode:
    """Return the notebook of a page, executed in `folder`; a cell that fails raises the kernel's error."""
    book = jupytext.reads(_as_cells(text), "md")
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(book, timeout=SECONDS, startup_timeout=SECONDS, resources=place).execute()
    return book


def steps(text: str, book: nbformat.NotebookNode) -> list[tuple[Block, str]]:
    """Return each block of a page that runs with what its cell printed."""
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    running = [block for block in blocks(text) if block.runs]
    said = [ANSI.sub("", "".join(map(_printed, cell.outputs))) for cell in cells]
    return list(zip(running, said, strict=True))


def write(book: nbformat.NotebookNode, folder: Path, target: Path) -> None:
    """Write an executed notebook with the pictures that it shows inside, so that it is one file."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            _attach(cell, folder)
        elif cell.source.startswith("%%writefile"):
            cell.outputs = []
    nbformat.write(book, target)


def _as_cells(text: str) -> str:
    """Return the page with every block that runs as a block of Python, with a magic where it needs one."""
    for block in reversed(blocks(text)):
        if block.runs:
            cell = f"```python\n{_magic(block)}{block.code}```"
            text = text[: block.start] + cell + text[block.stop :]
    return text


def _magic(block: Block) -> str:
    if block.file:
        return f"%%writefile {block.file}\n"
    return "%%sh\n" if block.language == "sh" else ""


def _printed(output: nbformat.NotebookNode) -> str:
    stream = output.output_type == "stream"
    return output["text"] if stream else output["data"]["text/plain"] + "\n"


def _attach(cell: nbformat.NotebookNode, folder: Path) -> None:
    """Put the pictures that a cell shows into the cell."""

    def attached(found: re.Match[str]) -> str:
        path = folder / found[2]
        if not path.is_file():
            return found[0]
        name = found[2].replace("/", "-")
        picture = {"image/png": b64encode(path.read_bytes()).decode("ascii")}
        cell.setdefault("attachments", {})[name] = picture
        return f"![{found[1]}](attachment:{name})"

    cell.source = PICTURE.sub(attached, cell.source)
