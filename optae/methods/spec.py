"""The registry's entry of a method: what it needs, its options, and how to make it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..registry import unknown
from ..text import quoted
from ..training.contract import Method
from .first_order import optax as optax_methods
from .first_order import torch as torch_methods
from .first_order.lbfgs import LBFGS, QuasiNewton
from .first_order.loop import FirstOrder
from .first_order.rules import Rule
from .gauss_newton.damping import Damping
from .gauss_newton.method import GaussNewton
from .powell.method import PowellFast
from .restarts import Restarted
from .scipy import Annealing, BasinHopping, Evolution, LeastSquares, Minimize

Option = bool | int | float | str | None  # the default None marks an optional whole number
LARGEST = 10**9  # of an option that is a whole number
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
Builder = Callable[..., Method]


@dataclass(frozen=True)
class MethodSpec:
    """One line of the registry; called with options, it makes the method."""

    build: Builder
    options: Mapping[str, Option]  # name to default
    needs: str  # value, gradient, Hessian product, Hessian, residuals
    scale: str  # number of parameters up to which it is a sensible choice
    source: str
    batch: str = "full"  # or "full or stochastic"
    random: bool = False  # whether the method draws random numbers besides those of start and noise
    engine: str = "numpy"  # the engine that it runs on by default
    own: str = ""  # of a user's own method: its kind, and the digest of its file

    def __call__(self, **options: Option) -> Method:
        """Return the method. Raises ValueError for an unknown option or a value that does not fit."""
        for name, value in options.items():
            if name not in self.options:
                raise ValueError(
                    unknown("option", name, self.options) if self.options else f"no option '{name}'"
                )
            _check_kind(name, value, self.options[name])
        given = {name: _whole(value, self.options[name]) for name, value in options.items()}
        return self.build(**{**self.options, **given})

    def read(self, texts: Mapping[str, str]) -> dict[str, Option]:
        """Return typed options, each converted to the type of its default. Raises ValueError."""
        for name in texts:
            if name not in self.options:
                raise ValueError(unknown("option", name, self.options))
        return {name: _read(name, text, self.options[name]) for name, text in texts.items()}


def restartable(spec: MethodSpec) -> MethodSpec:
    """Return the entry of a method that ends by itself, with an option for fresh starts, by default none."""

    def build(restarts: int | None, **options: Option) -> Method:
        method = spec.build(**options)
        return Restarted(method, restarts) if restarts else method

    return replace(spec, build=build, options={**spec.options, "restarts": None})


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """Return the name and the options of a method as typed. Raises ValueError.

    >>> split_options("adam:lr=3e-3,batch=8"), split_options("mine.py:Lion")
    (('adam', {'lr': '3e-3', 'batch': '8'}), ('mine.py:Lion', {}))
    """
    name, _, tail = text.rpartition(":") if "=" in text.rpartition(":")[2] else (text, "", "")
    parts = [part.strip() for part in tail.split(",") if part.strip()]
    for part in parts:
        if not name or "=" not in part:
            remedy = "write name:key=value,key=value, such as adam:lr=3e-3,batch=8"
            raise ValueError(f"method {quoted(text)}: {remedy}")
    halves = [part.partition("=") for part in parts]
    return name, {key.strip(): value.strip() for key, _, value in halves}


def rule(kind: type[Rule], scale: str = "any size") -> MethodSpec:
    """Return the entry of a first-order rule."""

    def build(batch: int | None, shuffle: bool, **options: Any) -> FirstOrder:
        for name, value in options.items():
            _check_range(name, value)
        return FirstOrder(kind(**options), batch, shuffle)

    return MethodSpec(
        build,
        {**_defaults(kind), "batch": None, "shuffle": True},
        "gradient",
        scale,
        _source(kind),
        "full or stochastic",
    )


def quasi_newton(scale: str, source: str) -> MethodSpec:
    """Return the entry of optae's own L-BFGS."""

    def build(**options: Any) -> QuasiNewton:
        return QuasiNewton(LBFGS(**options))

    options = {name: default for name, default in _defaults(LBFGS).items() if name != "value"}
    return MethodSpec(build, options, "gradient", scale, source)


def minimize(
    name: str,
    needs: str,
    scale: str,
    source: str,
    limits: str = "maxiter",
    up_to: float = np.inf,
    **options: Option,
) -> MethodSpec:
    """Return the entry of a method of scipy.optimize.minimize, with SciPy's defaults."""
    curvature = {"Hessian product": "product", "Hessian": "matrix"}.get(needs, "")

    def build(**options: Option) -> Minimize:
        return Minimize(name, options, needs != "value", curvature, up_to, tuple(limits.split()))

    return restartable(MethodSpec(build, options, needs, scale, source))


def least_squares(name: str, scale: str, source: str, **options: Option) -> MethodSpec:
    """Return the entry of a method of scipy.optimize.least_squares."""
    spec = MethodSpec(lambda **options: LeastSquares(name, options), options, "residuals", scale, source)
    return restartable(spec)


