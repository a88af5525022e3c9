"""The curvature of a trained loss: eigenvalues, spectral density, trace, sharpness, effective dimension.

Two matrices are measured: the Hessian, and the generalised Gauss-Newton matrix J^T H J, which is the Fisher
matrix for bce and cross_entropy and has no negative eigenvalue (Schraudolph, 2002). Neither is formed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..engines.draw import Draw
from ..engines.slices import slices
from ..engines.streams import CURVATURE, REFEREE, stream
from ..model.chain import Chain
from ..model.derivatives import gauss_newton_product, hvp
from ..statistics.lanczos import Product, Spectrum, lanczos, spectrum, whole

Multiply = Callable[[Chain, np.ndarray, np.ndarray, Draw], np.ndarray]
MATRICES: dict[str, Multiply] = {"hessian": hvp, "gauss-newton": gauss_newton_product}
ROOM = 5e7  # most numbers of Lanczos vectors that exist at once: 400 MB
TOP, PROBES, STEPS = 10, 8, 100
SAMPLES = 2_000
EXACT = 3_000  # parameters up to which all eigenvalues are computed
TIGHT, LOOSE = 1e-10, 1e-6  # errors of eigenvalues, of the largest in size


@dataclass(frozen=True, eq=False)
class Curvature:
    """What is known of one matrix at one vector."""

    matrix: str
    top: np.ndarray  # (count,), the largest eigenvalues, descending
    errors: np.ndarray  # (count,), each is within this distance of an eigenvalue
    lowest: float  # an estimate from above of the smallest eigenvalue
    spectrum: Spectrum


def curvature(
    model: Chain,
    theta: np.ndarray,
    draw: Draw,
    matrix: str = "hessian",
    count: int = TOP,
    probes: int | None = None,
    steps: int = STEPS,
    seed: int = 0,
) -> Curvature:
    """Return the curvature of a model's loss at theta (size,) on a draw.

    The `count` largest eigenvalues take as many products as they need, and are as exact as `errors` says. All
    eigenvalues of up to `EXACT` parameters are computed, unless `probes` is given: then, and for larger
    networks, that many random vectors (by default 8) with `steps` products each estimate their density.
    Raises ValueError for a theta at which products are not finite.
    """
    times, rng = product(model, theta, draw, matrix), stream(seed, CURVATURE)
    count = min(count, model.size)
    outer = lanczos(times, rng.standard_normal(model.size), _room(model.size), count, TIGHT)
    last = slice(None, -count - 1, -1)
    if probes is None and model.size <= EXACT:
        density = whole(times, model.size)
    else:
        density = spectrum(times, model.size, probes or PROBES, min(steps, _room(model.size)), rng)
    lowest = min(float(outer.values[0]), float(np.nanmin(density.values)))
    return Curvature(matrix, outer.values[last], outer.errors[last], lowest, density)


def draw_of(model: Chain, x: np.ndarray, y: np.ndarray | None = None, samples: int = SAMPLES) -> Draw:
    """Return a draw of at most this number of the data's samples x (n, d) and targets y, evenly chosen.

    The noise of a random model is the first of the referee's.
    """
    chosen = np.linspace(0, len(x) - 1, min(samples, len(x))).astype(int)
    return model.draw(x[chosen], stream(0, REFEREE), None if y is None else y[chosen])


def sharpness(
    model: Chain, thetas: Iterable[np.ndarray], draw: Draw, matrix: str = "hessian", seed: int = 0
) -> list[float]:
    """Return the largest eigenvalue at each theta (size,), nan where products are not finite.

    Gradient descent with rate r is stable while it is below 2 / r (Cohen et al., 2021).
    """
    return [_largest(product(model, theta, draw, matrix), model.size, seed) for theta in thetas]


def product(model: Chain, theta: np.ndarray, draw: Draw, matrix: str) -> Product:
    """Return the function that multiplies a vector (size,) by one of `MATRICES`, in slices of large data."""
    multiply, n = MATRICES[matrix], len(draw.x)
    pieces = slices(n, draw.x.shape[1])
    if len(pieces) == 1:
        return lambda v: multiply(model, theta, v, draw)
    shares = [(draw.at(at), (at.stop - at.start) / n) for at in pieces]

    def times(v: np.ndarray) -> np.ndarray:
        total = np.zeros(model.size)
        for part, share in shares:
            total += share * multiply(model, theta, v, part)
        return total

    return times


def _largest(times: Product, size: int, seed: int) -> float:
    try:
        start = stream(seed, CURVATURE).standard_normal(size)
        return float(lanczos(times, start, _room(size), 1, LOOSE).values[-1])
    except ValueError:
        return float("nan")


def _room(size: int) -> int:
    return max(2, int(ROOM / size))
