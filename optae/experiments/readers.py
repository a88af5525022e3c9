"""Readers of an experiment's fields from text or TOML.

A reader takes the field's name and one value as it was typed, and returns the words of the experiments that
it stands for: one for most fields, several for a range of seeds. It raises ValueError, with the name in
backquotes, for any other value.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from ..engines.streams import check_seed
from ..evaluation.metrics import Target
from ..methods import method_spec
from ..methods.relay import is_relay, legs
from ..methods.spec import split_options
from ..model.network import checked_widths, full_widths
from ..plugins import is_own, shortened
from ..registry import lookup, parse
from ..text import quoted
from .labels import options_text
from .schema import Vocabulary, Words

MOST_LAYERS = 1000
MOST_SEEDS = 1_000_000  # in one range


def one_of(names: Iterable[str]) -> Vocabulary:
    """Return a reader of one of these words."""
    return Vocabulary(tuple(names), lambda name, text: lookup(name, text, dict.fromkeys(names)))


def parsed(kind: str, registry: Mapping[str, type]) -> Vocabulary:
    """Return a reader of a word of the registry with its parameters, such as logistic:1.6."""
    return Vocabulary(tuple(registry), lambda name, text: parse(kind, text, registry))


def arch(name: str, value: object) -> list[Words]:
    """Read layer widths as text with commas or as a list; empty text is the default."""
    if not isinstance(value, str | list | tuple):
        raise ValueError(f'`{name}` = {value!r}: write widths such as "35,20,15,2"')
    try:
        widths = [int(part) for part in value.split(",") if value] if isinstance(value, str) else list(value)
    except ValueError:
        text = "write whole numbers with commas, such as 35,20,15,2"
        raise ValueError(f"`{name}` = {quoted(str(value))}: {text}") from None
    if len(widths) > MOST_LAYERS:
        raise ValueError(f"`{name}` has {len(widths):,} widths: {MOST_LAYERS:,} is the most")
    if widths:
        checked_widths(widths)
    return [{name: tuple(widths)}]


def check_half(widths: Sequence[int]) -> None:
    """Raise ValueError for widths that are neither all of an autoencoder's nor an encoder's half."""
    if widths:
        full_widths(widths)
        _check_narrowing("arch", widths)


def _check_narrowing(name: str, widths: Sequence[int]) -> None:
    """Raise ValueError for an encoder's half that widens again before its latent layer: a mistyped list."""
    least = min(widths[1:-1], default=0)
    if widths[0] != widths[-1] and 0 < least < widths[-1]:
        text, full = (",".join(map(str, each)) for each in (widths, full_widths(widths)))
        raise ValueError(
            f"`{name}` {text}: an encoder's half with {widths[-1]} latent units behind a layer of {least};"
            f" end all the widths with {widths[0]}, or write {full} if that is meant"
        )


def flag(name: str, value: object) -> list[Words]:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` = {value!r}: give true or false")
    return [{name: value}]


def positive(name: str, value: object) -> list[Words]:
    """Read a number above zero."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise ValueError(f"`{name}` = {value!r}: give a positive number")
    return [{name: value}]


def share(name: str, value: object) -> list[Words]:
    """Read a number between 0 and 1."""
    if not _is_number(value) or not 0 < value < 1:  # type: ignore[operator]
        raise ValueError(f"`{name}` = {value!r}: give a share between 0 and 1, such as 0.2")
    return [{name: value}]


def part(name: str, value: object) -> list[Words]:
    """Read a share below 1, or a whole number from 1."""
    if not _is_number(value) or not 0 < value < math.inf or (value > 1 and value % 1):  # type: ignore[operator]
        raise ValueError(
            f"`{name}` = {value!r}: give a share below 1, such as 0.1, or how many, such as 10000"
        )
    return [{name: value}]


def not_negative(name: str, value: object) -> list[Words]:
    """Read a number of zero or more."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
        raise ValueError(f"`{name}` = {value!r}: give a number from 0")
    return [{name: value}]


def count(name: str, value: object) -> list[Words]:
    """Read a whole number of 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"`{name}` = {value!r}: give a whole number from 1")
    return [{name: value}]


def target(name: str, value: object) -> list[Words]:
    """Read a loss, or a metric and its value, such as max_pixel_error=0."""
    if not _is_number(value) and not isinstance(value, str):
        raise ValueError(f'`{name}` = {value!r}: give a number, or a metric as in "max_pixel_error=0"')
    Target.parse(str(value)).versioned()
    return [{name: str(value)}]


def seeds(name: str, value: object) -> list[Words]:
    """Read a seed, or a range of seeds as text, such as "5-9"."""
    match = re.fullmatch(r"(\d{1,39})(?:-(\d{1,39}))?", str(value).strip())
    if isinstance(value, bool) or not match:
        raise ValueError(f'`{name}` = {value!r}: give whole numbers from 0, such as 10, [3, 7] or "5-9"')
    first, last = check_seed(int(match[1])), check_seed(int(match[2] or match[1]))
    if last < first or last - first >= MOST_SEEDS:
        raise ValueError(f"`{name}` = {value!r}: the last seed comes before the first, or far too late")
    return [{name: seed} for seed in range(first, last + 1)]


def method(name: str, value: object) -> list[Words]:
    """Read a method with its options, as text "adam:lr=3e-3,batch=8" or as a table with a name."""
    if isinstance(value, str):
        return [method_words(value)]
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise ValueError(f'`{name}` = {value!r}: write "adam", or {{name = "adam", lr = 3e-3}}')
    return [_method(value["name"], {key: option for key, option in value.items() if key != "name"})]


def method_words(text: str) -> Words:
    """Return the words of a method that is typed with its options after a colon. Raises ValueError.

    >>> method_words("adam:lr=3e-3,batch=8")
    {'method': 'adam', 'options': (('batch', 8), ('lr', 0.003))}
    >>> method_words("adam:lr=3e-3,b1=0.9@0.20>lm")  # one after another
    {'method': 'adam:lr=0.003@0.2 > lm', 'options': ()}
    """
    if is_relay(text):
        return _method(" > ".join(_leg(method) + share for method, share in legs(text)), {})
    name, options = split_options(text)
    return _method(name, method_spec(name).read(options))


def _leg(text: str) -> str:
    """A method of several as it is kept: with those of its options that are no defaults, in their order."""
    words, defaults = method_words(text), method_spec(split_options(text)[0]).options
    given = {key: word for key, word in dict(words["options"]).items() if word != defaults[key]}
    return str(words["method"]) + (f":{','.join(options_text(given))}" if given else "")


def _method(name: str, options: Words) -> Words:
    name = shortened(name) if is_own(name) else name
    try:
        method_spec(name)(**options)
    except ValueError as error:
        raise ValueError(f"method {quoted(name)}: {error}" if options else str(error)) from None
    return {"method": name, "options": tuple(sorted(options.items()))}


def is_whole(value: object) -> bool:
    """Return whether this is a whole number; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
