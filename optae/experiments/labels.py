"""A method and its options as people type them."""

from functools import lru_cache

from ..methods import method_spec
from ..methods.spec import MethodSpec
from ..text import shortest
from .schema import Words


@lru_cache(maxsize=256)
def known_method(name: str) -> MethodSpec:
    """The method's entry; optax's take a while to look up."""
    return method_spec(name)


def label(method: str, options: Words) -> str:
    """A method with those of its options that differ from the defaults.

    >>> label("adam", {"lr": 0.001, "batch": 8})
    'adam batch=8'
    """
    defaults = known_method(method).options if options else {}
    own = {key: value for key, value in in_order(method, options).items() if value != defaults.get(key)}
    return " ".join([method, *options_text(own)])


def in_order(method: str, options: Words) -> Words:
    """The options in the order in which the method names them."""
    if not options or method.startswith("optax:"):
        return options
    order = [*known_method(method).options, *options]
    return dict(sorted(options.items(), key=lambda item: order.index(item[0])))


def options_text(options: Words) -> list[str]:
    """key=value, as a person types them."""
    return [f"{key}={shortest(value)}" for key, value in options.items()]
