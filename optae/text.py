"""Write text for people and for files: single lines, numbers, intervals, counts, and values for JSON."""

import math
import re
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]  # an object of JSON, such as a run.json, or a row of a frame
PREFIXES = ("", "k", "M", "G", "T", "P", "E")  # each stands for a thousand times the one before
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e6  # numbers from the one to below the other get no exponent
EXACT = 2**53  # from here on, not every whole number is a float64
ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)", re.DOTALL)


def one_line(text: str) -> str:
    r"""Return the text as one line without control characters.

    >>> one_line("a\x1b[31mb\n c\u202e")
    'ab c'
    """
    return " ".join(harmless(text).split())


def harmless(text: str) -> str:
    r"""Return the lines of a text without escape sequences, and with spaces for other control characters.

    >>> harmless("a  \x1b[31mb\r\n\tc")
    'a  b \n c'
    """
    plain = ANSI.sub("", text)
    return (
        plain if plain.isprintable() else "".join(c if c.isprintable() or c == "\n" else " " for c in plain)
    )


def quoted(text: str, most: int = 200) -> str:
    """Return 'text' on one line, with control characters escaped, cut to `most` letters."""
    text = text if len(text) <= most else text[:most] + "..."
    return f"'{text}'" if text.isprintable() else repr(text)


def number(x: float, digits: int = 4) -> str:
    """Return a number with `digits` significant digits; a whole number below a million keeps all digits.

    >>> number(0.123456), number(1234567.0), number(31.0), number(3.2e-5), number(12)
    ('0.1235', '1.235e6', '31', '3.2e-5', '12')
    """
    if isinstance(x, int) or (x.is_integer() and abs(x) < LARGEST_PLAIN):
        return f"{x:.0f}"
    if SMALLEST_PLAIN <= abs(x) < LARGEST_PLAIN:
        return f"{x:.{_decimals(x, digits)}f}"
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def pathless(word: str) -> str:
    r"""Return the word of a data set without the folders in which its file or folder lies.

    >>> pathless("a/font.h:Font3"), pathless(r"C:\b\faces\@28x28"), pathless("a/faces/")
    ('font.h:Font3', 'faces@28x28', 'faces')
    """
    return re.split(r"[/\\]", closed(word))[-1]


def closed(word: str) -> str:
    """Return the word of a data set without the slash that ends a folder's name.

    >>> closed("a/faces/@28x28")
    'a/faces@28x28'
    """
    return re.sub(r"[/\\]+(?=@|$)", "", word)


def interval(value: float, low: float, high: float) -> list[str]:
    """Return a value and its interval's two ends, with equally many decimals if they are of similar size.

    >>> interval(0.714, 0.6, 0.84), interval(2.0, 0.0004, 1e9)
    (['0.714', '0.600', '0.840'], ['2', '4e-4', '1e9'])
    """
    three = (value, low, high)
    sizes = [abs(x) for x in three if x and math.isfinite(x)]
    plain = value in sizes and min(sizes) >= SMALLEST_PLAIN and max(sizes) < LARGEST_PLAIN
    decimals = _decimals(value, 3) if plain and max(sizes) < 1e3 * min(sizes) else None
    return [_end(x, decimals) for x in three]


def jsonable(value: Any, keep_none: bool = False) -> Any:
    """Return a value as JSON keeps it: whole numbers as integers, infinite ones and nan as None.

    Entries of a dict that are None are left out unless `keep_none`.
    """
    if isinstance(value, dict):
        items = {str(key): jsonable(item, keep_none) for key, item in value.items()}
        return {key: item for key, item in items.items() if keep_none or item is not None}
    if isinstance(value, list | tuple):
        return [jsonable(item, keep_none) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return _json_number(value) if isinstance(value, float) else value


def natural(value: Any) -> tuple[Any, ...]:
    """Return a sort key that puts 35-9 before 35-15, and missing values last.

    >>> sorted(["b", "35-15", 10, None, "35-9", 9.5], key=natural)
    [9.5, 10, '35-9', '35-15', 'b', None]
    """
    if value is None or value != value:
        return (2,)
    if not isinstance(value, str):
        return 0, float(value)
    parts = re.split(r"(\d+)", value)
    return 1, [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def shortest(value: Any) -> str:
    """Return the shortest text that a person would type for a value; different values have different texts.

    >>> shortest(0.003), shortest(100.0), shortest(0.1 + 0.2), shortest(True), shortest("flip:0.1")
    ('0.003', '100', '0.30000000000000004', 'true', 'flip:0.1')
    """
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(float(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def grouped(value: float) -> str:
    """Return a number for prose and axes: 1234567 as '1,234,567', 0.000123 as '0.000123', 1e20 as '1e+20'.

    >>> grouped(1234567), grouped(0.000123), grouped(2.5), grouped(1e20), grouped(-0.0)
    ('1,234,567', '0.000123', '2.5', '1e+20', '0')
    """
    if not math.isfinite(value):
        return str(value)
    whole = abs(value) < 1e9 and value == round(value)
    return f"{round(value):,}" if whole else f"{value:.4g}"


def prefixed(count: float) -> str:
    """Return a count for people, with an engineering prefix and three digits.

    >>> prefixed(1318400), prefixed(0), prefixed(4.68e8), prefixed(float("inf")), prefixed(float("nan"))
    ('1.32M', '0', '468M', 'inf', 'not on record')
    """
    if not math.isfinite(count):
        return "not on record" if math.isnan(count) else str(count)
    step = 0
    while step < len(PREFIXES) - 1 and abs(float(f"{count:.3g}")) >= 1000:
        count, step = count / 1000, step + 1
    return f"{count:.3g}{PREFIXES[step]}"


def listed(words: Iterable[str], most: int = 6, letters: int | None = None) -> str:
    """Return the first `most` words, each cut to `letters`, and the number of words left out.

    >>> listed("abc"), listed("abcdefgh", 2)
    ('a, b, c', 'a, b and 6 more')
    """
    words = list(words)
    first = [word if letters is None else shortened(word, letters) for word in words[:most]]
    return ", ".join(first) + (f" and {len(words) - most:,} more" if len(words) > most else "")


def counted(n: int, one: str) -> str:
    """Return a count with its noun, such as '1 letter' or '2 letters'."""
    return f"{n:,} {one}" if n == 1 else f"{n:,} {one}s"


def shortened(text: str, most: int) -> str:
    """Return a text cut in the middle to `most` letters: names often differ only at their ends.

    >>> shortened("adam lr=0.003 batch=8 (copies 5)", 20)
    'adam lr=0…(copies 5)'
    """
    return text if len(text) <= most else f"{text[: (most - 1) // 2]}…{text[len(text) - most // 2 :]}"


def _end(x: float, decimals: int | None) -> str:
    if not math.isfinite(x):
        return str(x)
    return number(x, 3) if decimals is None else f"{x:.{decimals}f}"


def _decimals(x: float, digits: int) -> int:
    return max(0, digits - 1 - math.floor(math.log10(abs(x)))) if x else 0


def _json_number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < EXACT else value


def fault(error: BaseException, path: str | None) -> str:
    """Describe an error by its last line in `path`: `mine.py, line 12: ValueError: no such thing`."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(f.filename, f.lineno) for f in frames if path is None or f.filename == path]
    if isinstance(error, SyntaxError) and error.lineno:
        lines.append((error.filename or path or "", error.lineno))
    where = f"{Path(lines[-1][0]).name}, line {lines[-1][1]}" if lines else Path(path or "your function").name
    message = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{where}: {type(error).__name__}" + (f": {message}" if message else "")
