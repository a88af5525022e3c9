"""Many experiments from few words: a grid is a product of axes, a spec is a TOML file of grids.

    title = "Who gets every letter right?"
    question = "Which method reaches 0 wrong pixels, how often, how fast?"   # optional, as is the title

    dataset = ["font2", "$OPTAE_DATA/font.h:Font3"]    # what stands here holds for every grid below
    arch = ["35,20,15,2", "35,60,50,30,2"]             # the encoder's half, or all the widths
    max_seconds = 10
    target = "max_pixel_error=0"
    seed = 10                                          # 0 to 9; or a list, or "5-9"

    [[grid]]                                           # a product of its axes; what it names comes first
    method = ["powell", "l-bfgs", {name = "adam", lr = 3e-3, batch = 8}]

    [[grid]]
    method = ["adam", "lm"]
    noise = ["flip:0.1", "shift:p=0.2,range=0.5"]      # and regime, copies, redraw, as `optae train` has them
    copies = [1, 5]

    [[grid]]
    method = "adam"
    engine = ["numpy", "jax"]
    activations = [{encoder = "relu"}, {encoder = "identity", decoder = "logistic:1.6"}]   # vary together

Every field of an `Experiment` is a value or a list of values; a spec without [[grid]] is one grid. A method
with options is a table, or text: "adam:lr=3e-3,batch=8". The order of keys and values never matters, and
doubles collapse. A data set's path starts at the current folder; environment variables in it are replaced.
What a page shows of the cells, in `remark`, [denoise], [[table]] and [[figure]], is kept as `Spec.page` and
read by `optae.pages.sections`.
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import reduce
from itertools import product
from operator import or_
from pathlib import Path
from typing import Any

from ..engines import ENGINES
from ..evaluation.metrics import Target
from ..methods.first_order.schedules import SCHEDULES
from ..model.activations import ACTIVATIONS
from ..model.bottlenecks import BOTTLENECKS
from ..model.corruptions import corruption
from ..model.initializers import INITS
from ..model.losses import LOSSES
from ..model.network import full_widths
from ..registry import lookup, parse, unknown
from ..streams import check_seed
from .epoch_options import DEVICES, PRECISIONS
from .experiment import Experiment
from .labels import known_method
from .noise_regime import REGIMES

LIMITS = ("max_seconds", "max_evaluations", "max_iterations")
TOGETHER = ("encoder", "latent", "decoder", "output")
PARSED: dict[str, Mapping[str, Any]] = {"bottleneck": BOTTLENECKS, "schedule": SCHEDULES}
WORDS = ("dataset", *TOGETHER, "init", "loss", "engine", "noise", "regime", *PARSED, "precision", "device")
AXES = (*(f.name for f in fields(Experiment) if f.name != "options"), "activations")
LARGEST = 1_000_000  # experiments of one grid
PAGE = ("remark", "denoise", "table", "figure")  # what a page says and shows of the cells


@dataclass(frozen=True)
class Spec:
    """What a spec file asks for."""

    title: str
    question: str
    experiments: tuple[Experiment, ...]
    page: Mapping[str, Any] = field(default_factory=dict)  # its sections, as the file has them


def read_spec(path: str | Path) -> Spec:
    """The spec in that TOML file. Raises ValueError for what cannot be read or makes no experiment."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValueError(f"cannot read the spec '{path}': {reason}") from None
    try:
        words = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"'{path}' is no TOML: {error}") from None
    try:
        return parse_spec(words, path.stem)
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from None


def parse_spec(words: Mapping[str, Any], title: str = "") -> Spec:
    """The spec in these words, `title` where they have none. Raises ValueError."""
    others = ("title", "question", "grid", *PAGE)
    defaults = {name: value for name, value in words.items() if name not in others}
    _check_names(defaults, (*AXES, *others))
    tables = words.get("grid", [{}])
    if not isinstance(tables, list) or not tables or not all(isinstance(t, Mapping) for t in tables):
        raise ValueError("'grid' is no list of tables: write [[grid]], in two brackets, above each grid")
    found = [experiment for table in tables for experiment in grid(**_merge(defaults, table))]
    title, question = words.get("title", title), words.get("question", "")
    if not isinstance(title, str) or not isinstance(question, str):
        raise ValueError("title and question are texts: put them in quotation marks")
    page = {name: words[name] for name in PAGE if name in words}
    return Spec(title, question, _sorted(found), page)


