"""Write a method and its options as they are typed."""

from collections.abc import Mapping

from ..methods import METHODS, method_spec
from ..methods.spec import Option
from ..text import shortest
from .schema import Words


def label(method: str, options: Words) -> str:
    """Return a method with those of its options that differ from the defaults.

    A method of one's own has all that were given.

    >>> label("adam", {"lr": 0.001, "batch": 8}), label("mine.py:Lion", {"lr": 0.001})
    ('adam batch=8', 'mine.py:Lion lr=0.001')
    """
    defaults = defaults_of(method) if options else {}
    own = {key: value for key, value in in_order(method, options).items() if value != defaults.get(key)}
    return " ".join([method, *options_text(own)])


def in_order(method: str, options: Words) -> Words:
    """Return the options in the order of the method's registry entry."""
    if not options or method.startswith(("optax:", "torch:")):
        return options
    order = [*defaults_of(method), *options]
    return dict(sorted(options.items(), key=lambda item: order.index(item[0])))


def defaults_of(method: str) -> Mapping[str, Option]:
    """Return a method's options and their defaults; none of PyTorch's or of one's own."""
    if method.startswith("optax:"):
        return method_spec(method).options
    return {} if method not in METHODS or METHODS[method].own else METHODS[method].options


def options_text(options: Words) -> list[str]:
    """Return the options as key=value texts, as they are typed."""
    return [f"{key}={shortest(value)}" for key, value in options.items()]
