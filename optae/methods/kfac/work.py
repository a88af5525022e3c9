"""The operations of K-FAC's steps, besides those of the loss and its gradient."""

from itertools import pairwise

from ...engines.cost import cholesky, layers, product, triangular, weights
from ...model.chain import Chain
from .rules import FIRST, WATCH, WHOLE, Rules

CANDIDATES = 3  # values of gamma in a search


def work(model: Chain, rules: Rules, before: int, steps: int, batch: int) -> float:
    """Return the operations of `steps` steps after the first `before` ones."""
    after = before + steps
    searches = after // rules.refresh - before // rules.refresh
    watches = after // WATCH - before // WATCH
    early = sum(1 for k in range(before + 1, min(after, FIRST) + 1) if k % rules.refresh)
    each = _factors(model, rules.part(rules.statistics, batch))
    pushed = _pushed(model, rules.part(rules.model, batch))
    proposals = steps + CANDIDATES * searches
    operations = steps * (each + pushed["forward"] + pushed["tangent"])
    operations += proposals * (_scaled(model) + pushed["tangent"])
    operations += (early + (1 + CANDIDATES) * searches) * _inversions(model)
    return operations + watches * 2.0 * batch * layers(model)


def _factors(model: Chain, samples: int) -> float:
    """Return the operations of the factors: a pass, its inputs' derivatives, and second moments."""
    full, first = layers(model), weights(model.networks[0])[0]
    moments = sum(product(side, samples, side) for pair in _sides(model) for side in pair)
    return 2.0 * samples * (2 * full - first) + moments


def _pushed(model: Chain, samples: int) -> dict[str, float]:
    """Return the operations of a pass, and of a tangent through it."""
    full, first = layers(model), weights(model.networks[0])[0]
    return {"forward": 2.0 * samples * full, "tangent": 2.0 * samples * (2 * full - first)}


def _scaled(model: Chain) -> float:
    """Return the operations of A^-1 V G^-1 in all layers."""
    return sum(product(a, a, g) + product(a, g, g) for a, g in _sides(model))


def _inversions(model: Chain) -> float:
    """Return the operations of all inverses."""
    return sum(_inversion(side) for pair in _sides(model) for side in pair)


def _inversion(side: int) -> float:
    """Return the operations of an inverse: by Cholesky, or by halves with four products."""
    if side <= WHOLE:
        return cholesky(side) + 2 * triangular(side, side)
    first, second = side // 2, side - side // 2
    products = (
        product(first, first, second) + 2 * product(first, second, second) + product(first, second, first)
    )
    return _inversion(first) + _inversion(second) + products


def _sides(model: Chain) -> list[tuple[int, int]]:
    """Return the sides of every layer's two factors."""
    pairs = [pair for network in model.networks for pair in pairwise(network.widths)]
    return [(fan_in + model.bias, fan_out) for fan_in, fan_out in pairs]
