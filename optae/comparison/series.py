"""What the pictures of a comparison share: stored cells as problems, series and costs."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..evaluation.metrics import METRICS, Target
from ..experiments.noise_regime import WORDS as NOISE
from ..experiments.sameness import SHOWN, changed, differing, problem_names, repeated, series_names, settled
from ..registry import lookup, unknown
from ..statistics import time_to_target
from ..text import counted, natural, shortened
from .moments import apart, first_seen

COSTS = {
    "seconds": "seconds of solving",
    "operations": "operations with matrices",
    "evaluations": "evaluations on all the data",
}
DRAWS = (*NOISE[1:], "draws")  # what decides which noise a run sees
NEEDED = (*SHOWN, "path", "method", "label", "seed", "status")
PASS_LINE = "max_pixel_error=1"  # of the course


@dataclass(frozen=True, eq=False)
class StoredCell:
    """One stored run."""

    problem: str
    series: str
    row: dict[str, Any]

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
    load: Callable[[str], Any] | None = None
    _known: dict[str, Any] = field(default_factory=dict)

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
        trace = self._trace(str(cell.row["path"]))
        cost, value = (np.asarray(trace[name], dtype=float) for name in (self.cost, column))
        known = ~np.isnan(value) & np.isfinite(cost)
        if not known.any():
            return None
        return cost[known] + self._extra(cell), value[known]

    def seen(self, cells: Iterable[StoredCell], column: str, x: np.ndarray) -> np.ndarray:
        """Whether most runs' column was looked at shortly before and after each cost, (points,)."""
        unseen = [self._unseen(cell, column, x) for cell in cells if self.history(cell, column) is not None]
        return np.mean(unseen, axis=0) <= 0.5 if unseen else np.ones(len(x), dtype=bool)

    def _unseen(self, cell: StoredCell, column: str, x: np.ndarray) -> np.ndarray:
        """Whether each cost lies between two looks of a run that are far apart, (points,)."""
        trace = self._trace(str(cell.row["path"]))
        names = self.cost, "evaluations", column
        cost, calls, value = (np.asarray(trace[name], dtype=float) for name in names)
        known = ~np.isnan(value) & np.isfinite(cost)
        cost, calls = cost[known] + self._extra(cell), calls[known]
        gaps = apart(calls[:-1], calls[1:])
        inside = (x > cost[:-1][gaps, None]) & (x < cost[1:][gaps, None])
        return np.asarray(inside.any(axis=0))

    def time_to(self, cell: StoredCell, target: Target) -> float:
        """The cost until the target is met, inf if never. Raises ValueError where histories do not tell."""
        if target.metric not in ("loss", "max_pixel_error"):
            raise ValueError(
                f"target {target.metric}={target.value:g}: histories hold the loss and "
                f"max_pixel_error alone; give a number for the loss, or such as {PASS_LINE}"
            )
        reached = cell.row.get("reached")
        if target.metric == "max_pixel_error" and isinstance(reached, dict) and reached:
            moment = first_seen(reached, target.value)
            return moment.by[self.cost] + self._extra(cell) if moment else math.inf
        found = self.history(cell, "best" if target.metric == "loss" else "max_pixel_error")
        return math.inf if found is None else time_to_target(*found, target.value)

    def _extra(self, cell: StoredCell) -> float:
        return cell.number("compile_seconds", 0.0) if self.with_compile else 0.0

    def _trace(self, path: str) -> Any:
        if path not in self._known:
            self._known[path] = (self.load or _stored)(path)
        return self._known[path]


def _stored(path: str) -> Any:
    from ..storage.frame import load_history

    return load_history(path)


def read(
    frame: Any,
    cost: str = "operations",
    *,
    with_compile: bool = False,
    mixed_times: bool = False,
    load: Callable[[str], Any] | None = None,
) -> Comparison:
    """The cells of a frame as `load_cells` gives it; `load` reads a history, by default the stored one.

    Raises ValueError for no cells, an unknown cost, and for times that cannot be compared.
    """
    lookup("cost", cost, COSTS)
    if with_compile and cost != "seconds":
        raise ValueError(f"compiling costs seconds, not {cost}: use the cost 'seconds' with it")
    if missing := set(NEEDED) - set(frame.columns):
        raise ValueError(f"the cells lack {', '.join(sorted(missing))}: give what load_cells reads")
    cells, note = _cells(frame)
    notes = [note, _timing(cells, mixed_times) if cost == "seconds" else ""]
    cells, dropped = _possible(cells)
    cells, unknown = _priced(cells, cost)
    notes += [dropped, unknown, _draws(cells)]
    return Comparison(cells, cost, with_compile, " ".join(filter(None, notes)), load)


def _cells(frame: Any) -> tuple[list[StoredCell], str]:
    """A cell for every problem, series and seed; what is there twice is left out, and said."""
    if not len(frame):
        raise ValueError("no runs to draw: give folders that optae bench or optae train wrote")
    frame = settled(frame.reset_index(drop=True))
    again = repeated(frame)
    rows = frame[~again].to_dict("records")
    names = problem_names(rows)
    cells = [StoredCell(*words) for words in zip(names, series_names(rows, names), rows, strict=True)]
    notes = [f"Left out: {counted(int(again.sum()), 'run')} stored twice."] if again.any() else []
    notes += [f"{note[0].upper()}{note[1:]}." for note in changed(frame)]
    return cells, " ".join(notes)


def _timing(cells: list[StoredCell], mixed_times: bool) -> str:
    """A caption's warning. Raises ValueError where clocks differ and nobody said that this may be."""
    timed = [cell.row for cell in cells if not cell.dead]
    for name, word in (("threads", "thread counts"), ("machine", "machines")):
        kinds = sorted({str(row[name]) for row in timed if name in row})
        if len(kinds) > 1 and not mixed_times:
            text = shortened(", ".join(kinds), 80)
            raise ValueError(
                f"runs were timed under different {word} ({text}): compare them by operations or "
                "evaluations, choose some of them, or allow it by --mixed-times"
            )
        if len(kinds) > 1:
            return f"BEWARE: times of different {word} are mixed here."
    if late := sum(bool(row.get("clock_note")) for row in timed):
        return f"BEWARE: {counted(late, 'run')} had no processor for a while; those seconds are too long."
    return ""


def _draws(cells: list[StoredCell]) -> str:
    """A caption's warning where runs of one problem saw different draws of its noise."""
    rows: dict[str, list[dict[str, Any]]] = {}
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
    note = f"Refused everywhere, so left out: {listed(gone)}." if gone else ""
    return [cell for cell in cells if cell.series in alive], note


def _priced(cells: list[StoredCell], cost: str) -> tuple[list[StoredCell], str]:
    """The cells whose cost is on record. Raises ValueError where there is none."""
    known = [cell for cell in cells if cell.dead or not math.isnan(float(cell.row.get(cost, 0.0)))]
    if all(cell.dead for cell in known) and len(known) < len(cells):
        raise ValueError(f"no {cost} on record, the runs are of an older version: choose --cost evaluations")
    gone = len(cells) - len(known)
    return known, f"Left out: {counted(gone, 'run')} with no {cost} on record." if gone else ""


def score(cell: StoredCell, metric: str) -> float:
    """The cell's metric, nan where it has none."""
    if metric != "loss" and metric not in METRICS:
        raise ValueError(unknown("metric", metric, ("loss", *METRICS)))
    return math.nan if cell.dead else cell.number("value" if metric == "loss" else metric)


def listed(names: Iterable[str], most: int = 6, letters: int = 30) -> str:
    """'a, b and 3 more'."""
    names = [shortened(name, letters) for name in names]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
