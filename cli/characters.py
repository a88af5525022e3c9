"""Images and curves drawn with characters, in Unicode or in plain ASCII."""

import math
from collections.abc import Sequence

import click

Pixels = Sequence[Sequence[float]]  # (rows, columns) of ink, or an array

HALVES = " ▀▄█"  # index: ink in the upper pixel + 2 * ink in the lower pixel
BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # a dot's bit by row and column


def glyph(image: Pixels, target: Pixels, fancy: bool) -> list[str]:
    """Return the lines of an image (rows, columns): ink is above 1/2, pixels unlike `target` are red.

    Fancy lines hold two rows of pixels each.

    >>> glyph([[1, 0], [1, 1], [0, 1]], [[1, 0], [1, 1], [0, 1]], True)
    ['█▄', ' ▀']
    >>> glyph([[1, 0]], [[1, 0]], False)
    ['#.']
    """
    step = 2 if fancy else 1
    return [
        "".join(_cell(image[r : r + step], target[r : r + step], c, fancy) for c in range(len(image[0])))
        for r in range(0, len(image), step)
    ]


def side_by_side(blocks: Sequence[Sequence[str]], gap: str = "  ") -> list[str]:
    """Join blocks that have the same number of lines, one beside the other."""
    return [gap.join(lines) for lines in zip(*blocks, strict=True)]


def curve(
    x: Sequence[float], y: Sequence[float], width: int, height: int, fancy: bool, name: str = ""
) -> list[str]:
    """Return the lines of a plot of y over x on logarithmic axes, labelled at the ends of both axes.

    Points that are not positive and finite are left out.
    """
    known = [
        (math.log(a), math.log(b)) for a, b in zip(x, y, strict=True) if 0 < a < math.inf and 0 < b < math.inf
    ]
    if len(known) < 2:
        return ["(too short for a curve)"]
    low, high = (tuple(pick(axis) for axis in zip(*known, strict=True)) for pick in (min, max))
    left = max(len(_short(math.exp(v))) for v in (low[1], high[1]))
    columns, rows = (2 * (width - left - 2), 4 * height) if fancy else (width - left - 2, height)
    dots = _dots(known, low, high, columns, rows)
    lines = _braille(dots, columns, rows) if fancy else _stars(dots, columns, rows)
    ends = {0: _short(math.exp(high[1])), len(lines) - 1: _short(math.exp(low[1]))}
    bar = "│" if fancy else "|"
    drawn = [f"{ends.get(i, ''):>{left}} {bar}{line}" for i, line in enumerate(lines)]
    first, last = f"{_short(math.exp(low[0]))}", f"{_short(math.exp(high[0]))} {name}"
    return [*drawn, " " * (left + 2) + first + last.rjust(width - left - 2 - len(first))]


def _cell(rows: Pixels, wanted: Pixels, column: int, fancy: bool) -> str:
    ink = [bool(row[column] > 0.5) for row in rows]
    right = ink == [bool(row[column] > 0.5) for row in wanted]
    text = HALVES[ink[0] + 2 * (len(ink) > 1 and ink[1])] if fancy else ".#"[ink[0]]
    return text if right else click.style("░" if text == " " else text, fg="red")


def _dots(
    known: list[tuple[float, float]], low: tuple[float, ...], high: tuple[float, ...], columns: int, rows: int
) -> set[tuple[int, int]]:
    """Return the cells (row, column) that a step line passes."""
    wide, tall = high[0] - low[0] or 1.0, high[1] - low[1] or 1.0
    dots, at = set(), 0
    for column in range(columns):
        here = low[0] + wide * column / max(columns - 1, 1)
        before = at
        while at + 1 < len(known) and known[at + 1][0] <= here + 1e-12:
            at += 1
        ends = [round((high[1] - known[k][1]) / tall * (rows - 1)) for k in (before, at)]
        dots |= {(row, column) for row in range(min(ends), max(ends) + 1)}
    return dots


def _braille(dots: set[tuple[int, int]], columns: int, rows: int) -> list[str]:
    def sign(r: int, c: int) -> str:
        bits = (BRAILLE[i][j] for i in range(4) for j in range(2) if (r + i, c + j) in dots)
        return chr(0x2800 + sum(bits)).replace("\u2800", " ")

    return ["".join(sign(r, c) for c in range(0, columns, 2)).rstrip() for r in range(0, rows, 4)]


def _stars(dots: set[tuple[int, int]], columns: int, rows: int) -> list[str]:
    return ["".join(" *"[(r, c) in dots] for c in range(columns)).rstrip() for r in range(rows)]


def _short(value: float) -> str:
    """
    >>> _short(26702.0), _short(0.00123)
    ('26,702', '0.00123')
    """
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"
