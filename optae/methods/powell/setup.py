"""Lay out a model and its draw in the two arrays that compiled Powell reads and writes."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from zlib import crc32

import numpy as np

from ...engines import Array
from ...model.activations import FAR, Activation, Identity, LeakyRelu, Logistic, Relu, Softplus, Tanh
from ...model.chain import Chain
from ...model.criterion import Criterion
from ...training.objective import Objective
from . import assembly, exponential, line, line_search, network, numpy_loops, products, scoring, walk
from .network import (
    CLASSES,
    FACTOR,
    HYPERBOLIC,
    IDENTITY,
    L2,
    LEAKY,
    LOGISTIC,
    LOGITS,
    LOWEST,
    RELU,
    SOFTPLUS,
    SQUARES,
    At,
)
from .numpy_loops import addresses

KINDS = {
    Identity: IDENTITY,
    Logistic: LOGISTIC,
    Tanh: HYPERBOLIC,
    Relu: RELU,
    LeakyRelu: LEAKY,
    Softplus: SOFTPLUS,
}
LINE = 8  # numbers in a line of the processor's cache
BIG = 2.0**60  # so large that adding 1 does not change it


@dataclass(frozen=True)
class Memory:
    """The two arrays and the places in them; `view` returns a part by its name."""

    at: At
    ints: np.ndarray
    reals: np.ndarray

    def view(self, name: str, size: int) -> np.ndarray:
        """Return the first numbers of the part of that name, as a view."""
        whole = self.ints if At._fields.index(name) < At._fields.index("gains") else self.reals
        start = self.at[At._fields.index(name)]
        return whole[start : start + size]


@cache
def compiled() -> Callable[..., Array]:
    """Return the compiled `sweep`."""
    modules = numpy_loops, assembly, products, exponential, network, scoring, line, walk, line_search
    sources = [*map(inspect.getsource, modules), str(FAR)]
    return line_search.sweeper(crc32("".join(sources).encode()) | 1)


def prepare(objective: Objective) -> Memory:
    """Return the memory of a network and its draw, ready for a start."""
    model, draw = objective.model, objective.draw
    x, target = np.asarray(draw.x, dtype=float), np.asarray(draw.target, dtype=float)
    widths = np.array(model.widths)
    ints = {**_network(model, widths, len(x)), "touched": np.zeros(len(x)), "counts": np.zeros(3)}
    reals = _reals(model, widths, x, target)
    counts = {
        "samples": len(x),
        "layers": len(widths) - 1,
        "outputs": target.shape[1],
        "stride": (target.shape[1] + 3) // 4 * 4,
        "size": model.size,
        "score": _score(model.criterion),
        "swift": int(exponential.is_numpys()),
    }
    return Memory(
        At(**counts, **_places(ints), **_places(reals)), _joined(ints, np.int64), _joined(reals, float)
    )


def _score(criterion: Criterion) -> int:
    if criterion.classes:
        return CLASSES
    return LOGITS if criterion.logits else SQUARES


def _network(model: Chain, widths: np.ndarray, n: int) -> dict[str, Array]:
    layers = _layers(model)
    starts = {name: at.start for name, at, _ in model.layout.slots}
    return {
        "widths": widths,
        "rows": np.concatenate([[0], np.cumsum(widths)]),
        "weights": [starts[weight] for weight, _, _ in layers],
        "biases": [starts.get(bias, -1) for _, bias, _ in layers],
        "kinds": [KINDS[type(f)] for *_, f in layers],
        "plain": [_plain(n, *shape) for shape in pairwise(widths)],
        "owners": _owners(widths, model.bias),
        "loops": addresses(),
        "powers": exponential.table(),
        "parts": np.zeros((2, exponential.TOGETHER)),
    }


def _layers(model: Chain) -> list[tuple[str, str, Activation]]:
    return [layer for network in model.networks for layer in network.layers]


def _reals(model: Chain, widths: np.ndarray, x: np.ndarray, target: np.ndarray) -> dict[str, Array]:
    (n, d), wide = target.shape, (len(x) + 3) // 4 * 4  # the greatest length of a row of `fresh`
    values = np.zeros(9)
    criterion, layers = model.criterion, _layers(model)
    values[FACTOR] = 0.0 if criterion.logits else 0.5 * criterion.curvature(target, target)
    values[LOWEST], values[L2] = np.inf, model.l2
    return {
        "gains": [_parameter(f) for *_, f in layers],
        "target": target,
        **{name: np.zeros(model.size) for name in ("theta", "trial", "best")},
        "kept": np.concatenate([x.T.ravel(), np.zeros(n * sum(widths[1:]))]),
        "fresh": np.zeros((sum(widths) + 3, wide)),  # products write up to three rows more than they have
        "before": np.zeros((max(widths) + 3, wide)),
        **{name: np.zeros((wide, d + 3)) for name in ("out", "part")},
        "rest": np.zeros(wide),
        "terms": np.zeros((2, n, d)),
        "values": values,
    }


def _parameter(f: Activation) -> float:
    """Return an activation's gain or leak, or 1 if it has neither."""
    if isinstance(f, Identity | Logistic):
        return f.gain
    return f.leak if isinstance(f, LeakyRelu) else 1.0


def _places(arrays: Mapping[str, Array]) -> dict[str, int]:
    """Return the place of each array when they are joined, each at the start of a cache line."""
    ends = np.cumsum([_lines(a) for a in arrays.values()])
    return {name: int(end - _lines(a)) for (name, a), end in zip(arrays.items(), ends, strict=True)}


def _joined(arrays: Mapping[str, Array], kind: type) -> np.ndarray:
    places = _places(arrays)
    room: np.ndarray = np.zeros(sum(map(_lines, arrays.values())) + LINE, dtype=kind)
    whole = room[-(room.ctypes.data // room.itemsize) % LINE :]
    for name, a in arrays.items():
        whole[places[name] : places[name] + np.size(a)] = np.ravel(a)
    return whole


def _lines(a: Array) -> int:
    return -(-np.size(a) // LINE) * LINE


def _owners(widths: np.ndarray, bias: bool) -> np.ndarray:
    """Return (size, 3): layer, input (-1: bias) and unit of each parameter, in the layout's order."""
    rows = []
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths)):
        inputs = [*range(fan_in), *([-1] if bias else [])]
        rows += [(layer, i, unit) for i in inputs for unit in range(fan_out)]
    return np.array(rows)


def _plain(n: int, fan_in: int, fan_out: int) -> int:
    """Return how many columns of (n, fan_in) @ (fan_in, fan_out) NumPy sums in order, not in eight lanes.

    It is measured, as it depends on the BLAS. Each column here is the sum of BIG, 1, -BIG, 1, 1, ..., which
    loses one 1 in order, and all the ones of lanes 0 to 3 in lanes.
    """
    y = np.ones((n, fan_in))
    y[:, 0], y[:, 2:3] = BIG, -BIG
    lost = fan_in - (y @ np.ones((fan_in, fan_out))).max(axis=0)
    in_lanes = sum(i % 8 < 4 for i in range(fan_in))
    laned = (lost == in_lanes) & (fan_in > 3) & (lost != 3)
    return int(np.argmax(laned)) if laned.any() else fan_out
