"""A method and its options as people type them."""

from functools import lru_cache
from typing import Any

from ..methods import method_spec
from ..methods.spec import MethodSpec


@lru_cache(maxsize=256)
def known_method(name: str) -> MethodSpec:
    """The method's entry; optax's take a while to look up."""
    return method_spec(name)


def label(method: str, options: dict[str, Any]) -> str:
    """A method with those of its options that differ from the defaults.

    >>> label("adam", {"lr": 0.001, "batch": 8})
    'adam batch=8'
    """
    defaults = known_method(method).options if options else {}
    own = {key: value for key, value in in_order(method, options).items() if value != defaults.get(key)}
    return " ".join([method, *options_text(own)])


def in_order(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options in the order in which the method names them."""
    if not options or method.startswith("optax:"):
        return options
    order = [*known_method(method).options, *options]
    return dict(sorted(options.items(), key=lambda item: order.index(item[0])))


def options_text(options: dict[str, Any]) -> list[str]:
    """key=value, as a person types them."""
    return [f"{key}={spell(value)}" for key, value in options.items()]


def spell(value: Any) -> str:
    """A value as a person types it, different for different values."""
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
