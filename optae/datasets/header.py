"""Read fonts from a C header: arrays such as `int const Font1[32][7]`, with a row per glyph, a byte per line.

Every pattern here takes linear time on any text, because none has two ways to match the same characters.
"""

import re

import numpy as np

from ..registry import MOST_NAMES
from ..text import listed
from .dataset import Dataset, quoted, suggestion
from .fonts import LIMIT, SHAPE
from .text_file import read_text

FIRST_CODE = {"Font1": 0x20, "Font2": 0x40, "Font3": 0x60}  # by position: comments can be wrong
NAMES = {0x20: "space", 0x7F: "del"}
INK = 0x1F

# A // comment ends with its line, even after a backslash: in `// 0x5c, \` the next line is a glyph.
# Unclosed comments and strings run to the end, so that no character is scanned twice.
_NOISE = re.compile(
    r"""//[^\n]* | /\*(?s:.*?)(?:\*/|\Z) | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n]){1,4}'""", re.VERBOSE
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
# From here on every run of white space is one space.
_ARRAY = re.compile(r"\b([A-Za-z_]\w{0,63}) ?\[([^][]*)\] ?\[([^][]*)\](?: ?[A-Za-z_]\w*)? ?= ?\{", re.ASCII)
_ROW = re.compile(r" ?\{([^{}]*)\} ?,?")
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]{0,3}")


def read_header(spec: str, path: str, name: str | None = None) -> Dataset:
    """Return the font `name` of a C header (n, 35), or its only one; the highest of 5 bits is the left pixel.

    Labels are the characters from 0x20, 0x40 or 0x60 on for Font1, Font2 or Font3, else "0", "1", ...
    """
    code = _code(read_text(path, LIMIT))
    arrays = {match[1]: match for match in _ARRAY.finditer(code)}
    found = arrays[_choose(name, list(arrays), quoted(path))]
    where = f"{found[1]} of {quoted(path)}"
    rows = np.array(_rows(code, found, where))  # (n, 7)
    bits = rows[:, :, None] >> np.arange(SHAPE[1])[::-1] & 1
    x = bits.reshape(len(rows), -1).astype(np.float64)
    return Dataset(spec, x, _labels(found[1], len(rows)), SHAPE, f"{where}, a C header")


def _code(text: str) -> str:
    """Return the text without comments, strings and directives, words separated by one space."""
    return " ".join(_DIRECTIVE.sub(" ", _NOISE.sub(" ", text)).split())


def _choose(name: str | None, fonts: list[str], path: str) -> str:
    if not fonts:
        raise ValueError(f"no font in {path}: give a C header with an array such as int const Font1[32][7]")
    if name is None and len(fonts) == 1:
        return fonts[0]
    if name is None:
        names = listed(map(quoted, fonts), MOST_NAMES)
        raise ValueError(f"{path} holds {names}: name one of them after a colon, such as :{fonts[0]}")
    if name not in fonts:
        raise ValueError(f"no font {quoted(name)} in {path}: {suggestion(name, fonts)}")
    return name


def _rows(code: str, found: re.Match[str], where: str) -> list[list[int]]:
    """Return the numbers of every glyph. Raises ValueError unless they are n rows of 7 and a brace."""
    rows, at = list[list[int]](), found.end()
    while match := _ROW.match(code, at):
        rows.append(_glyph(match[1], f"glyph {len(rows)} of {where}"))
        at = match.end()
    rest = code[at : at + 60].strip()
    if "}" not in code[at:] or not rest:
        raise ValueError(f"{where} is cut off after glyph {len(rows)}: give the whole file")
    if not rest.startswith("}"):
        raise ValueError(f"after {len(rows)} rows {where} has {quoted(rest, 20)}: put each row in braces")
    _check_counts(found, len(rows), where)
    return rows


def _check_counts(found: re.Match[str], n: int, where: str) -> None:
    """Compare declared sizes with the content; a macro or an empty [] declares nothing."""
    for declared, real in zip(found.groups()[1:], (n, SHAPE[0]), strict=True):
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
