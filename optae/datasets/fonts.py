"""The project's own 5x7 fonts, which are text files that a person can edit (optae/data/README.md)."""

from importlib.resources import files

import numpy as np

from .dataset import Dataset, quoted
from .text_file import read_text

SHAPE = (7, 5)
LIMIT = 1_000_000  # bytes
FOLDER = files("optae") / "data"


def font(name: str) -> Dataset:
    """Return the 32 glyphs of `data/<name>.txt`, ink 1 and paper 0, with the labels of their headers."""
    path = str(FOLDER / f"{name}.txt")
    glyphs = [_glyph(block, path) for block in read_text(path, LIMIT).split("\n\n") if block.strip()]
    x = np.array([pixels for _, pixels in glyphs])
    labels = tuple(label for label, _ in glyphs)
    return Dataset(name, x, labels, SHAPE, f"data/{name}.txt, drawn by the optae project (MIT)")


def _glyph(block: str, path: str) -> tuple[str, list[bool]]:
    r"""'0x41 A' and 7 rows such as '.###.' -> 'A' and 35 pixels, row by row."""
    header, *rows = block.strip("\n").split("\n")
    words, (height, width) = header.split(), SHAPE
    if len(words) != 2 or len(rows) != height or any(len(r) != width or set(r) - set("#.") for r in rows):
        raise ValueError(
            f"{quoted(path)}: glyph {quoted(header)} must be a code, a name and 7 rows of 5 # or ."
        )
    return words[1], [pixel == "#" for row in rows for pixel in row]
