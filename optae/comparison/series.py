"""Stored cells by problem, series and seed, with their histories, as figures and pages compare them."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypedDict

import numpy as np
import pandas as pd

from ..evaluation.metrics import Target
from ..evaluation.pass_line import PASS_LINE
from ..experiments.sameness import NOISE, SHOWN, changed, differing
from ..plugins import is_own
from ..registry import lookup
from ..storage.history import read_heldout, read_history
from ..text import counted, listed, natural
from .clocks import side_by_side
from .curves import AXES, EPOCHS, check_epochs, counted_by, curve
from .moments import apart
from .reading import distinct, fields_of, named, records, sentences
from .scores import RESULTS
from .targets import Histories, History, Row, first_met, name

DRAWS = (*NOISE[1:], "draws")  # the fields that decide which noise a run sees
NEEDED = (*SHOWN, "path", "method", "label", "seed", "status")
NAME = 30  # most letters of a series' name in a note


@dataclass(frozen=True, eq=False)
class StoredCell:
    """One stored run."""

    problem: str
    series: str
    row: Row

    @property
    def instance(self) -> tuple[str, int]:
        """The problem and the seed; all methods have the same start on it."""
        return self.problem, int(self.row["seed"])

    @property
    def dead(self) -> bool:
        """Whether the run left no value: it was refused, or failed before its first value."""
        status = self.row["status"]
        return status == "refused" or (status == "failed" and math.isnan(self.number("value")))

    def number(self, name: str, otherwise: float = math.nan) -> float:
        """Return a column's number, or `otherwise` if there is none."""
        value = self.row.get(name)
        known = isinstance(value, int | float | np.number) and value == value
        return float(value) if known else otherwise  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Cells to compare, and the cost that they are compared by."""

    cells: list[StoredCell]
    cost: str = "operations"
    with_compile: bool = False
    note: str = ""
    load: Histories = read_history
    by: tuple[str, ...] = ()  # the fields whose values are the series; if empty, methods are the series
    _known: dict[str, History] = field(default_factory=dict)
    _curves: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    @cached_property
    def problems(self) -> list[str]:
        """The names of the problems, sorted."""
        return sorted({cell.problem for cell in self.cells}, key=natural)

    @cached_property
    def series(self) -> list[str]:
        """The labels of the methods, made distinct if one names several recipes, or the fields' values."""
        return sorted({cell.series for cell in self.cells}, key=natural)

    @property
    def noun(self) -> str:
        """The word for a series."""
        return "setting" if self.by else "method"

    @property
    def axis(self) -> str:
        """The cost in words."""
        compiled = " and compiling" if self.with_compile else ""
        return AXES[self.cost] + compiled

    def handovers(self, problem: str, series: str) -> list[float]:
        """Return the median costs at which the next of several methods takes over; none of one method."""
        cost = counted_by(self.cost)
        every = [cell.row.get("legs") for cell in self.of(problem, series)]
        found = [[float(leg[cost]) for leg in legs[1:]] for legs in every if isinstance(legs, tuple)]
        return [float(np.median(costs)) for costs in zip(*filter(None, found), strict=False)]

    def of(self, problem: str, series: str) -> list[StoredCell]:
        """Return the cells of one series on one problem, one for each seed."""
        return self._groups.get((problem, series), [])

    @cached_property
    def _groups(self) -> dict[tuple[str, str], list[StoredCell]]:
        found: dict[tuple[str, str], list[StoredCell]] = {}
        for cell in self.cells:
            found.setdefault((cell.problem, cell.series), []).append(cell)
        return found

    def history(self, cell: StoredCell, metric: str = "loss") -> tuple[np.ndarray, np.ndarray] | None:
        """Return cost and value (rows,), or None if the cell has no finite value."""
        if cell.dead:
            return None
        _, cost, value = self._curve(cell, metric)
        return (cost, value) if len(value) else None

    def histories(self, problem: str, metric: str = "loss") -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
        """Return the histories of each series on a problem, without series that have none."""
        found = {s: [self.history(cell, metric) for cell in self.of(problem, s)] for s in self.series}
        known = {s: [h for h in seeds if h is not None] for s, seeds in found.items()}
        return {s: seeds for s, seeds in known.items() if seeds}

    def seen(self, cells: Iterable[StoredCell], metric: str, x: np.ndarray) -> np.ndarray:
        """Return whether most runs' metric was measured shortly before and after each cost, (points,)."""
        unseen = [self._unseen(cell, metric, x) for cell in cells if self.history(cell, metric) is not None]
        return np.mean(unseen, axis=0) <= 0.5 if unseen else np.ones(len(x), dtype=bool)

    def _unseen(self, cell: StoredCell, metric: str, x: np.ndarray) -> np.ndarray:
        """Return whether each cost lies between two distant measurements of a run, (points,)."""
        calls, cost, _ = self._curve(cell, metric)
        gaps = apart(calls[:-1], calls[1:])
        inside = (x > cost[:-1][gaps, None]) & (x < cost[1:][gaps, None])
        return np.asarray(inside.any(axis=0))

    def check_loss(self, metric: str) -> None:
        """Raise ValueError if the runs of one problem were trained by different losses."""
        losses = {(cell.problem, cell.row["loss"]) for cell in self.cells}
        if metric == "loss" and len(losses) > len(self.problems):
            raise ValueError("runs trained by several losses share no axis of the loss: choose `metric` mse")

    def until(self, target: Target) -> Callable[[StoredCell], float]:
        """Return a function of a cell: its cost until it first met the target, inf if it never did.

        Raises ValueError if the moment is not on record.
        """
        moments = first_met([cell.row for cell in self.cells], target, self._trace)
        found = zip(self.cells, moments, strict=True)
        cost = counted_by(self.cost)
        costs = {cell: m.by[cost] + self._extra(cell) if m else math.inf for cell, m in found}
        if any(map(math.isnan, costs.values())):
            raise ValueError(
                f"target {name(target)}: some of these runs are of an older version, whose histories hold the"
                f" loss and max_pixel_error alone; give a number for the loss, or such as {PASS_LINE}"
            )
        return costs.__getitem__

    def _extra(self, cell: StoredCell) -> float:
        return cell.number("compile_seconds", 0.0) if self.with_compile else 0.0

    def _curve(self, cell: StoredCell, metric: str) -> np.ndarray:
        """Return evaluations, cost and value at the rows where the metric was measured, (3, rows)."""
        path, pixels = str(cell.row["path"]), int(str(cell.row["arch"]).split("-")[0])
        if (path, metric) not in self._curves:
            found = curve(self._trace(path), metric, self.cost, pixels, lambda: read_heldout(path))
            self._curves[path, metric] = found + np.array([[0.0], [self._extra(cell)], [0.0]])
        return self._curves[path, metric]

    def _trace(self, path: str) -> History:
        if path not in self._known:
            self._known[path] = self.load(path)
        return self._known[path]


