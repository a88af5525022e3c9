"""One cost axis for all methods: forward-pass equivalents, by counting matrix products.

A dense layer's forward pass is one product of (n, a) by (a, b). Products of that size, per layer, in the
hand-written derivatives of `optae.network` and `optae.autoencoder`:

    value            forward 1                                                             1
    gradient         pull: the weights' gradient 1, the input's 1; beyond the value        2
    Hessian product  forward 1; push 2; pull_tangent: the weights' 2, dy 1, ddy 2          8
                     (Pearlmutter, 1994; the first-order weights' gradient is not formed)
    Jacobian         forward 1; sensitivities: each of d outputs is pulled back, 2         1 + 2 d

The first layer saves some, since nobody wants the data's derivative (1, 1, 3 of 1, 2, 8); activations, biases
and the optimiser's own arithmetic are not counted. A minibatch costs its share of the data: a trace counts in
evaluations on all the data. So Powell, Adam on minibatches and trust-krylov share an axis, on any engine.
"""

from collections.abc import Mapping
from typing import Any

VALUE, GRADIENT, HESSIAN_PRODUCT = 1.0, 2.0, 8.0
KINDS = ("value", "grad", "hvp", "jacobian")


def prices(outputs: int) -> dict[str, float]:
    """Forward passes that one evaluation of each of `KINDS` costs, for a model of that many outputs.

    >>> prices(35)
    {'value': 1.0, 'grad': 2.0, 'hvp': 8.0, 'jacobian': 71.0}
    """
    costs = (VALUE, GRADIENT, HESSIAN_PRODUCT, VALUE + GRADIENT * outputs)
    return dict(zip(KINDS, costs, strict=True))


def passes(counts: Mapping[str, Any], outputs: int) -> Any:
    """Forward-pass equivalents of so many evaluations of each kind: numbers, or columns of them.

    >>> passes({"value": 10, "grad": 10}, 35)
    30.0
    """
    return sum(price * counts.get(kind, 0) for kind, price in prices(outputs).items())
