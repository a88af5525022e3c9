"""In narrow terminals tables break between columns, and never inside a word that fits."""

import io

import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main
from optae.cli.tables import blocks, table_of
from rich.console import Console

from optae import METHODS
from optae.tables.render import terminal
from optae.tables.table import Column, Table

WIDTHS = (40, 60, 80, 120)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_of_methods_cuts_no_word(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    text = CliRunner().invoke(main, ["methods"]).stdout
    assert max(map(len, text.splitlines())) <= width
    words = text.split()
    assert {*METHODS} <= {*words} and "gradient" in words and "parameters" in words
    assert len([word for word in words if len(word) == 1]) < 20


@pytest.mark.parametrize("width", WIDTHS)
def test_every_cell_is_there_once_and_each_block_begins_with_the_first_column(width):
    rows = [{"name": f"run{i}", **{f"head{k}": f"value{i}{k} words" for k in range(5)}} for i in range(3)]
    console = Console(width=width, file=io.StringIO())
    for heads in blocks(rows, width):
        assert heads[0] == "name"
        console.print(table_of([{head: row[head] for head in heads} for row in rows], width=width))
    words = console.file.getvalue().split()
    assert all(words.count(f"value{i}{k}") == 1 for i in range(3) for k in range(5))


def test_a_summary_does_not_break_a_method_at_its_hyphen():
    frame = pd.DataFrame({"label": ["l-bfgs", "trust-krylov"], "value": [1.0, 2.0], "other": [3.0, 4.0]})
    heads = (
        Column("label", "label", group=True),
        Column("value", "median of a metric"),
        Column("other", "b"),
    )
    text = terminal(Table(frame, heads), 24)
    assert "l-bfgs" in text.split() and "trust-krylov" in text.split()
