"""A user's own method: `mine.py:Lion`, an object given to `fit`, or a name that a script or a package adds.

An object is of one of these kinds:

rule    a frozen dataclass with `init` and `update`, an instance of one, or a pair of such functions
scipy   a function in SciPy's convention for minimizers, f(fun, x0, args=(), **options)
random  such a function with a parameter `rng`
optax   a gradient transformation of optax
method  a frozen dataclass with `refuses` and `run`, as `training.contract` has it

A function whose parameters all have defaults makes an object of one of these kinds. The options of a method
are its fields, or its parameters with a default, if these are numbers, booleans or words.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import lru_cache, partial
from importlib.metadata import EntryPoint
from inspect import Parameter, getsourcefile, signature
from types import FunctionType
from typing import Any

from ..plugins import Source, find, source_of, split
from ..registry import loaded
from ..text import fault
from ..training.contract import Method
from .custom import OFFERED, Custom
from .first_order.functions import Functions
from .first_order.loop import FirstOrder
from .first_order.optax import Optax
from .first_order.rules import Rule
from .spec import MethodSpec, Option, rates, restartable

WAYS = (
    "write a frozen dataclass with init and update, a function f(fun, x0, args=(), **options), or a gradient"
    " transformation of optax"
)
NEEDS = {"hess": "Hessian", "hessp": "Hessian product", "jac": "gradient"}  # by a function's parameter
EPOCHS: Mapping[str, Option] = {"batch": None, "shuffle": True}


@dataclass(frozen=True)
class Blueprint:
    """The kind of a method's object, the function that makes it, and its options."""

    kind: str
    make: Callable[..., object]
    options: Mapping[str, Option]
    needs: str = ""  # derivatives that a function's parameters name


@dataclass(frozen=True)
class Kind:
    """How the methods of a kind run: their needs, and the function that makes one of an object and a name."""

    method: Callable[..., Method]
    needs: str = "value"
    epochs: bool = False
    random: bool = False
    engine: str = "numpy"

    def spec(self, name: str = "", plan: Blueprint | None = None, own: str = "") -> MethodSpec:
        """Return the registry's entry; without a plan, that of a method whose file is not available."""
        options = {**(plan.options if plan else {}), **(EPOCHS if self.epochs else {})}

        def build(batch: int | None = None, shuffle: bool = True, **words: Option) -> Method:
            if plan is None:
                raise ValueError(f"method '{name}' is known only by its record: its file is needed")
            made = _made(plan, name, words)
            return self.method(made, name, batch, shuffle) if self.epochs else self.method(made, name)

        batch = "full or stochastic" if self.epochs else "full"
        needs = (plan and plan.needs) or self.needs
        words = options, needs, "", "your own", batch, self.random, self.engine, own, rates(options)
        spec = MethodSpec(build, *words)
        return restartable(spec) if self.method is Custom else spec


KINDS = {
    "rule": Kind(lambda rule, name, *batches: FirstOrder(rule, *batches), "gradient", epochs=True),
    "scipy": Kind(Custom),
    "random": Kind(Custom, random=True),
    "optax": Kind(
        lambda made, name, *batches: Optax(name, Ready(made), (), *batches),
        "gradient", epochs=True, engine="jax",
    ),
    "method": Kind(lambda method, name: method, random=True),
}  # fmt: skip


@dataclass(frozen=True)
class Ready:
    """A factory that returns an existing object; equal factories share compiled code."""

    made: Any

    def __call__(self) -> Any:
        """Return the object."""
        return self.made


def in_file(word: str) -> MethodSpec:
    """Return the entry of `mine.py:Lion`, whose file is run as code. Raises ValueError of one line."""
    return _in_file(word, source_of(split(word)[0]).digest)


def in_package(name: str, entry: EntryPoint) -> MethodSpec:
    """Return the entry of a method that an installed package adds. Raises ValueError if that fails."""
    thing = loaded(entry)
    return spec_of(thing, name, defined(thing).digest)


def remembered(name: str, own: str) -> MethodSpec:
    """Return the entry of a method from its record, "rule 3fa9c2d1e8b0", without its file."""
    kind = own.partition(" ")[0]
    if kind not in KINDS:
        raise ValueError(f"method '{name}' is of an unknown kind '{kind}'")
    return KINDS[kind].spec(name, own=own)


def spec_of(thing: object, name: str, digest: str = "") -> MethodSpec:
    """Return the entry of an object of one of the kinds. Raises ValueError that names what it lacks."""
    plan = blueprint(thing, name)
    return KINDS[plan.kind].spec(name, plan, f"{plan.kind} {digest}".strip())


def method_of(thing: object) -> Method:
    """Return an object as a method that `fit` takes. Raises ValueError that names what it lacks."""
    if isinstance(thing, Method) and not isinstance(thing, type):
        return thing
    return (thing if isinstance(thing, MethodSpec) else spec_of(thing, _name(thing)))()


