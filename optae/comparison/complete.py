"""Complete tables: the instances (problem and seed) that all compared methods have run on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..text import counted, listed
from .series import NAME, Comparison, StoredCell

Instance = tuple[str, int]  # problem and seed


@dataclass(frozen=True, eq=False)
class CompleteTable:
    """Numbers (instances, series) without gaps, and sentences for a caption on what was left out."""

    values: np.ndarray
    instances: list[Instance]
    series: list[str]
    note: str

    @property
    def size(self) -> str:
        """The size in words, such as '6 instances (2 problems x 3 seeds)'."""
        of_problem = Counter(problem for problem, _ in self.instances)
        problems, seeds = len(of_problem), sorted({*of_problem.values()})
        each = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        many = counted(problems, "problem")
        word = "seed" if seeds[-1] == 1 else "seeds"
        return f"{counted(len(self.instances), 'instance')} ({many} x {each} {word})"


def tabulate(comparison: Comparison, measure: Callable[[StoredCell], float]) -> CompleteTable:
    """Return the measure of every cell, over instances and series that are complete.

    If cells are missing, either the series that lack some or the instances that lack some are left out,
    whichever keeps more.
    """
    kept, series, instances = whole(comparison)
    values = np.array([[measure(kept[i, s]) for s in series] for i in instances], dtype=float)
    gone = sorted(set(comparison.series) - set(series))
    fewer = len({cell.instance for cell in comparison.cells}) - len(instances)
    words = [f"Not run everywhere, so left out: {listed(gone, letters=NAME)}."] if gone else []
    words += [f"Left out: {counted(fewer, 'instance')} that not every method has run."] if fewer else []
    return CompleteTable(values, instances, series, " ".join(words))


def whole(comparison: Comparison) -> tuple[dict[tuple[Instance, str], StoredCell], list[str], list[Instance]]:
    """Return the cells by instance and series, and the series and instances among which none is missing."""
    kept = {(cell.instance, cell.series): cell for cell in comparison.cells}
    instances, series = sorted({i for i, _ in kept}), comparison.series
    full = [s for s in series if all((i, s) in kept for i in instances)]
    shared = [i for i in instances if all((i, s) in kept for s in series)]
    if not full and not shared:
        raise ValueError("no problem and seed was run by every method: finish the grid, or choose methods")
    if len(full) * len(instances) >= len(series) * len(shared):
        return kept, full, instances
    return kept, series, shared