def gauss_newton(scale: str, source: str) -> MethodSpec:
    """Return the entry of optae's own Levenberg-Marquardt method."""

    def build(restarts: int, solver: str, **options: Any) -> Restarted:
        return Restarted(GaussNewton(Damping(**options), solver), restarts)

    return MethodSpec(
        build, {**_defaults(Damping), "restarts": 100, "solver": "auto"}, "Gauss-Newton matrix", scale, source
    )


def in_a_box(
    kind: type[Annealing] | type[Evolution],
    needs: str,
    scale: str,
    source: str,
    up_to: float,
    **options: Option,
) -> MethodSpec:
    """Return the entry of a random search of scipy.optimize in a box, for at most `up_to` parameters."""

    def build(bound: float, **options: Option) -> Method:
        return kind(bound, options, up_to)

    spec = MethodSpec(build, options, needs, scale, source, random=True)
    return restartable(spec) if kind is Evolution else spec


def basin_hopping(scale: str, source: str, **options: Option) -> MethodSpec:
    """Return the entry of scipy.optimize.basinhopping."""
    return MethodSpec(
        lambda **options: BasinHopping(options), options, "gradient", scale, source, random=True
    )


def compiled_powell(scale: str, source: str, **options: Option) -> MethodSpec:
    """Return the entry of SciPy's Powell method, compiled."""
    return restartable(MethodSpec(PowellFast, options, "value", scale, source))


@lru_cache(maxsize=256)  # its signatures take a while to read
def optax(name: str) -> MethodSpec:
    """Return the entry of an optimizer of optax. Raises ValueError for an unknown name."""

    def build(batch: int | None, shuffle: bool, **options: Option) -> Method:
        return optax_methods.Optax(f"optax:{name}", factory, tuple(sorted(options.items())), batch, shuffle)

    factory = optax_methods.factory(name)
    options = {**optax_methods.defaults(name), "batch": None, "shuffle": True}
    return MethodSpec(build, options, "gradient", "any size", "optax", "full or stochastic", engine="jax")


def torch(name: str) -> MethodSpec:
    """Return the entry of an optimizer of PyTorch. Raises ValueError for an unknown name."""

    def build(batch: int | None, shuffle: bool, **options: Option) -> Method:
        return torch_methods.Torch(name, tuple(sorted(options.items())), batch, shuffle)

    options = {**torch_methods.defaults(name), "batch": None, "shuffle": True}
    return MethodSpec(build, options, "gradient", "any size", "PyTorch", "full or stochastic")


def _defaults(kind: Any) -> dict[str, Any]:
    """Return a dataclass's fields with their defaults."""
    return {field.name: field.default for field in fields(kind)}


def _source(kind: type) -> str:
    """Return the citation in a docstring's first line."""
    line = (kind.__doc__ or "").splitlines()[0]
    return line[line.rindex("(") + 1 : line.rindex(")")] if "(" in line else line


def _read(name: str, text: str, default: Option) -> Option:
    try:
        if isinstance(default, bool):
            return TRUTH[text.lower()]
        if isinstance(default, str):
            return text
        return int(text) if default is None or isinstance(default, int) else float(text)
    except (ValueError, KeyError):
        raise ValueError(f"option {name}={quoted(text)}: give {_kind(default)}") from None


def _check_kind(name: str, value: Option, default: Option) -> None:
    if not _fits(value, default):
        raise ValueError(f"option {name}={value!r}: give {_kind(default)}")


def _fits(value: Option, default: Option) -> bool:
    """Return whether a value has the type of its option's default."""
    if isinstance(default, bool | str):
        return isinstance(value, type(default))
    if default is None and value is None:
        return True
    whole = int | np.integer
    if isinstance(value, bool) or not isinstance(
        value, whole if default is None else whole | float | np.floating
    ):
        return False
    if isinstance(default, float):
        return abs(value) <= sys.float_info.max
    return abs(value) <= LARGEST and value == int(value)


def _whole(value: Option, default: Option) -> Option:
    """Return a whole number as an int if the option takes one."""
    wanted = isinstance(default, int) and not isinstance(default, bool)
    return int(value) if wanted and isinstance(value, float) else value


def _check_range(name: str, value: float) -> None:
    if name in ("lr", "learning_rate", "eps") and not 0 < value < np.inf:
        raise ValueError(f"{name}={value}: give a positive number")
    if name in ("b1", "b2", "mass") and not 0 <= value < 1:
        raise ValueError(f"{name}={value}: give a number from 0 to below 1")
    if name == "decay" and not 0 <= value < 1:
        raise ValueError(f"decay={value}: give a number from 0 to below 1")


def _kind(default: Option) -> str:
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, str):
        return f"a word such as '{default}'"
    whole = default is None or isinstance(default, int)
    return f"a whole number up to {LARGEST:,}" if whole else f"a number such as {default:g}"
