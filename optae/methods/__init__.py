"""The registry of methods: `METHODS[name](**options).run(problem, theta, trace)`.

To add a method, write it and give it a line here; it then appears on the command line and in the tests.
"""

from collections.abc import Callable
from typing import Any

from ..plugins import is_own
from ..registry import entries, unknown
from . import imported, own, relay
from .first_order import rules as fo
from .first_order.layered.muon import Muon
from .first_order.layered.shampoo import Shampoo
from .first_order.layered.soap import Soap
from .kinds import (
    basin_hopping,
    compiled_powell,
    gauss_newton,
    in_a_box,
    kronecker,
    least_squares,
    minimize,
    optax,
    quasi_newton,
    rule,
    torch,
    truncated,
)
from .scipy_searches import Annealing, Evolution
from .spec import MethodSpec, split_options

# fmt: off
METHODS: dict[str, MethodSpec] = {
    "backprop": rule(fo.GradientDescent).varying(lr="1e-4..1"),
    "momentum": rule(fo.Momentum).varying(lr="1e-4..1", mass="0.5..0.99"),
    "nesterov": rule(fo.Nesterov).varying(lr="1e-4..1", mass="0.5..0.99"),
    "adagrad": rule(fo.Adagrad).varying(lr="1e-3..1"),
    "rmsprop": rule(fo.RMSProp).varying(lr="1e-4..1e-1", decay="0.8..0.999"),
    "adam": rule(fo.Adam).varying(lr="1e-4..1e-1", b1="0.5..0.99", b2="0.9..0.9999"),
    "adamw": rule(fo.AdamW).varying(lr="1e-4..1e-1", decay="1e-6..1e-1"),
    "shampoo": rule(Shampoo).varying(
        lr="1e-3..1e-1", b1="0.5..0.99", b2="0.9..0.9999", every="1..100"),
    "soap": rule(Soap).varying(lr="1e-3..1e-1", b1="0.5..0.99", b2="0.9..0.9999", every="1..100"),
    "muon": rule(Muon).varying(lr="1e-3..1", mass="0.5..0.99", rest="1e-2..1", ends="true,false"),
    "powell": minimize("Powell", "value", "a few thousand", "Powell, 1964", "maxiter maxfev",
        xtol=1e-4, ftol=1e-4),
    "powell-fast": compiled_powell("a few thousand", "Powell, 1964", xtol=1e-4, ftol=1e-4),
    "nelder-mead": minimize("Nelder-Mead", "value", "tens", "Nelder & Mead, 1965", "maxiter maxfev", 5000,
        xatol=1e-4, fatol=1e-4, adaptive=False),
    "cobyqa": minimize("COBYQA", "value", "a hundred", "Ragonneau & Zhang, 2024", "maxiter maxfev", 400,
        initial_tr_radius=1.0, final_tr_radius=1e-6),
    "cg": minimize("CG", "gradient", "any size", "Polak & Ribiere, 1969",
        gtol=1e-5, c1=1e-4, c2=0.4).varying(c2="0.1..0.9"),
    "bfgs": minimize("BFGS", "gradient", "thousands", "Broyden, Fletcher, Goldfarb, Shanno, 1970",
        up_to=3000, gtol=1e-5, xrtol=0.0, c1=1e-4, c2=0.9).varying(c2="0.1..0.99@linear"),
    "l-bfgs": minimize("L-BFGS-B", "gradient", "any size", "Zhu et al., 1997", "maxiter maxfun",
        maxcor=10, ftol=2.2204460492503131e-09, gtol=1e-5, maxls=20).varying(maxcor="2..40"),
    "l-bfgs-short": quasi_newton("any size", "Liu & Nocedal, 1989").varying(
        memory="1..20", max_step="0.1..10"),
    "tnc": minimize("TNC", "gradient", "any size", "Nash, 1984", "maxfun",
        ftol=-1.0, gtol=-1.0, xtol=-1.0, eta=-1.0, stepmx=0.0, rescale=-1.0),
    "slsqp": minimize("SLSQP", "gradient", "hundreds", "Kraft, 1988", up_to=1000, ftol=1e-6),
    "newton-cg": minimize("Newton-CG", "Hessian product", "any size", "Nocedal & Wright, 2006, p. 168",
        xtol=1e-5, c1=1e-4, c2=0.9),
    "trust-ncg": minimize("trust-ncg", "Hessian product", "any size", "Steihaug, 1983",
        gtol=1e-4, initial_trust_radius=1.0, max_trust_radius=1000.0, eta=0.15).varying(
            initial_trust_radius="0.1..10", eta="0.01..0.24@linear"),
    "trust-krylov": minimize("trust-krylov", "Hessian product", "any size", "Gould et al., 1999",
        gtol=1e-4, initial_trust_radius=1.0, max_trust_radius=1000.0, eta=0.15, inexact=True).varying(
            initial_trust_radius="0.1..10", eta="0.01..0.24@linear"),
    "trust-exact": minimize("trust-exact", "Hessian", "a few thousand", "More & Sorensen, 1983",
        up_to=3000, gtol=1e-4, initial_trust_radius=1.0, max_trust_radius=1000.0, eta=0.15).varying(
            initial_trust_radius="0.1..10", eta="0.01..0.24@linear"),
    "lm": gauss_newton("any size", "Marquardt, 1963; Schraudolph, 2002").varying(
        damping="1e-4..10", patience="5..50"),
    "kfac": kronecker("any size", "Martens & Grosse, 2015").varying(damping="1e-1..1e3"),
    "hessian-free": truncated("any size", "Martens, 2010").varying(damping="1e-3..1e2"),
    "least-squares-trf": least_squares("trf", "thousands", "Branch et al., 1999",
        ftol=1e-8, xtol=1e-8, gtol=1e-8, tr_solver="exact", loss="linear", f_scale=1.0),
    "least-squares-lm": least_squares("lm", "hundreds", "More, 1978", ftol=1e-8, xtol=1e-8, gtol=1e-8),
    "dual-annealing": in_a_box(Annealing, "gradient", "hundreds", "Xiang et al., 1997", 20_000,
        bound=5.0, initial_temp=5230.0, restart_temp_ratio=2e-5, visit=2.62, accept=-5.0,
        no_local_search=False),
    "differential-evolution": in_a_box(Evolution, "value", "tens", "Storn & Price, 1997", 500,
        bound=5.0, strategy="best1bin", popsize=15, tol=0.01, recombination=0.7),
    "basin-hopping": basin_hopping("any size", "Wales & Doye, 1997", T=1.0, stepsize=0.5),
}
# fmt: on