def grid(**axes: Any) -> list[Experiment]:
    """Every combination of the axes, each an `Experiment` field: a value or a list; seed 10 means 0 to 9.

    Raises ValueError for an unknown name, a value of the wrong kind, no budget, or far too many.

    >>> [(e.method, e.seed) for e in grid(method=["powell", "adam:lr=3e-3"], seed=2, max_seconds=1)]
    [('adam', 0), ('powell', 0), ('adam', 1), ('powell', 1)]
    """
    _check_names(axes, AXES)
    choices = [_read(name, axes[name]) for name in AXES if name in axes]  # activations last: they win
    if (size := math.prod(map(len, choices))) > LARGEST:
        raise ValueError(f"a grid of {size:,} experiments: {LARGEST:,} is the most")
    experiments = _sorted(Experiment(**reduce(or_, words, {})) for words in product(*choices))
    if any(min(e.max_seconds, e.max_evaluations, e.max_iterations) == math.inf for e in experiments):
        raise ValueError(f"there is no budget: add {', '.join(LIMITS[:-1])} or {LIMITS[-1]}")
    return list(experiments)


def method_words(text: str) -> dict[str, Any]:
    """A method as typed, its options behind a colon, as an `Experiment`'s words. Raises ValueError.

    >>> method_words("adam:lr=3e-3,batch=8")
    {'method': 'adam', 'options': (('batch', 8), ('lr', 0.003))}
    """
    name, _, tail = text.rpartition(":") if "=" in text else (text, "", "")
    parts = [part.strip() for part in tail.split(",") if part.strip()]
    for part in parts:
        if not name or "=" not in part:
            raise ValueError(f"method '{text}': write name:key=value,key=value, such as adam:lr=3e-3,batch=8")
    typed = known_method(name).read(dict(_halves(part) for part in parts))
    return _method(name, typed)


def _read(name: str, value: Any) -> list[dict[str, Any]]:
    """An axis as the words of each of its values."""
    value = range(value) if name == "seed" and _is_whole(value) else value
    values = value if _is_many(name, value) else [value]
    if not len(values):
        raise ValueError(f"{name} has no value: give at least one, or leave it out")
    if len(values) > LARGEST:
        raise ValueError(f"{name} has {len(values):,} values: {LARGEST:,} is the most")
    return [words for one in values for words in READERS[name](name, one)]


def _is_many(name: str, value: Any) -> bool:
    """Whether this is a list of values; one architecture may be a list of widths."""
    if not isinstance(value, list | tuple | range):
        return False
    return name != "arch" or not value or not all(_is_whole(width) for width in value)


def _word(name: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, str):
        raise ValueError(f"{name} = {value!r}: give a word in quotation marks, or a list of words")
    check_word(name, value)
    return [{name: value}]


def check_word(name: str, value: str) -> None:
    """Raises ValueError with a suggestion for a word that is none of its kind."""
    engines = dict.fromkeys(("", *ENGINES))
    registries: dict[str, Mapping[str, Any]] = {
        "init": INITS,
        "loss": LOSSES,
        "engine": engines,
        "regime": dict.fromkeys(REGIMES),
        "precision": dict.fromkeys(PRECISIONS),
        "device": dict.fromkeys(DEVICES),
    }
    if name in TOGETHER:
        parse("activation", value, ACTIVATIONS)
    elif name == "noise":
        corruption(value)
    elif name in PARSED:
        parse(name, value, PARSED[name])
    elif name != "dataset":
        lookup(name, value, registries[name])


