"""Check the laws of a metric of one's own: it returns a number, repeats itself, and prefers what is right."""

from collections.abc import Iterator

import numpy as np

from ..engines.streams import OWN, stream
from ..evaluation.definitions import larger_is_better
from ..evaluation.own import HIGHER, OwnMetric, brief, own_metric
from .conformance import Conformance, Law

BLUR = 0.5  # deviation of the noise in a wrong prediction, in deviations of the targets


def measures(word: str, target: np.ndarray, seed: int = 0) -> Conformance:
    """Return which laws a metric keeps on targets (n, k). Raises ValueError if there is none of that name."""
    return Conformance(word, tuple(_laws(own_metric(word), target, seed)))


def _laws(metric: OwnMetric, target: np.ndarray, seed: int) -> Iterator[Law]:
    """Yield each law; if the function fails, only that is yielded."""
    wrong = target + BLUR * target.std() * stream(seed, OWN).standard_normal(target.shape)
    try:
        for prediction in (target, wrong):
            metric.check(target, prediction)
    except ValueError as error:
        yield Law("returns a number", str(error))
        return
    yield Law("returns a number")
    yield from (_repeats(metric, wrong, target), _only_reads(metric, wrong, target))
    yield _prefers(metric, target, wrong)


def _repeats(metric: OwnMetric, wrong: np.ndarray, target: np.ndarray) -> Law:
    one, other = (metric(wrong.copy(), target) for _ in range(2))
    fault = f"it says {one:g}, then {other:g} of the same prediction: draw no random numbers"
    return Law("repeats itself", "" if one == other or one != one else fault)


def _only_reads(metric: OwnMetric, wrong: np.ndarray, target: np.ndarray) -> Law:
    arrays = wrong.copy(), target.copy()
    metric(*arrays)
    kept = np.array_equal(arrays[0], wrong) and np.array_equal(arrays[1], target)
    return Law("only reads", "" if kept else "it changes the arrays that it gets: work on a copy")


def _prefers(metric: OwnMetric, target: np.ndarray, wrong: np.ndarray) -> Law:
    """Check that a perfect prediction is at least as good as one with noise."""
    right, worse = metric(target.copy(), target), metric(wrong, target)
    sign = -1 if larger_is_better(metric.word) else 1
    name = brief(metric.word).rpartition(":")[2]
    way = f'{name}.better = "{HIGHER}"' if sign == 1 else f"{name}.better"
    fault = f"a perfect prediction has {right:g}, one with noise {worse:g}: " + (
        f"if larger is better, write {way}" if sign == 1 else f"if smaller is better, leave {way} out"
    )
    return Law("prefers what is right", fault if sign * right > sign * worse else "")
