"""Stored cells as problems, series and seeds, with their histories: what figures and pages compare."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypedDict

import numpy as np
import pandas as pd

from ..evaluation.metrics import Target
from ..evaluation.pass_line import PASS_LINE
from ..experiments.sameness import NOISE, SHOWN, changed, differing
from ..registry import lookup
from ..storage.history import read_history
from ..text import counted, listed, natural, shortened
from .clocks import check_clocks, clocks, late
from .moments import COSTS, apart
from .reading import distinct, named, sentences
from .scores import RESULTS
from .targets import Histories, History, Row, first_met, name

DRAWS = (*NOISE[1:], "draws")  # what decides which noise a run sees
NEEDED = (*SHOWN, "path", "method", "label", "seed", "status")
NAME = 30  # letters of a series in a note
LETTERS = 200  # of the clocks' names in a caption


@dataclass(frozen=True, eq=False)
class StoredCell:
    """One stored run."""

    problem: str
    series: str
    row: Row

    @property
    def instance(self) -> tuple[str, int]:
        """The problem and the seed, which every method starts from alike."""
        return self.problem, int(self.row["seed"])

    @property
    def dead(self) -> bool:
        """Whether it left nothing: refused, or failed before its first value."""
        status = self.row["status"]
        return status == "refused" or (status == "failed" and math.isnan(self.number("value")))

    def number(self, name: str, otherwise: float = math.nan) -> float:
        """A column's number, or `otherwise` where there is none."""
        value = self.row.get(name)
        known = isinstance(value, int | float | np.number) and value == value
        return float(value) if known else otherwise  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Cells that may be compared, and by what cost."""

    cells: list[StoredCell]
    cost: str = "operations"
    with_compile: bool = False
    note: str = ""
    load: Histories = read_history
    _known: dict[str, History] = field(default_factory=dict)

    @cached_property
    def problems(self) -> list[str]:
        """By name."""
        return sorted({cell.problem for cell in self.cells}, key=natural)

    @cached_property
    def series(self) -> list[str]:
        """The methods' labels, told apart where one label stands for several things."""
        return sorted({cell.series for cell in self.cells}, key=natural)

    @property
    def axis(self) -> str:
        """The cost in words."""
        compiled = " and compiling" if self.with_compile else ""
        return COSTS[self.cost] + compiled

    def of(self, problem: str, series: str) -> list[StoredCell]:
        """The seeds of one method on one problem."""
        return [cell for cell in self.cells if (cell.problem, cell.series) == (problem, series)]

    def history(self, cell: StoredCell, column: str = "best") -> tuple[np.ndarray, np.ndarray] | None:
        """Cost and value (rows,), or none where the cell left no number."""
        if cell.dead:
            return None
        cost, value = self._columns(cell, self.cost, column)
        known = ~np.isnan(value) & np.isfinite(cost)
        if not known.any():
            return None
        return cost[known] + self._extra(cell), value[known]

    def histories(self, problem: str, column: str = "best") -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
        """Each series' histories on a problem, those of its seeds that left one; no series without."""
        found = {s: [self.history(cell, column) for cell in self.of(problem, s)] for s in self.series}
        known = {s: [h for h in seeds if h is not None] for s, seeds in found.items()}
        return {s: seeds for s, seeds in known.items() if seeds}

    def seen(self, cells: Iterable[StoredCell], column: str, x: np.ndarray) -> np.ndarray:
        """Whether most runs' column was looked at shortly before and after each cost, (points,)."""
        unseen = [self._unseen(cell, column, x) for cell in cells if self.history(cell, column) is not None]
        return np.mean(unseen, axis=0) <= 0.5 if unseen else np.ones(len(x), dtype=bool)

    def _unseen(self, cell: StoredCell, column: str, x: np.ndarray) -> np.ndarray:
        """Whether each cost lies between two looks of a run that are far apart, (points,)."""
        cost, calls, value = self._columns(cell, self.cost, "evaluations", column)
        known = ~np.isnan(value) & np.isfinite(cost)
        cost, calls = cost[known] + self._extra(cell), calls[known]
        gaps = apart(calls[:-1], calls[1:])
        inside = (x > cost[:-1][gaps, None]) & (x < cost[1:][gaps, None])
        return np.asarray(inside.any(axis=0))

    def until(self, target: Target) -> Callable[[StoredCell], float]:
        """Return each cell's cost until it first met the target: inf where it never did.

        Raises ValueError where the moment is not on record.
        """
        moments = first_met([cell.row for cell in self.cells], target, self._trace)
        found = zip(self.cells, moments, strict=True)
        costs = {cell: m.by[self.cost] + self._extra(cell) if m else math.inf for cell, m in found}
        if any(map(math.isnan, costs.values())):
            raise ValueError(
                f"target {name(target)}: histories hold the loss and max_pixel_error alone, so when it was"
                f" met is not on record; give a number for the loss, or such as {PASS_LINE}"
            )
        return costs.__getitem__

    def _extra(self, cell: StoredCell) -> float:
        return cell.number("compile_seconds", 0.0) if self.with_compile else 0.0

    def _columns(self, cell: StoredCell, *names: str) -> list[np.ndarray]:
        trace = self._trace(str(cell.row["path"]))
        return [np.asarray(trace[column], dtype=float) for column in names]

    def _trace(self, path: str) -> History:
        if path not in self._known:
            self._known[path] = self.load(path)
        return self._known[path]


