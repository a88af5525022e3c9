"""The ways to make a registry entry: one function for each kind of method."""

from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from ..training.contract import Method
from .compiled.batches import Batches
from .first_order import optax_names
from .first_order import torch as torch_methods
from .first_order.lbfgs import LBFGS, QuasiNewton
from .first_order.loop import FirstOrder
from .first_order.optax import Optax
from .first_order.rules import Rule
from .gauss_newton.damping import Damping
from .gauss_newton.method import GaussNewton
from .hessian_free import rules as hessian_free
from .hessian_free.method import HessianFree
from .kfac import rules as kfac
from .kfac.method import KFAC
from .powell.method import PowellFast
from .restarts import Restarted
from .scipy import LeastSquares, Minimize
from .scipy_searches import Annealing, BasinHopping, Evolution
from .spec import MethodSpec, Option, rates, restartable


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
    """Return the entry of optae's own Levenberg-Marquardt method, which has other steps on batches."""
    whole = {**_defaults(Damping), "restarts": 100, "solver": "auto"}

    def build(batch: int | None, shuffle: bool, **options: Any) -> Method:
        if batch is not None:
            return Batches(HessianFree(_on_batches(options, whole)), batch, shuffle)
        restarts, solver = options.pop("restarts"), options.pop("solver")
        return Restarted(GaussNewton(Damping(**options), solver), restarts)

    options = {**whole, "batch": None, "shuffle": True}
    needs, later = "Gauss-Newton matrix", ("batch", "shuffle")
    return MethodSpec(build, options, needs, scale, source, "full or batches", later=later)


def _on_batches(options: dict[str, Any], whole: dict[str, Any]) -> hessian_free.Rules:
    """Return the rules of `lm` on batches. Raises ValueError for an option that only all the data have."""
    for name, value in options.items():
        if name != "damping" and value != whole[name]:
            raise ValueError(f"{name}={value} is for `lm` on all the data: leave it or `batch` out")
    return hessian_free.Rules(damping=options["damping"], keep=hessian_free.WHOLLY, preconditioner="nystrom")


def kronecker(scale: str, source: str) -> MethodSpec:
    """Return the entry of K-FAC."""

    def build(batch: int | None, shuffle: bool, growth: float, **options: Any) -> Batches:
        return Batches(KFAC(kfac.Rules(**options)), batch, shuffle, growth)

    options = {**_defaults(kfac.Rules), "growth": 0.0, "batch": None, "shuffle": True}
    return MethodSpec(
        build, options, "Gauss-Newton product", scale, source, "full or stochastic", random=True, engine="jax"
    )


def truncated(scale: str, source: str) -> MethodSpec:
    """Return the entry of Hessian-free optimisation."""

    def build(batch: int | None, shuffle: bool, growth: float, **options: Any) -> Batches:
        return Batches(HessianFree(hessian_free.Rules(**options)), batch, shuffle, growth)

    options = {**_defaults(hessian_free.Rules), "growth": 0.0, "batch": None, "shuffle": True}
    return MethodSpec(
        build, options, "Gauss-Newton product", scale, source, "full or stochastic", engine="jax"
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
    """Return the entry of an optimizer of optax or optax.contrib. Raises ValueError for an unknown name."""

    def build(batch: int | None, shuffle: bool, **options: Option) -> Method:
        given = {option: value for option, value in options.items() if value == value}  # nan is for none
        made = optax_names.Named(name), tuple(sorted(given.items()))
        return Optax(f"optax:{name}", *made, batch, shuffle, optax_names.reason(name))

    options = {**optax_names.defaults(name), "batch": None, "shuffle": True}
    return MethodSpec(
        build,
        options,
        "gradient",
        "any size",
        "optax",
        "full or stochastic",
        engine="jax",
        ranges=rates(options),
    )


def torch(name: str) -> MethodSpec:
    """Return the entry of an optimizer of PyTorch. Raises ValueError for an unknown name."""

    def build(batch: int | None, shuffle: bool, **options: Option) -> Method:
        return torch_methods.Torch(name, tuple(sorted(options.items())), batch, shuffle)

    options = {**torch_methods.defaults(name), "batch": None, "shuffle": True}
    return MethodSpec(
        build, options, "gradient", "any size", "PyTorch", "full or stochastic", ranges=rates(options)
    )


def _defaults(kind: Any) -> dict[str, Any]:
    """Return a dataclass's fields with their defaults."""
    return {field.name: field.default for field in fields(kind)}


def _source(kind: type) -> str:
    """Return the citation in a docstring's first line."""
    line = (kind.__doc__ or "").splitlines()[0]
    return line[line.rindex("(") + 1 : line.rindex(")")] if "(" in line else line


def _check_range(name: str, value: float) -> None:
    if name in ("lr", "learning_rate", "eps") and not 0 < value < np.inf:
        raise ValueError(f"{name}={value}: give a positive number")
    if name in ("b1", "b2", "mass") and not 0 <= value < 1:
        raise ValueError(f"{name}={value}: give a number from 0 to below 1")
    if name == "decay" and not 0 <= value < 1:
        raise ValueError(f"decay={value}: give a number from 0 to below 1")