def blueprint(thing: object, name: str) -> Blueprint:
    """Return how methods are made of an object. Raises ValueError that names what it lacks."""
    if isinstance(thing, type):
        return Blueprint(_kind_of_class(thing, name), thing, _fields(thing, name))
    if isinstance(thing, tuple):
        return _of_tuple(thing, name)
    if is_dataclass(thing) and not isinstance(thing, type):
        defaults = {key: vars(thing)[key] for key in _fields(type(thing), name)}
        return Blueprint(_kind_of_class(type(thing), name), partial(replace, thing), defaults)
    if callable(thing):
        return _of_function(thing, name)
    raise ValueError(f"'{name}' is a value ({type(thing).__name__}), not a method: {WAYS}")


@lru_cache(maxsize=256)
def _in_file(word: str, digest: str) -> MethodSpec:
    thing, _ = find(word, "method")
    return spec_of(thing, word, digest)


def _name(thing: object) -> str:
    return thing.__name__ if isinstance(thing, type | FunctionType) else type(thing).__name__


def _kind_of_class(cls: type, name: str) -> str:
    if not is_dataclass(cls):
        raise ValueError(f"'{name}' is a class without fields, not a method: {WAYS}")
    if issubclass(cls, Method):
        return "method"
    lacking = [word for word in ("init", "update") if word not in dir(cls)]
    if lacking:
        raise ValueError(f"'{name}' has no {' and no '.join(lacking)}: {WAYS}")
    if not issubclass(cls, Rule):
        raise ValueError(f"'{name}' can be changed: write @dataclass(frozen=True) above it")
    return "rule"


def _of_tuple(pair: tuple[Any, ...], name: str) -> Blueprint:
    """Return the blueprint of optax's named tuple (init, update), or of two functions."""
    if isinstance(pair, Rule):
        return Blueprint("optax", Ready(pair), {})
    if len(pair) != 2 or not all(map(callable, pair)):
        raise ValueError(f"'{name}' is a tuple, not a method: give two functions, (init, update)")
    initial, step = pair
    options = {key: word for key, word in _parameters(step).items() if key != "xp"}

    def make(**words: Option) -> Functions:
        return Functions(initial, step, tuple(sorted(words.items())))

    return Blueprint("rule", make, options)


def _of_function(function: Callable[..., object], name: str) -> Blueprint:
    """Return the blueprint of a function in SciPy's convention, or of one that makes an object."""
    parameters = signature(function).parameters
    first = [p for p in parameters.values() if p.default is Parameter.empty and p.kind in POSITIONAL]
    options = {key: word for key, word in _parameters(function).items() if key not in OFFERED}
    if len(first) >= 2:
        needs = [NEEDS[p] for p in NEEDS if p in parameters]
        kind = "random" if "rng" in parameters else "scipy"
        return Blueprint(kind, partial(partial, function), options, *needs[:1])
    if first:
        raise ValueError(f"'{name}' takes {first[0].name} alone: {WAYS}")
    made = _made(Blueprint("", function, {}), name, {})
    return Blueprint(blueprint(made, name).kind, function, options)


VALUES = (bool, int, float, str)  # the types of options
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def _made(plan: Blueprint, name: str, words: Mapping[str, Option]) -> Any:
    """Return the object with these options. Raises ValueError of one line if that fails."""
    try:
        return plan.make(**words)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"method '{name}': {fault(error, None)}") from error


def _fields(cls: type, name: str) -> dict[str, Option]:
    """Return the options among a dataclass's fields. Raises ValueError for a field without a default."""
    if not is_dataclass(cls):
        return {}
    own = [field for field in fields(cls) if field.init]
    for field in own:
        if field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"'{name}' has a field '{field.name}' without a default: give it one")
    return {f.name: _typed(f.default, f.type) for f in own if isinstance(f.default, VALUES)}


def _parameters(function: Callable[..., object]) -> dict[str, Option]:
    """Return the options among a function's parameters."""
    known = [p for p in signature(function).parameters.values() if isinstance(p.default, VALUES)]
    return {p.name: _typed(p.default, p.annotation) for p in known}


def _typed(default: Option, annotation: object) -> Option:
    """Return a default, as a float if the annotation says so: `lr: float = 1` takes 0.5 too."""
    return float(default) if annotation in (float, "float") and type(default) is int else default


def defined(thing: object) -> Source:
    """Return the source of the file that defines a class, a function or an object's class.

    Raises ValueError if there is none.
    """
    if isinstance(thing, tuple):
        raise ValueError("a tuple does not say which file defines it: give a function that returns it")
    made = thing if isinstance(thing, type | FunctionType) else type(thing)
    try:
        return source_of(getsourcefile(made) or "")
    except (TypeError, ValueError, OSError):
        raise ValueError(f"no file defines {made.__name__}, so edits would go unseen: use a file") from None
