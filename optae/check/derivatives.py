"""Check a model's derivatives: every engine against NumPy, and NumPy against finite differences.

The differences move one tensor of weights or biases at a time, so that a wrong layer is named.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..engines import ENGINES, Engine, engine
from ..engines.streams import CHECK, stream
from ..model.chain import Chain
from ..training.objective import Objective
from .certificate import Agreement, Certificate, TensorCheck
from .differences import CONFIRM, UNSEEN, Point, Slope, disagreement, norm
from .points import lively_point

QUICK, MOST = 2_000_000, 20_000_000  # numbers of a Jacobian that is quick, and of the largest one

Facts = dict[str, np.ndarray]  # arrays by quantity


class _Pair(NamedTuple):
    """An objective and, if it has residuals, the same on few enough samples for a small Jacobian."""

    f: Objective
    few: Objective | None


def certify(
    model: Chain,
    x: np.ndarray,
    engines: Iterable[str | Engine] = ENGINES,
    seed: int = 0,
    theta: np.ndarray | None = None,
    y: np.ndarray | None = None,
) -> Certificate:
    """Compare value, gradient, Hessian product, residuals and Jacobian on one frozen draw.

    The draw is of x (n, d), and of targets y (n, k) for a network that predicts. The point is `theta`
    (size,); by default it is a random point without saturated layers and zero biases.
    Raises ValueError for an unknown engine, and for data or a theta that do not fit.
    """
    modules = {module.name: module for module in map(engine, engines)}
    (x, y), rng = model.checked(x, y), stream(seed, CHECK)
    v = rng.standard_normal(model.size)
    samples, note = _samples(model, x if y is None else y)

    def pair(module: Engine) -> _Pair:
        least = x[:samples], None if y is None else y[:samples]
        few = Objective(model, *least, module, seed=seed) if samples else None
        return _Pair(Objective(model, x, y, module, seed=seed), few)

    with np.errstate(all="ignore"):  # the results show infinite values
        reference = pair(engine("numpy"))
        theta = lively_point(reference.f, rng) if theta is None else _check(theta, model)
        pairs = {name: pair(module) for name, module in modules.items()}
        agreements = _agreements(reference, pairs, theta, v)
        tensors = _tensors(reference, theta, rng)
    return Certificate(tuple(modules), tuple(agreements), tuple(tensors), note)


def _agreements(
    reference: _Pair, pairs: dict[str, _Pair], theta: np.ndarray, v: np.ndarray
) -> list[Agreement]:
    expected, found = _measure(reference, theta, v), []
    for name, pair in pairs.items():
        got = _measure(pair, theta, v)
        both = {quantity: (got[quantity], expected[quantity]) for quantity in expected}
        if name == "numpy":
            both = _identities(reference, theta, expected)
        found += [_agreement(pair.f.model, name, quantity, *ab) for quantity, ab in both.items()]
    return found


def _measure(pair: _Pair, theta: np.ndarray, v: np.ndarray) -> Facts:
    f, few = pair
    facts = {"value": np.array(f(theta)), "gradient": f.grad(theta), "Hessian product": f.hvp(theta, v)}
    if few is None:
        return facts
    return facts | {"residuals": few.residuals(theta), "Jacobian": few.jacobian(theta)}


def _identities(pair: _Pair, theta: np.ndarray, facts: Facts) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each quantity computed by NumPy in two ways."""
    both = {"value": (np.array(pair.f.value_and_grad(theta)[0]), facts["value"])}
    if pair.few is not None:
        r, jacobian = facts["residuals"], facts["Jacobian"]
        both["residuals"] = np.array(0.5 * r @ r), np.array(pair.few(theta))
        both["Jacobian"] = jacobian.T @ r, pair.few.grad(theta)
    return both


def _agreement(model: Chain, name: str, quantity: str, a: np.ndarray, b: np.ndarray) -> Agreement:
    miss, size, tensor = np.asarray(a - b), norm(b), ""
    if miss.ndim and miss.shape[-1] == model.size:
        tensor = max(model.layout.slots, key=lambda slot: norm(miss[..., slot[1]]))[0]
    return Agreement(name, quantity, _relative(norm(miss), size), tensor)


def _relative(miss: float, size: float) -> float:
    """Return the miss as a share of the size; for a size of 0 it is 0 or inf."""
    if size:
        return miss / size
    return np.inf if miss else 0.0


def _tensors(pair: _Pair, theta: np.ndarray, rng: np.random.Generator) -> list[TensorCheck]:
    f, few = pair
    slots, hessians = f.model.layout.slots, _hessians(f, theta, rng)
    jacobians: list[float | None] = [None] * len(slots)
    gradients = _slopes(f, lambda p, v: f.grad(p) @ v, f, theta, rng)
    if few is not None:
        jacobians = [*_slopes(few.residuals, lambda p, v: few.jacobian(p) @ v, f, theta, rng)]
    value, grad = f.value_and_grad(theta)
    flat = [norm(grad[at]) <= UNSEEN * CONFIRM * abs(value) for _, at, _ in slots]
    columns = zip(slots, gradients, hessians, jacobians, flat, strict=True)
    return [TensorCheck(name, shape, g, h, j, z) for (name, _, shape), g, h, j, z in columns]


def _slopes(
    f: Point,
    slope: Slope,
    of: Objective,
    theta: np.ndarray,
    rng: np.random.Generator,
) -> list[float]:
    """Return the disagreement of f's slopes along each tensor."""
    every = [slice(None)]
    return [float(disagreement(f, slope, theta, at, every, rng)[0]) for _, at, _ in of.model.layout.slots]


def _hessians(f: Objective, theta: np.ndarray, rng: np.random.Generator) -> list[float]:
    """Return the disagreement in the Hessian's diagonal blocks, which name a wrong layer, or in its rows."""
    ats = [at for _, at, _ in f.model.layout.slots]
    blocks = [float(disagreement(f.grad, f.hvp, theta, at, [at], rng)[0]) for at in ats]
    if any(block > CONFIRM for block in blocks):
        return blocks
    return disagreement(f.grad, f.hvp, theta, slice(None), ats, rng).tolist()


def _samples(model: Chain, target: np.ndarray) -> tuple[int, str]:
    """Return the number of samples that keep the Jacobian small, or 0 and why there is no Jacobian."""
    if reason := model.residual_reason(target):
        return 0, f"no residuals: {reason}"
    each = model.widths[-1] * model.size
    if each > MOST:
        return 0, f"no Jacobian: one sample's has {model.widths[-1]} x {model.size} numbers"
    return min(len(target), max(1, QUICK // each)), ""


def _check(theta: np.ndarray, model: Chain) -> np.ndarray:
    theta = np.asarray(theta, dtype=float)
    if theta.shape != (model.size,):
        raise ValueError(f"theta of shape {theta.shape}: this model has ({model.size},) parameters")
    return theta
