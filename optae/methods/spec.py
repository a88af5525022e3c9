"""A method by name: what it needs, which options it takes, and how to make one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..registry import unknown
from .first_order import optax as optax_methods
from .first_order.loop import FirstOrder
from .gauss_newton.damping import Damping
from .gauss_newton.method import GaussNewton
from .powell.method import PowellFast
from .scipy import Annealing, BasinHopping, Evolution, LeastSquares, Minimize


@dataclass(frozen=True)
class MethodSpec:
    """One line of the registry. Called with options, it makes the method."""

    build: Callable[..., Any]
    options: Mapping[str, Any]  # name to default; None: a whole number, or nothing
    needs: str  # value, gradient, Hessian product, Hessian, residuals
    scale: str  # up to how many parameters it is a sensible choice
    source: str
    batch: str = "full"  # or "full or stochastic"
    random: bool = False  # whether the method itself draws random numbers, beside start and noise

    def __call__(self, **options: Any) -> Any:
        """The method. Raises ValueError for an unknown option or a value that does not fit."""
        for name, value in options.items():
            if name not in self.options:
                raise ValueError(
                    unknown("option", name, self.options) if self.options else f"no option '{name}'"
                )
            _check_kind(name, value, self.options[name])
        return self.build(**{**self.options, **options})

    def read(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Options as people type them, in their own types."""
        for name in texts:
            if name not in self.options:
                raise ValueError(unknown("option", name, self.options))
        return {name: _read(name, text, self.options[name]) for name, text in texts.items()}


def rule(kind: type, scale: str = "any size") -> MethodSpec:
    """A first-order rule."""
    own = {f.name: f.default for f in fields(kind)}

    def build(batch: int | None, shuffle: bool, **options: Any) -> FirstOrder:
        return FirstOrder(kind(**options), batch, shuffle)

    return MethodSpec(
        build, {**own, "batch": None, "shuffle": True}, "gradient", scale, _source(kind), "full or stochastic"
    )


def minimize(
    name: str,
    needs: str,
    scale: str,
    source: str,
    limits: str = "maxiter",
    up_to: float = np.inf,
    **options: Any,
) -> MethodSpec:
    """A method of scipy.optimize.minimize, with SciPy's own defaults."""
    curvature = {"Hessian product": "product", "Hessian": "matrix"}.get(needs, "")

    def build(**options: Any) -> Minimize:
        return Minimize(name, options, needs != "value", curvature, up_to, tuple(limits.split()))

    return MethodSpec(build, options, needs, scale, source)


def least_squares(name: str, scale: str, source: str, **options: Any) -> MethodSpec:
    """A method of scipy.optimize.least_squares."""
    return MethodSpec(lambda **options: LeastSquares(name, options), options, "residuals", scale, source)


def gauss_newton(scale: str, source: str) -> MethodSpec:
    """Our own Levenberg-Marquardt."""
    rules = {f.name: f.default for f in fields(Damping)}

    def build(restarts: int, solver: str, **options: Any) -> GaussNewton:
        return GaussNewton(Damping(**options), restarts, solver)

    return MethodSpec(
        build, {**rules, "restarts": 100, "solver": "auto"}, "Gauss-Newton matrix", scale, source
    )


def annealing(scale: str, source: str, up_to: float, **options: Any) -> MethodSpec:
    """scipy.optimize.dual_annealing."""
    return MethodSpec(
        lambda bound, **options: Annealing(bound, options, up_to),
        options,
        "gradient",
        scale,
        source,
        random=True,
    )


def evolution(scale: str, source: str, up_to: float, **options: Any) -> MethodSpec:
    """scipy.optimize.differential_evolution."""
    return MethodSpec(
        lambda bound, **options: Evolution(bound, options, up_to),
        options,
        "value",
        scale,
        source,
        random=True,
    )


def basin_hopping(scale: str, source: str, **options: Any) -> MethodSpec:
    """scipy.optimize.basinhopping."""
    return MethodSpec(
        lambda **options: BasinHopping(options), options, "gradient", scale, source, random=True
    )


def compiled_powell(scale: str, source: str, **options: Any) -> MethodSpec:
    """SciPy's Powell, compiled."""
    return MethodSpec(PowellFast, options, "value", scale, source)


def optax(name: str) -> MethodSpec:
    """An optimizer of optax."""

    def build(batch: int | None, shuffle: bool, **options: Any) -> Any:
        return optax_methods.Optax(name, tuple(sorted(options.items())), batch, shuffle)

    options = {**optax_methods.defaults(name), "batch": None, "shuffle": True}
    return MethodSpec(build, options, "gradient", "any size", "optax", "full or stochastic")


def _source(kind: type) -> str:
    """The part of a docstring's first line that cites."""
    line = (kind.__doc__ or "").splitlines()[0]
    return line[line.rindex("(") + 1 : line.rindex(")")] if "(" in line else line


def _read(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[
                text.lower()
            ]
        if isinstance(default, str):
            return text
        return int(text) if default is None or isinstance(default, int) else float(text)
    except (ValueError, KeyError):
        raise ValueError(f"option {name}='{text}': give {_kind(default)}") from None


def _check_kind(name: str, value: Any, default: Any) -> None:
    if isinstance(default, bool | str):
        good = isinstance(value, type(default))
    elif default is None:
        good = value is None or isinstance(value, int | np.integer)
    else:
        good = (
            isinstance(value, int | float | np.number)
            and not isinstance(value, bool)
            and bool(np.isfinite(value))
        )
        good = good and (not isinstance(default, int) or value == int(value))
    if not good:
        raise ValueError(f"option {name}={value!r}: give {_kind(default)}")


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, str):
        return f"a word such as '{default}'"
    return (
        "a whole number" if default is None or isinstance(default, int) else f"a number such as {default:g}"
    )
