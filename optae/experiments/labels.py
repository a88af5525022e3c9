"""Write a method and its options as they are typed."""

from functools import lru_cache

from ..methods import method_spec
from ..methods.spec import MethodSpec
from ..text import shortest
from .schema import Words


@lru_cache(maxsize=256)
def known_method(name: str) -> MethodSpec:
    """Return the method's entry, from a cache, as those of optax take long to look up."""
    return method_spec(name)


def label(method: str, options: Words) -> str:
    """Return a method with those of its options that differ from the defaults.

    >>> label("adam", {"lr": 0.001, "batch": 8})
    'adam batch=8'
    """
    defaults = known_method(method).options if options else {}
    own = {key: value for key, value in in_order(method, options).items() if value != defaults.get(key)}
    return " ".join([method, *options_text(own)])


def in_order(method: str, options: Words) -> Words:
    """Return the options in the order of the method's registry entry."""
    if not options or method.startswith("optax:"):
        return options
    order = [*known_method(method).options, *options]
    return dict(sorted(options.items(), key=lambda item: order.index(item[0])))


def options_text(options: Words) -> list[str]:
    """Return the options as key=value texts, as they are typed."""
    return [f"{key}={shortest(value)}" for key, value in options.items()]
