"""Choose runs by conditions, and columns by name."""

import operator
import re
from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from ..registry import unknown
from ..text import listed, natural, shortest

CONDITION = re.compile(r"\s*(\w+)\s*(==|!=|<=|>=|=|<|>)\s*(.*?)\s*", re.DOTALL)
ORDERS: dict[str, Callable[[pd.Series, float], pd.Series]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WORDS = {"true": True, "yes": True, "false": False, "no": False}
HIDDEN = ("reached",)  # columns without plain values


def where(frame: pd.DataFrame, conditions: Iterable[str]) -> pd.DataFrame:
    """Return the runs that meet all conditions, such as `method=adam,powell`, `seed<5`, `status!=refused`.

    Columns of numbers are compared as numbers, others as text. = and != take several values separated by
    commas; the value none matches runs without a value. Raises ValueError for a malformed condition, an
    unknown column, and if no run is left.
    """
    for text in conditions:
        kept = frame[_mask(frame, text)]
        if kept.empty:
            raise ValueError(f"`where` '{text}' leaves no run of {len(frame)}: {_examples(frame, text)}")
        frame = kept
    return frame


def column(frame: pd.DataFrame, name: str, flag: str = "") -> str:
    """Return the name if the runs have such a column. Raises ValueError with a suggestion if not."""
    names = [str(key) for key in frame.columns if key not in HIDDEN]
    if name not in names:
        raise ValueError(f"{flag} {unknown('column', name, names)}".strip())
    return name


def columns(frame: pd.DataFrame, names: Sequence[str], flag: str) -> list[str]:
    """Return the names without repeats. Raises ValueError if there are none or one is unknown."""
    found = list(dict.fromkeys(column(frame, name, flag) for name in names))
    if not found:
        raise ValueError(f"{flag} names no column: give some, such as {flag} dataset,arch,label")
    return found


def numbers(values: pd.Series) -> pd.Series:
    """Return a column as numbers, with nan in place of anything else."""
    return pd.to_numeric(values, errors="coerce").astype(float)


def different(values: Iterable[object]) -> str:
    """Return the different values of a column in order, the first few in words."""
    ordered = sorted({None if value != value else value for value in values}, key=natural)
    return listed("none" if value is None else shortest(value) for value in ordered)


def _mask(frame: pd.DataFrame, text: str) -> pd.Series:
    match = CONDITION.fullmatch(text)
    if not match:
        raise ValueError(f"`where` '{text}': write a condition such as method=adam,powell or seed<5")
    name, sign, value = match.groups()
    values = frame[column(frame, name, "`where`")]
    if sign in ORDERS:
        return ORDERS[sign](_comparable(values, text), _read(value, text))
    same = values.isin(_choices(values, value, text)) | (values.isna() & ("none" in _words(value)))
    return ~same if sign == "!=" else same


def _comparable(values: pd.Series, text: str) -> pd.Series:
    if not _numeric(values):
        raise ValueError(f"`where` '{text}': that column holds words; compare it by = or !=")
    return numbers(values)


def _choices(values: pd.Series, text: str, condition: str) -> list[str] | list[bool] | list[float]:
    words = _words(text)
    if pd.api.types.is_bool_dtype(values):
        return [_truth(word, condition) for word in words]
    if _numeric(values):
        return [_read(word, condition) for word in words if word != "none"]
    return [text, *words]


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _truth(word: str, condition: str) -> bool:
    if word.lower() not in WORDS:
        raise ValueError(f"`where` '{condition}': that column is true or false, not '{word}'")
    return WORDS[word.lower()]


def _numeric(values: pd.Series) -> bool:
    known = values.dropna()
    return len(known) > 0 and bool(numbers(known).notna().all())


def _read(word: str, condition: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"`where` '{condition}': that column holds numbers, and '{word}' is none") from None


def _examples(frame: pd.DataFrame, text: str) -> str:
    name = re.findall(r"\w+", text)[0]
    return f"{name} is {different(frame[name])}"
