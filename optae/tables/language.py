"""The words of reports and captions in other languages: English stays in the code, a file holds the others.

A phrase of `optae/data/es.toml` is English text with places for what varies, {0}, {1}, ...; what stands in a
place is translated too. A text without a phrase stays English. Errors, options and names of fields are never
translated.
"""

import re
import tomllib
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import cache
from importlib.resources import files

from .table import Column, Table

LANGUAGES = ("en", "es")
LANGUAGE: ContextVar[str] = ContextVar("language", default="en")  # set by the command line
PLACE = re.compile(r"\\\{(\d)\\\}")
LITERAL = re.compile(r'"([^"\\\n$]+)"|>([^<>\n]+)<')
GAPS = tuple(map(re.compile, (r"\n", r"(?<=\.) (?=\S)", r"(?<=;) (?=\S)", r"(?<=:) (?=\S)")))
SPOKEN = ("verdict", "better", "note")  # columns whose cells are words
Phrase = tuple[re.Pattern[str], str]


def translated(text: str) -> str:
    """Return a text in the language of this process, or as it is where no phrase fits.

    >>> token = LANGUAGE.set("es")
    >>> translated("seeds"), translated("no difference is shown on this problem"), translated("lr=0.1")
    ('semillas', 'no se ve ninguna diferencia en este problema', 'lr=0.1')
    >>> LANGUAGE.reset(token)
    """
    language = LANGUAGE.get()
    return text if language == "en" else _ended(text, language)


def translated_table(table: Table) -> Table:
    """Return a table with all words but names in the language of this process."""
    if LANGUAGE.get() == "en":
        return table
    columns = tuple(_column(column) for column in table.columns)
    frame = table.frame.copy()
    for key in {*SPOKEN} & {*frame}:
        frame[key] = [translated(cell) if isinstance(cell, str) else cell for cell in frame[key]]
    notes = tuple(map(translated, table.notes))
    return replace(table, frame=frame, columns=columns, caption=translated(table.caption), notes=notes)


def translated_page(code: str) -> str:
    """Return HTML or JavaScript with its texts and literals in the language of this process."""
    if LANGUAGE.get() == "en":
        return code

    def literal(found: re.Match[str]) -> str:
        text = found[1] or found[2]
        return found[0].replace(text, _exact(text, LANGUAGE.get()))

    for english, other in _file(LANGUAGE.get())["scripts"].items():
        code = code.replace(english, other)
    return LITERAL.sub(literal, code)


def _column(column: Column) -> Column:
    return replace(column, head=translated(column.head), meaning=translated(column.meaning))


@cache
def _file(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((files("optae") / "data" / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _phrases(language: str) -> Sequence[Phrase]:
    """Return the phrases as patterns of whole texts, those with the most letters of their own first."""
    known = _file(language)["phrases"].items()
    ordered = sorted(known, key=lambda phrase: -len(re.sub(r"\{\d\}", "", phrase[0])))
    return [(_pattern(english), other) for english, other in ordered]


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(PLACE.sub(r"(?P<p\1>.+?)", re.escape(english)), re.DOTALL)


@cache
def _translated(text: str, language: str) -> str:
    """Return a whole text, or its sentences and clauses one by one, in another language."""
    for pattern, other in _phrases(language):
        if found := pattern.fullmatch(text):
            places = {name: _translated(value, language) for name, value in found.groupdict().items()}
            return other.format(*(places[f"p{i}"] for i in range(len(places))))
    gap = next((gap for gap in GAPS if gap.search(text)), None)
    if gap is None:
        return text
    between = [*gap.findall(text), ""]
    parts = zip(gap.split(text), between, strict=True)
    return "".join(_ended(part, language) + space for part, space in parts)


def _ended(part: str, language: str) -> str:
    """Return a text in another language, whose last mark may be missing in the phrase."""
    for known in (part, part.rstrip(), part.rstrip(".;: ")):
        if (other := _translated(known, language)) != known:
            return other + part[len(known) :]
    return part


def _exact(text: str, language: str) -> str:
    return _file(language)["phrases"].get(text.strip(), text.strip()) if text.strip() else text
