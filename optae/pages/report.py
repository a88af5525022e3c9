"""The page of a comparison: question, verdict, tables, curves, pictures, letters and every cell's recipe."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from ..comparison import summarise
from ..comparison.clocks import alike
from ..comparison.series import Comparison, read
from ..comparison.summary import COUNTS
from ..comparison.yardstick import Yardstick
from ..evaluation.pass_line import PASS_LINE
from ..experiments.sameness import RECIPE, SHOWN, varies
from ..figures.comparison.looks import looks as styles
from ..storage.history import read_history
from ..storage.run import recorded
from ..tables.language import translated
from ..tables.table import Table
from ..text import one_line
from .curves import charts, looks
from .gallery import letters, pictures
from .page import REPORT_SCRIPTS as SHARED
from .page import Json, assemble, asset
from .rerun import public, rerun_or_reason
from .sheets import sheet
from .verdict import finding, question

if TYPE_CHECKING:
    from pandas import DataFrame

STYLES = ("vendor/uPlot.min.css", "base.css", "report.css", "print.css", "grid.css")
SCRIPTS = (*SHARED, "report.js")
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
    load, by = cache(read_history), Yardstick.of_runs(frame, metric, target)
    runs = read(frame, by.cost, load=load)
    found = finding(runs, by)
    target = target or (f"{by.target.metric}={by.target.value:g}" if by.target else PASS_LINE)
    curves, notes = charts(frame, load, by.cost)
    data: dict[str, Json] = {
        "question": one_line(title or translated(question(runs, by))),
        "sentences": [translated(sentence) for sentence in found.sentences],
        "facts": _facts(runs, frame),
        "tables": [
            sheet(table) for table in (found.table, _summary(frame, by, target, found.order)) if table
        ],
        "charts": curves,
        "looks": looks(styles(runs)),
        "notes": [
            *map(translated, [*notes, *([runs.note] if runs.note else [])]),
            *map(one_line, frame.attrs.get("warnings", [])),
        ],
        "pictures": pictures(frame, by, target, load),
        "letters": letters(runs, found.order),
        **_cells(frame),
    }
    return assemble(f"{data['question']}", asset("report.html"), STYLES, SCRIPTS, data)


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


def _summary(frame: "DataFrame", by: Yardstick, target: str, order: Sequence[str]) -> Table:
    """Return the table of all groups; a yardstick with a target puts the cost until it first.

    On one problem the rows are in the order of the verdict.
    """
    if by.target is None:
        return summarise(frame, None, by.metric, target)
    lost = [status for status in COUNTS if (frame["status"] == status).any()]
    cost = by.cost if by.cost in ("seconds", "operations") else "evaluations"
    spent = ["seconds", "processor"] if alike(frame) else []
    columns = [f"{cost}_to_target", "success", f"ert_{cost}", "median", "iqm", "best", "worst", *spent, *lost]
    table = summarise(frame, None, "value", target, columns)
    rows = table.frame
    if sorted(rows["label"]) != sorted(order):
        return table
    places = rows["label"].map(list(order).index)
    return replace(table, frame=rows.iloc[places.argsort(kind="stable")].reset_index(drop=True))


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
    environment = json.dumps(public(facts["environment"]), sort_keys=True)
    return {
        "path": one_line(str(path)),
        "message": one_line(str(facts.get("message", ""))),
        "recipe": facts.get("recipe") or run.experiment.words,
        "command": rerun_or_reason(run),
        "environment": known.setdefault(environment, len(known)),
    }