class How(TypedDict, total=False):
    """What every figure of a comparison hands on to `read`."""

    with_compile: bool
    mixed_times: bool
    load: Histories


def read(
    frame: pd.DataFrame,
    cost: str = "operations",
    *,
    with_compile: bool = False,
    mixed_times: bool = False,
    load: Histories = read_history,
) -> Comparison:
    """The cells of a frame as `load_cells` gives it; `load` reads a history, by default the stored one.

    Raises ValueError for no cells, an unknown cost, and for times that cannot be compared.
    """
    lookup("cost", cost, COSTS)
    if with_compile and cost != "seconds":
        raise ValueError(f"compiling costs seconds, not {cost}: use the cost 'seconds' with it")
    if missing := set(NEEDED) - set(frame.columns):
        raise ValueError(f"the cells lack {', '.join(sorted(missing))}: give what load_cells reads")
    frame, repeats = distinct(frame)
    frame = named(frame)
    cells = [StoredCell(row["problem"], row["series"], row) for row in frame.to_dict("records")]
    notes = [sentences(repeats + changed(frame))]
    notes += [_timing(frame, mixed_times)] if cost == "seconds" else []
    cells, dropped = _possible(cells)
    cells, unknown = _priced(cells, cost)
    notes += [dropped, unknown, _draws(cells)]
    return Comparison(cells, cost, with_compile, " ".join(filter(None, notes)), load)


def _timing(frame: pd.DataFrame, mixed_times: bool) -> str:
    """A caption's warning. Raises ValueError where clocks differ and that was not allowed."""
    if not mixed_times:
        check_clocks(frame, "cost 'seconds'")
    if mixed := clocks(frame):
        return f"BEWARE: times taken on {shortened(mixed, LETTERS)} stand side by side."
    return "".join(f"BEWARE: {note}." for note in late(frame))


def _draws(cells: list[StoredCell]) -> str:
    """A caption's warning where runs of one problem saw different draws of its noise."""
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
    """The cells without the series that were refused everywhere, which are named."""
    alive = {cell.series for cell in cells if cell.row["status"] != "refused"}
    gone = sorted({cell.series for cell in cells} - alive)
    if not alive:
        raise ValueError("every run was refused: choose methods that fit these networks")
    note = f"Refused everywhere, so left out: {listed(gone, letters=NAME)}." if gone else ""
    return [cell for cell in cells if cell.series in alive], note


def _priced(cells: list[StoredCell], cost: str) -> tuple[list[StoredCell], str]:
    """The cells whose cost is on record. Raises ValueError where there is none."""
    known = [cell for cell in cells if cell.dead or not math.isnan(float(cell.row.get(cost, 0.0)))]
    if all(cell.dead for cell in known) and len(known) < len(cells):
        raise ValueError(f"no {cost} on record, the runs are of an older version: choose `cost` evaluations")
    gone = len(cells) - len(known)
    return known, f"Left out: {counted(gone, 'run')} with no {cost} on record." if gone else ""


def score(cell: StoredCell, metric: str) -> float:
    """The cell's metric, nan where it has none."""
    column = lookup("metric", metric, RESULTS)
    return math.nan if cell.dead else cell.number(column)
