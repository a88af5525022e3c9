"""Read fonts from a program's text: C arrays such as `int const Font1[32][7]`, or lists of Python or JSON.

A glyph is a row of 7 bytes, a byte a line of it. Nothing is executed. Every pattern here takes linear time on
any text, because none has two ways to match the same characters.
"""

import re
from dataclasses import dataclass

import numpy as np

from ..registry import MOST_NAMES
from ..text import listed
from .dataset import Dataset, quoted, suggestion
from .fonts import LIMIT, SHAPE
from .text_file import read_text

FIRST_CODE = {"Font1": 0x20, "Font2": 0x40, "Font3": 0x60}  # by position: comments can be wrong
NAMES = {0x20: "space", 0x7F: "del"}
INK = 0x1F


@dataclass(frozen=True)
class Dialect:
    """How a language writes comments, the start of an array, a row of it, and the array's end."""

    noise: tuple[re.Pattern[str], ...]
    array: re.Pattern[str]  # from here on, every run of white space is one space
    row: re.Pattern[str]
    end: str
    example: str
    kind: str


# A // comment ends with its line, even after a backslash: in `// 0x5c, \` the next line is a glyph.
# Unclosed comments and strings run to the end, so that no character is scanned twice.
C = Dialect(
    (
        re.compile(
            r"""//[^\n]* | /\*(?s:.*?)(?:\*/|\Z) | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n]){1,4}'""",
            re.VERBOSE,
        ),
        re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE),
    ),
    re.compile(
        r"\b(?P<name>[A-Za-z_]\w{0,63}) ?\[(?P<n>[^][]*)\] ?\[(?P<width>[^][]*)\]"
        r"(?: ?[A-Za-z_]\w*)? ?= ?\{",
        re.ASCII,
    ),
    re.compile(r" ?\{([^{}]*)\} ?,?"),
    "}",
    "a C header with an array such as int const Font1[32][7]",
    "a C header",
)
# `Font1 = [[`, `"Font1": [[`, `Font1: list = np.array([[`, or no name at all
_START = r"""(?:\b(?P<name>[A-Za-z_]\w{0,63})["']?(?: ?:[^=:"']{1,40})? ?[=:] ?(?:[A-Za-z_.]{1,20}\( ?)?)?"""
LISTS = Dialect(
    (re.compile(r"""(?s:\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z))|\#[^\n]*"""),),
    re.compile(_START + r"[\[(] ?(?=[\[(])", re.ASCII),
    re.compile(r" ?[\[(]([^][()]*)[\])] ?,?"),
    ")]",
    "lists of 7 bytes such as Font1 = [[0, 14, 17, 1, 13, 21, 14], ...]",
    "lists of bytes",
)
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|0o[0-7]+|[0-9]+)[uUlL]{0,3}")


def read_header(spec: str, path: str, name: str | None = None) -> Dataset:
    """Return the font `name` of a C header (n, 35), or its only one; the highest of 5 bits is the left pixel.

    Labels are the characters from 0x20, 0x40 or 0x60 on for Font1, Font2 or Font3, else "0", "1", ...
    """
    return _read(spec, path, name, C)


def read_lists(spec: str, path: str, name: str | None = None) -> Dataset:
    """Return the font `name` of a file of Python or JSON, or its only one; a list has the file's name."""
    return _read(spec, path, name, LISTS)


def _read(spec: str, path: str, name: str | None, dialect: Dialect) -> Dataset:
    code = _code(read_text(path, LIMIT), dialect)
    stem = re.split(r"[/\\]", path)[-1].rpartition(".")[0]
    arrays = {match["name"] or stem: match for match in dialect.array.finditer(code)}
    chosen = _choose(name, list(arrays), quoted(path), dialect.example)
    where = f"{chosen} of {quoted(path)}"
    rows = np.array(_rows(code, arrays[chosen], where, dialect))  # (n, 7)
    bits = rows[:, :, None] >> np.arange(SHAPE[1])[::-1] & 1
    x = bits.reshape(len(rows), -1).astype(np.float64)
    return Dataset(spec, x, _labels(chosen, len(rows)), SHAPE, f"{where}, {dialect.kind}")


def _code(text: str, dialect: Dialect) -> str:
    """Return the text without comments, strings and directives, words separated by one space."""
    for noise in dialect.noise:
        text = noise.sub(" ", text)
    return " ".join(text.split())


def _choose(name: str | None, fonts: list[str], path: str, example: str) -> str:
    if not fonts:
        raise ValueError(f"no font in {path}: give {example}")
    if name is None and len(fonts) == 1:
        return fonts[0]
    if name is None:
        names = listed(map(quoted, fonts), MOST_NAMES)
        raise ValueError(f"{path} holds {names}: name one of them after a colon, such as :{fonts[0]}")
    if name not in fonts:
        raise ValueError(f"no font {quoted(name)} in {path}: {suggestion(name, fonts)}")
    return name


def _rows(code: str, found: re.Match[str], where: str, dialect: Dialect) -> list[list[int]]:
    """Return the numbers of every glyph. Raises ValueError unless they are closed rows of 7."""
    rows, at = list[list[int]](), found.end()
    while match := dialect.row.match(code, at):
        rows.append(_glyph(match[1], f"glyph {len(rows)} of {where}"))
        at = match.end()
    rest = code[at : at + 60].strip()
    if not rest or not any(code.find(end, at) >= 0 for end in dialect.end):
        raise ValueError(f"{where} is cut off after glyph {len(rows)}: give the whole file")
    if rest[0] not in dialect.end:
        raise ValueError(f"after {len(rows)} rows {where} has {quoted(rest, 20)}: put each row in brackets")
    _check_counts(found, len(rows), where)
    return rows


def _check_counts(found: re.Match[str], n: int, where: str) -> None:
    """Compare declared sizes with the content; a macro or an empty [] declares nothing."""
    given = found.groupdict()
    for declared, real in ((given.get("n", ""), n), (given.get("width", ""), SHAPE[0])):
        declared = declared.strip()
        if _NUMBER.fullmatch(declared) and _integer(declared) != real:
            raise ValueError(f"{where} declares [{declared[:20]}] and holds {real}: correct the count")
    if not n:
        raise ValueError(f"{where} holds no glyph: give at least one row of 7 numbers")


def _glyph(row: str, where: str) -> list[int]:
    cells = [cell.strip() for cell in row.split(",")]
    cells = cells if cells[-1] else cells[:-1]  # a trailing comma
    if len(cells) != SHAPE[0]:
        raise ValueError(f"{where} has {len(cells)} numbers: a glyph has 7, top row first")
    return [_byte(cell, where) for cell in cells]


def _byte(cell: str, where: str) -> int:
    value = _integer(cell)
    if value is None or value > INK:
        raise ValueError(f"{where} has {quoted(cell, 20)}: write a number from 0 to 0x1f")
    return value


def _integer(text: str) -> int | None:
    """Return a C constant, such as 31, 0x1F, 037, 0b11111 or 31u; None for anything else."""
    match = _NUMBER.fullmatch(text)
    if not match or len(text) > 40:
        return None
    digits = match[1]
    octal = digits.isdigit() and digits.startswith("0")
    try:
        return int(digits, 8 if octal else 0)
    except ValueError:  # 08
        return None


def _labels(name: str, n: int) -> tuple[str, ...]:
    first = FIRST_CODE.get(name)
    if first is None or first + n > 0x80:
        return tuple(map(str, range(n)))
    return tuple(NAMES.get(code, chr(code)) for code in range(first, first + n))
