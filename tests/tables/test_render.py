"""A table says the same numbers in every format."""

import io
import re

import numpy as np
import pandas as pd
import pytest

from optae.tables.render import FORMATS, render
from optae.tables.table import Column, Table

FRAME = pd.DataFrame(
    {
        "label": ["adam", "lm"],
        "value": [0.12345678, 3.0],
        "value_low": [0.1, 2.5],
        "value_high": [0.2, 3.5],
        "best": [0.01, np.nan],
        "best_seed": [4, np.nan],
        "time": [1.5, np.inf],
        "time_least": [1.2, np.nan],
    }
)
COLUMNS = (
    Column("label", "label", group=True),
    Column("value", "median", "the median", "low"),
    Column("best", "best"),
    Column("time", "s", "seconds to the target", "low", never=True),
)
TABLE = Table(FRAME, COLUMNS, "Two methods", ("a note",))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_every_cell(form):
    text = render(TABLE, form)
    assert all(word in text for word in ("adam", "lm", "median"))
    assert ("a note" in text) == (form != "csv")


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "csv"])
def test_intervals_seeds_and_bounds_are_written_into_their_cells(form):
    text = re.sub(r"[\\$ ]|le(?=[^a-z])", "", render(TABLE, form))
    assert "0.123[0.100,0.200]" in text and "0.01000(seed4)" in text and "never" in text


def test_csv_keeps_every_digit_and_every_part():
    frame = pd.read_csv(io.StringIO(render(TABLE, "csv")), engine="python")
    assert frame["median"].tolist() == FRAME["value"].tolist()
    assert frame["median low"].tolist() == [0.1, 2.5] and frame["best seed"][0] == 4


def test_markdown_has_a_rule_and_as_many_cells_in_every_row():
    lines = [line for line in render(TABLE, "markdown").splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {len(COLUMNS) + 1}
    assert re.fullmatch(r"\|( -+:? \|)+", lines[1])


def test_latex_is_balanced():
    text = render(TABLE, "latex")
    assert text.count(r"\begin{") == text.count(r"\end{") and text.count("{") == text.count("}")
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")


def test_a_bracket_that_begins_a_row_of_latex_is_not_an_option_and_heads_may_repeat():
    table = Table(pd.DataFrame({"a": ["[x]"], "b": [1.5]}), (Column("a", "[p]"), Column("b", "[p]")))
    lines = render(table, "latex").splitlines()
    assert r"{}[p] & {}[p] \\" in lines and r"{}[x] & 1.500 \\" in lines


def test_a_format_that_is_not_there_is_named_with_its_nearest():
    with pytest.raises(ValueError, match="did you mean 'latex'"):
        render(TABLE, "latx")