class How(TypedDict, total=False):
    """The options that every figure of a comparison passes to `read`."""

    with_compile: bool
    mixed_times: bool
    load: Histories
    by: Sequence[str]


def read(
    frame: pd.DataFrame,
    cost: str = "operations",
    *,
    with_compile: bool = False,
    mixed_times: bool = False,
    load: Histories = read_history,
    by: Sequence[str] = (),
) -> Comparison:
    """Return the comparison of a frame from `load_cells`; `load` reads a history, by default the stored one.

    The series are methods, or the values of the fields `by`, such as arch or init. Raises ValueError if there
    are no cells, a cost or field is unknown, or times cannot be compared.
    """
    lookup("cost", cost, AXES)
    if with_compile and cost != "seconds":
        raise ValueError(f"compiling costs seconds, not {cost}: use the cost 'seconds' with it")
    if missing := set(NEEDED) - set(frame.columns):
        raise ValueError(f"the cells lack {', '.join(sorted(missing))}: give what load_cells reads")
    frame, repeats = distinct(frame)
    fields = fields_of(by)
    frame = named(frame, fields)
    cells = [StoredCell(row["problem"], row["series"], row) for row in records(frame)]
    notes = [sentences(repeats + changed(frame))]
    notes += [side_by_side(frame, mixed_times)] if cost == "seconds" else []
    cells, dropped = _possible(cells)
    cells, unknown = _priced(cells, cost)
    notes += [dropped, unknown, _draws(cells)]
    if cost == EPOCHS:
        check_epochs((cell.row["method"], cell.row["method_source"]) for cell in cells if not cell.dead)
    return Comparison(cells, cost, with_compile, " ".join(filter(None, notes)), load, fields)


def score(cell: StoredCell, metric: str) -> float:
    """Return the cell's metric, nan if it has none; one of one's own by its full word."""
    column = metric if is_own(metric) else lookup("metric", metric, RESULTS)
    return math.nan if cell.dead else cell.number(column)


def _draws(cells: list[StoredCell]) -> str:
    """Return a caption's warning if runs of one problem saw different draws of its noise."""
    rows: dict[str, list[Row]] = {}
    for cell in cells:
        rows.setdefault(cell.problem, []).append(cell.row)
    if not (apart := dict.fromkeys(name for group in rows.values() for name in differing(group, DRAWS))):
        return ""
    return (
        f"Runs differ in {', '.join(apart)}: histories hold the loss on a run's own draws of the noise, the"
        " loss at the end is the referee's."
    )


def _possible(cells: list[StoredCell]) -> tuple[list[StoredCell], str]:
    """Return the cells without series that were refused everywhere, and a note that names those."""
    alive = {cell.series for cell in cells if cell.row["status"] != "refused"}
    gone = sorted({cell.series for cell in cells} - alive)
    if not alive:
        raise ValueError("every run was refused: choose methods that fit these networks")
    note = f"Refused everywhere, so left out: {listed(gone, letters=NAME)}." if gone else ""
    return [cell for cell in cells if cell.series in alive], note


def _priced(cells: list[StoredCell], cost: str) -> tuple[list[StoredCell], str]:
    """Return the cells whose cost is on record, and a note. Raises ValueError if there are none."""
    known = [cell for cell in cells if cell.dead or not math.isnan(float(cell.row.get(cost, 0.0)))]
    if all(cell.dead for cell in known) and len(known) < len(cells):
        raise ValueError(f"no {cost} on record, the runs are of an older version: choose `cost` evaluations")
    gone = len(cells) - len(known)
    return known, f"Left out: {counted(gone, 'run')} with no {cost} on record." if gone else ""
