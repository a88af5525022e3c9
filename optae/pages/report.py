"""The page of a comparison: question, verdict, tables, curves, pictures, letters and every cell's recipe."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..comparison import summarise
from ..comparison.series import Comparison, read
from ..evaluation.pass_line import PASS_LINE
from ..experiments.sameness import RECIPE, SHOWN, varies
from ..figures.comparison.looks import looks as styles
from ..storage.history import read_history
from ..storage.run import Run, recorded
from ..tables.language import translated, translated_table
from ..tables.table import Style, Table, is_number, written
from ..text import Record, one_line
from .curves import charts, looks
from .gallery import letters, pictures
from .page import Json, assemble, asset
from .rerun import rerun
from .verdict import finding, question, untimed, yardstick

if TYPE_CHECKING:
    from pandas import DataFrame

STYLES = ("vendor/uPlot.min.css", "base.css", "report.css")
SCRIPTS = (*("vendor/uPlot.iife.min.js", "network.js", "images.js", "tables.js", "charts.js", "report.js"),)
CELLS = ("label", *SHOWN, "seed", "status", "value", "max_pixel_error", "exact",
         "seconds", "evaluations")  # fmt: skip


def report(
    frame: "DataFrame", metric: str | None = None, target: str | None = None, title: str | None = None
) -> str:
    """Return the page of stored cells, given as a frame of `load_cells`.

    `metric` decides: a metric at the end, or seconds, operations or evaluations until the target. The default
    is the seconds until the target that all runs had, else the loss. Raises ValueError if there are no cells
    or a word is unknown.
    """
    load, by = cache(read_history), yardstick(frame, metric, target)
    runs = read(frame, by.metric if by.target else untimed(frame), load=load)
    found = finding(runs, by)
    metric = "loss" if by.target else by.metric
    target = target or (f"{by.target.metric}={by.target.value:g}" if by.target else PASS_LINE)
    curves, notes = charts(frame, load)
    data: dict[str, Json] = {
        "question": one_line(title or translated(question(runs, by))),
        "sentences": [translated(sentence) for sentence in found.sentences],
        "facts": _facts(runs, frame),
        "tables": [sheet(table) for table in (found.table, *_summaries(frame, metric, target)) if table],
        "charts": curves,
        "looks": looks(styles(runs)),
        "notes": [
            *map(translated, [*notes, *([runs.note] if runs.note else [])]),
            *map(one_line, frame.attrs.get("warnings", [])),
        ],
        "pictures": pictures(frame, metric, target, load),
        "letters": letters(runs),
        **_cells(frame),
    }
    return assemble(f"{data['question']}", asset("report.html"), STYLES, SCRIPTS, data)


def sheet(table: Table) -> dict[str, Json]:
    """Return a table for tables.js: heads and their meanings, cells as text, and numbers to sort by."""
    table = translated_table(table)
    style = Style(str)
    columns = [
        {
            "head": column.head,
            "meaning": column.meaning,
            "number": is_number(table, column),
            "cells": written(table, column, style),
            "keys": _keys(table.frame[column.key].tolist()) if is_number(table, column) else None,
        }
        for column in table.columns
    ]
    return {"caption": table.caption, "columns": columns, "notes": list(table.notes)}


def _facts(runs: Comparison, frame: "DataFrame") -> list[list[str]]:
    """Return what was run, as pairs of a name and a value."""
    statuses = frame["status"].value_counts()
    facts = [
        ["cells", f"{len(frame):,}"],
        ["methods", f"{len(runs.series)}"],
        ["problems", f"{len(runs.problems)}"],
        ["seeds", f"{frame['seed'].nunique()}"],
        ["ended by", ", ".join(f"{name} {count}" for name, count in statuses.items())],
        ["machines", f"{frame['machine'].nunique()}"],
    ]
    return [[translated(name), value] for name, value in facts]


def _summaries(frame: "DataFrame", metric: str, target: str) -> list[Table]:
    """Return the table of all groups, with times if they may be compared."""
    return [summarise(frame, None, "value" if metric == "loss" else metric, target)]


def _keys(values: list[float]) -> list[float | str | None]:
    """Return numbers for JSON: nan as null, infinities as words that JavaScript reads."""
    words: dict[float, str | None] = {np.inf: "Infinity", -np.inf: "-Infinity"}
    return [None if v != v else words.get(v, v) for v in values]


def _cells(frame: "DataFrame") -> dict[str, Json]:
    """Return every cell with its recipe and its command; equal environments are stored once."""
    known: dict[str, int] = {}
    rows = [_cell(path, known) for path in frame["path"]]
    also = [name for name in RECIPE if name not in CELLS and varies(frame, name)]
    shown = Table.of(
        frame[[*CELLS[:4], *also, *CELLS[4:]]],
        "Every cell: choose one to see its recipe and the command that runs it again",
    )
    return {
        "cells": {**sheet(shown), "details": rows},
        "environments": [json.loads(text) for text in known],
    }


def _cell(path: str, known: dict[str, int]) -> dict[str, Json]:
    run = recorded(path)
    facts = run.record
    environment = json.dumps(_public(facts["environment"]), sort_keys=True)
    return {
        "path": one_line(str(path)),
        "message": one_line(str(facts.get("message", ""))),
        "recipe": facts.get("recipe") or run.experiment.words,
        "command": _command(run),
        "environment": known.setdefault(environment, len(known)),
    }


def _public(environment: Record) -> dict[str, Any]:
    """Return the facts of a run's machine without the path of its data, which may be private."""
    data = {name: fact for name, fact in environment["data"].items() if name != "place"}
    return {**environment, "data": data}


def _command(run: Run) -> str:
    try:
        return rerun(run.experiment)
    except (ValueError, TypeError, KeyError) as error:
        return f"no command: {error}"