def method_spec(word: str) -> MethodSpec:
    """Return the entry of a method's word, the one place where words become methods.

    A word is a name of `METHODS`, `optax:NAME`, `torch:NAME`, `mine.py:NAME` of a user's own file, which is
    run as code, or a name of an installed package's entry point `optae.methods`. Raises ValueError with a
    suggestion.
    """
    if word in METHODS:
        return METHODS[word]
    if relay.is_relay(word):
        return relay_spec(word, method_spec)
    if word.startswith("optax:"):
        return optax(word.removeprefix("optax:"))
    if word.startswith("torch:"):
        return torch(word.removeprefix("torch:"))
    if word.startswith(imported.PREFIX):
        return imported.imported()
    if is_own(word):
        return own.in_file(word)
    if word in (packaged := entries("optae.methods")):
        return own.in_package(word, packaged[word])
    raise ValueError(
        unknown("method", word, [*METHODS, *packaged, "optax:NAME", "torch:NAME", "mine.py:NAME"])
    )


def recorded_spec(word: str, source: str | None) -> MethodSpec:
    """Return the entry of a method in a record, which runs no file of the user's: `source` says its kind."""
    if not source:
        return method_spec(word)
    if not relay.is_relay(word):
        return own.remembered(word, source)
    sources = iter(source.split(", "))
    return relay_spec(word, lambda name: recorded_spec(name, next(sources) if is_own(name) else None))


def relay_spec(word: str, find: Callable[[str], MethodSpec]) -> MethodSpec:
    """Return the entry of methods one after another, each found by its name."""
    found = []
    for text, share in relay.legs(word):
        name, options = split_options(text)
        spec = find(name)
        found.append((text, share, spec, spec.read(options)))
    return relay.spec_of(found)


def register(name: str, method: Any) -> None:
    """Give a user's own method a name in this process; see `own` for what it may be.

    Call it at the top level of a script, which worker processes run too. Raises ValueError for a name that is
    taken, for an object that is not a method, and for one that no file defines.
    """
    if name in METHODS and not METHODS[name].own:
        raise ValueError(f"method '{name}' exists: choose another name")
    METHODS[name] = own.spec_of(method, name, own.defined(method).digest)
