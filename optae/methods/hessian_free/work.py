"""The operations of truncated Gauss-Newton steps, besides those of the loss and its gradient."""

from ...engines.cost import layers, product, weights
from ...model.chain import Chain
from .rules import REFRESH, Rules


def work(model: Chain, rules: Rules, before: int, steps: int, batch: int, counted: float) -> float:
    """Return the operations of `steps` steps after the first `before` ones, with `counted` products in all.

    Besides these each step takes a product for its start and the losses of two iterates, at least.
    """
    few, full = rules.part(batch), layers(model)
    first = weights(model.networks[0])[0]
    pushed, pulled = 2.0 * few * (2 * full - first), 2.0 * few * (2 * full - first)
    each = 2.0 * few * full + (pushed + pulled) + 2 * 2.0 * batch * full
    operations = steps * each + counted * (pushed + pulled)
    if rules.preconditioner == "fisher":
        return operations + steps * 2.0 * few * (3 * full - first)
    if rules.preconditioner == "nystrom":
        rank, size = min(rules.rank, model.size), model.size
        sketches = -(-(before + steps) // REFRESH) - -(-before // REFRESH)
        operations += sketches * (rank * (pushed + pulled) + 3 * product(rank, size, rank))
        operations += (counted + steps) * 2 * product(size, rank, 1)
    return operations
