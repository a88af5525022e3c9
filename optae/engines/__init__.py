"""Ways to differentiate a model's loss, and to take many steps over it.

Only an engine knows which array library is at work. An engine is a module with these functions:

    value(model)            (theta, draw) -> value
    value_and_grad(model)   (theta, draw) -> (value, grad)
    hvp(model)              (theta, v, draw) -> Hessian times v
    residuals(model)        (theta, draw) -> (n d,)
    jacobian(model)         (theta, draw) -> (n d, size)
    repeat(step)            (carry, draw, count) -> (carry, values): `step` count times on one draw
    scan(step)              (carry, draws) -> (carry, values): `step` along the draws' first axis
    array(x)                the data, where the engine wants them
    SLICE                   numbers of the data that a value is computed from at once, where there are many
    CHUNK                   the most steps that `repeat` takes in one call
    prices(model, samples)  the operations of each kind of evaluation: see `optae.engines.cost`
    compiled(f)             f, compiled where the engine does, inside `clock.compiling`
    threads()               how many threads its products have now
    xp                      the array library

and, where it can take a step of several runs at once, with these two:

    lanes(step, shared)     `step` of S carries, on a draw that they share or each on its own
    stack(carries)          S carries as one, a lane each along the first axis
"""

from importlib import import_module
from types import ModuleType

from ..registry import unknown
from .contract import Array as Array

ENGINES = ("numpy", "autograd", "jax")


def engine(name: str | ModuleType) -> ModuleType:
    """The engine of that name, imported only now: nobody needs JAX to use NumPy."""
    if isinstance(name, ModuleType):
        return name
    if name not in ENGINES:
        raise ValueError(unknown("engine", name, ENGINES))
    return import_module(f".{name}", __package__)