def _arch(name: str, value: Any) -> list[dict[str, Any]]:
    """Of text or a list of widths; empty text is the default."""
    try:
        widths = [int(part) for part in value.split(",")] if isinstance(value, str) and value else value or ()
        if widths:
            full_widths(widths)
    except (TypeError, AttributeError):
        raise ValueError(f'arch = {value!r}: write widths such as "35,20,15,2"') from None
    except ValueError as error:
        text = f"arch = '{value}': write whole numbers with commas, such as 35,20,15,2"
        raise ValueError(text if "invalid literal" in str(error) else str(error)) from None
    return [{"arch": tuple(widths)}]


def _flag(name: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, bool):
        raise ValueError(f"{name} = {value!r}: give true or false")
    return [{name: value}]


def _limit(name: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{name} = {value!r}: give a positive number")
    return [{name: value}]


def _count(name: str, value: Any) -> list[dict[str, Any]]:
    if not _is_whole(value) or value < 1:
        raise ValueError(f"{name} = {value!r}: give a whole number from 1")
    return [{name: value}]


def _target(name: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f'target = {value!r}: give a number, or a metric as in "max_pixel_error=0"')
    Target.parse(str(value))
    return [{name: str(value)}]


def _seeds(name: str, value: Any) -> list[dict[str, Any]]:
    """A seed of a list, or text such as "5-9"."""
    match = re.fullmatch(r"(\d{1,39})(?:-(\d{1,39}))?", str(value).strip())
    if isinstance(value, bool) or not match:
        raise ValueError(
            f'seed = {value!r}: give a count, a list of whole numbers from 0, or text as in "5-9"'
        )
    first, last = check_seed(int(match[1])), check_seed(int(match[2] or match[1]))
    if last < first or last - first >= LARGEST:
        raise ValueError(f"seed = {value!r}: the last seed comes before the first, or far too late")
    return [{name: seed} for seed in range(first, last + 1)]


def _method_words(name: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, str):
        return [method_words(value)]
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise ValueError(f'method = {value!r}: write "adam", or {{name = "adam", lr = 3e-3}}')
    return [_method(value["name"], {key: option for key, option in value.items() if key != "name"})]


def _method(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        known_method(name)(**options)
    except ValueError as error:
        raise ValueError(f"method '{name}': {error}" if options else str(error)) from None
    return {"method": name, "options": tuple(sorted(options.items()))}


def _activations(name: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError(f'activations = {value!r}: write a list such as [{{encoder = "relu"}}]')
    _check_names(value, TOGETHER)
    return [reduce(or_, (_word(key, word)[0] for key, word in value.items()), {})]


READERS: dict[str, Callable[[str, Any], list[dict[str, Any]]]] = {
    **dict.fromkeys(WORDS, _word),
    **dict.fromkeys((*LIMITS, "clip", "kl_warmup"), _limit),
    **dict.fromkeys(("copies", "redraw", "draws", "devices", "look"), _count),
    "arch": _arch,
    "bias": _flag,
    "target": _target,
    "seed": _seeds,
    "method": _method_words,
    "activations": _activations,
}


def _halves(part: str) -> tuple[str, str]:
    key, _, value = part.partition("=")
    return key.strip(), value.strip()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _merge(defaults: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A grid's own words over the defaults: its `encoder` also over the encoders of default activations."""
    merged = {**defaults, **table}
    if "activations" in defaults and "activations" not in table:
        entries = defaults["activations"]
        entries = entries if isinstance(entries, list) else [entries]
        merged["activations"] = [
            {name: word for name, word in entry.items() if name not in table}
            if isinstance(entry, dict)
            else entry
            for entry in entries
        ]
    return merged


def _sorted(experiments: Iterable[Experiment]) -> tuple[Experiment, ...]:
    """Without doubles, in an order that no order of words changes: seed by seed."""
    return tuple(sorted(set(experiments), key=lambda e: (e.seed, repr(sorted(e.words.items(), key=str)))))


def _check_names(words: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in words:
        if name not in names:
            raise ValueError(unknown("word", name, names))
