"""The lab report of one run: what was asked, network, data, curve, letters, latent plane, cost and recipe."""

import json
import shlex
from functools import cache
from typing import TYPE_CHECKING

from ..comparison.series import read
from ..datasets import Dataset
from ..evaluation.elbo import has_bound
from ..figures.medium import made_for
from ..figures.palette import BLUE
from ..figures.run import of_run
from ..model.autoencoder import Autoencoder
from ..storage.history import read_history
from ..storage.run import Run, load_run
from ..text import Record, one_line
from . import lab_words as words
from .curves import charts
from .gallery import Entry, compared, judged, shown
from .page import REPORT_SCRIPTS as SHARED
from .page import Json, assemble, asset
from .rerun import public, rerun_or_reason
from .sheets import sheet

if TYPE_CHECKING:
    from pandas import DataFrame

STYLES = ("vendor/uPlot.min.css", "base.css", "report.css", "print.css", "lab.css")
SCRIPTS = (*SHARED, "lab.js")
TWICE = {"reconstructions"}  # pictures of what the page shows in another way
CURVE = "curves"
VECTOR = "theta.safetensors"
LINE: dict[str, Json] = {"color": BLUE, "dash": []}


def lab_report(frame: "DataFrame", title: str | None = None) -> str:
    """Return the page of one stored run, the only row of a frame of `load_cells`.

    If the data are gone, the page says so where letters and pictures would be. Raises ValueError if there is
    more than one run.
    """
    if len(frame) != 1:
        raise ValueError(f"{len(frame)} runs: a lab report is of one")
    run = load_run(frame["path"].iloc[0])
    data, gone = _data(run)
    curves, looked, notes = _curves(frame)
    page: dict[str, Json] = {
        "question": one_line(title or words.title_of(run)),
        "sentences": [one_line(line) for line in words.outcome(run)],
        "asked": words.asked(run),
        "network": _network(run),
        "data": words.data_rows(run, data),
        "measured": words.measured(run, data is None or judged(run)),
        "charts": curves,
        "looks": looked,
        "letters": None if data is None or not _decodes(run) else compared([run]),
        "pictures": [] if data is None else _pictures(run),
        "spent": words.spent(run),
        "command": rerun_or_reason(run),
        "verify": one_line(shlex.join(["optae", "verify", str(run.path)])),
        "recipe": in_lines(run.record.get("recipe") or run.experiment.words),
        "environment": in_lines(public(run.record["environment"])),
        "notes": [*map(one_line, frame.attrs.get("warnings", [])), *gone, *notes],
    }
    return assemble(f"{page['question']}", asset("lab.html"), STYLES, SCRIPTS, page)


def _network(run: Run) -> dict[str, Json] | None:
    """Return the table of the layers, or None for a refused run whose network is impossible."""
    try:
        return sheet(words.layers(run.model))
    except ValueError:
        return None


def in_lines(facts: Record) -> str:
    """Return facts as JSON with a line for each, without those that are None.

    >>> print(in_lines({"arch": [35, 2], "noise": None, "seed": 0}))
    {
      "arch": [35, 2],
      "seed": 0
    }
    """
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return "{\n" + ",\n".join(f"  {json.dumps(n)}: {json.dumps(v)}" for n, v in known.items()) + "\n}"


def _data(run: Run) -> tuple[Dataset | None, list[str]]:
    """Return the data of the run, or None and why it has none."""
    try:
        return run.data, []
    except (ValueError, OSError) as error:
        return None, [one_line(f"No letters and pictures: {error}.")]


def _decodes(run: Run) -> bool:
    """Return whether the run has codes and reconstructions."""
    return isinstance(run.model, Autoencoder) and (run.path / VECTOR).is_file()


def _curves(frame: "DataFrame") -> tuple[dict[str, Json] | None, dict[str, dict[str, Json]], list[str]]:
    """Return the curve by every cost, its colour, and why there is none."""
    load = cache(read_history)
    try:
        runs = read(frame, "evaluations", load=load)
    except ValueError as error:
        return None, {}, [one_line(f"No curve: {error}.")]
    found, notes = charts(frame, load)
    return {**found, "caption": words.CURVE}, {name: LINE for name in runs.series}, notes


def _pictures(run: Run) -> list[Entry]:
    """Return the pictures of training without those that the page draws itself."""
    if not (run.path / VECTOR).is_file():
        return []
    plain = not (
        run.heldout and has_bound(run.model)
    )  # the curves of a variational model also show held-out images
    found = list[Entry]()
    try:
        with made_for("page"):
            for name, figure in of_run(run):
                if name not in TWICE and not (name == CURVE and plain):
                    found.append(shown(name, figure))
    except (ValueError, OSError) as error:
        found.append({"title": "pictures", "reason": str(error)})
    return found
