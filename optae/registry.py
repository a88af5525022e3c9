"""Read and write words with parameters, as people type them: `logistic:1.6`, `adam`, `flip:0.1`.

Every registry of the project is read here, so every mistyped name gets the same helpful answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, fields
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from typing import Any, TypeVar

from .plugins import WORD, find, is_own, parameters, shortened, source_of, split
from .text import fault, listed, quoted, shortest

T = TypeVar("T")
ALIKE = 0.5  # difflib's similarity from which a name is suggested
MOST_SEEN, LONGEST = 1000, 100  # names, and letters of the word, that are compared: it takes quadratic time
MOST_NAMES = 40  # names in an error's list
Value = bool | float


def on_request(name: str) -> Any:
    """Return an object of the package by its place, such as "figures.curves.curves": the one way down.

    A room imports only from rooms above it. What an object does when a user asks for it (`result.plot()`) may
    need one below, which is imported then.
    """
    module, _, thing = name.rpartition(".")
    return getattr(import_module(f".{module}", __package__), thing)


def unknown(kind: str, name: str, names: Iterable[str]) -> str:
    """Return the sentence for an unknown name: it suggests the nearest name, or lists them all.

    >>> unknown("loss", "bcee", ["bce", "mse"])
    "unknown loss 'bcee': did you mean 'bce'?"
    >>> unknown("loss", "hinge", ["bce", "mse"])
    "unknown loss 'hinge': choose one of bce, mse"
    """
    names = list(names)
    near = nearest(name, names)
    remedy = f"choose one of {listed(names, MOST_NAMES)}" if near is None else f"did you mean '{near}'?"
    return f"unknown {kind} {quoted(name)}: {remedy}"


def suggestion(word: str, names: Sequence[str]) -> str:
    """The remedy for an unknown word: the nearest name, and the first of them all."""
    near = nearest(word, names)
    hint = "" if near is None else f"did you mean {quoted(near)}? "
    return f"{hint}choose one of {listed(map(quoted, dict.fromkeys(names)), MOST_NAMES)}"


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name most similar to the word, ignoring case, or None if no name is similar enough.

    >>> nearest("LM", ["lm", "adam"]), nearest("hinge", ["bce", "mse"])
    ('lm', None)
    """
    folded = {name.casefold(): name for name in reversed(list(islice(names, MOST_SEEN)))}
    near = get_close_matches(word[:LONGEST].casefold(), folded, n=1, cutoff=ALIKE)
    return folded[near[0]] if near else None


def lookup(kind: str, name: str, registry: Mapping[str, T]) -> T:
    """Return the entry of that name. Raises ValueError with a suggestion if there is none."""
    if name not in registry:
        raise ValueError(unknown(kind, name, registry))
    return registry[name]


def pinned(word: str) -> str:
    """Return `mine.py:huber@3fa9c2d1e8b0`, which names this version of the file. Raises ValueError.

    A word with the digest of another version is refused.
    """
    (path, name), (_, rest) = split(word), parameters(word)
    found, digest = WORD.fullmatch(word), source_of(path).digest
    if found and found["digest"] not in (None, digest):
        raise ValueError(f"{quoted(path)} has changed: it was {found['digest']}, and is {digest}")
    return f"{shortened(f'{path}:{name}')}@{digest}" + ("" if rest is None else f":{rest}")


def versioned(word: str) -> str:
    """Return a word of one's own file with its version, as it is if it has one; any other word as it is.

    >>> versioned("bce"), versioned("mine.py:huber@0123456789ab")
    ('bce', 'mine.py:huber@0123456789ab')
    """
    found = WORD.fullmatch(word)
    return word if found is None or found["digest"] else pinned(word)


@cache
def entries(group: str) -> Mapping[str, EntryPoint]:
    """Return what installed packages add to a registry, by name, in entry points such as `optae.methods`."""
    return {entry.name: entry for entry in entry_points(group=group)}


def loaded(entry: EntryPoint) -> Any:
    """Import a package and return the object of its entry point. Raises ValueError if that fails."""
    try:
        return entry.load()
    except Exception as error:
        raise ValueError(f"the package of '{entry.name}' cannot be loaded: {fault(error, None)}") from error


class Open(dict[str, T]):
    """A registry that also has what a user's own file or an installed package adds.

    `mine.py:NAME` is in it, and so is a name of an entry point of that group. `adapt` makes an entry of such
    an object, and gets the word that pins the version of its file. Iteration gives the project's own names.
    """

    def __init__(
        self, kind: str, known: Mapping[str, T], adapt: Callable[[Any, str], T], group: str = ""
    ) -> None:
        super().__init__(known)
        self.kind, self.adapt, self.group = kind, adapt, group
        self.added: dict[str, T] = {}  # by the word that pins its version

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name) or not isinstance(name, str):
            return super().__contains__(name)
        return is_own(name) or name in self._packaged

    def __missing__(self, name: str) -> T:
        """Return what is not the project's own. Raises ValueError of one line for a file that fails."""
        word = pinned(name) if is_own(name) else name
        if word not in self.added:
            thing = find(name, self.kind)[0] if is_own(name) else loaded(self._packaged[name])
            self.added[word] = self.adapt(thing, word)
        return self.added[word]

    @property
    def _packaged(self) -> Mapping[str, Any]:
        return entries(self.group) if self.group else {}


def _known(registry: Mapping[str, T]) -> Mapping[str, T]:
    """A registry's entries with those that were added."""
    return {**registry, **registry.added} if isinstance(registry, Open) else registry


def parse(kind: str, word: str | T, registry: Mapping[str, type[T]]) -> T:
    """Read `name`, `name:1.5` or `name:p=0.2,range=0.5` as a frozen dataclass with those fields.

    Values without a name fill the fields in their order. A field whose default is true or false takes one of
    these two words. Raises ValueError for an unknown name, a parameter that is not a number, or one too many.
    """
    if not isinstance(word, str):
        if isinstance(word, tuple(registry.values())):
            return word
        raise ValueError(f"a {kind} is a name such as '{next(iter(registry))}', not {word!r}")
    name, text = _halves(word)
    return filled(kind, lookup(kind, name.strip(), registry), text, word)


def filled(kind: str, entry: type[T], text: str | None, word: str) -> T:
    """Return an instance with the parameters of a text; without one, with its defaults. Raises ValueError."""
    if text is None:
        return entry()
    name = _halves(word)[0].strip()
    if not (known := _fields(entry)):
        raise ValueError(f"{kind} '{name}' takes no parameter; {quoted(word)} gives it one")
    try:
        return entry(**_parameters(text, known, name))
    except ValueError as error:
        raise ValueError(f"{kind} {quoted(word)}: {error}") from None


def _halves(word: str) -> tuple[str, str | None]:
    """The name and the text of the parameters, None where no colon announces any."""
    if is_own(word):
        return parameters(word)
    name, colon, text = word.partition(":")
    return name, text if colon else None


def _fields(entry: Any) -> tuple[Field[Value], ...]:
    return fields(entry)


def _parameters(text: str, known: Sequence[Field[Value]], name: str) -> dict[str, Value]:
    """Return the values that a text gives to the fields, by name or by position."""
    names, found = [field.name for field in known], dict[str, Value]()
    for place, part in enumerate(text.split(",")):
        key, equals, value = part.rpartition("=")
        key = key.strip() if equals else "".join(names[place : place + 1])
        if key not in names:
            raise ValueError(
                f"{quoted(part)} is not a parameter it takes; its parameters are {', '.join(names)}"
            )
        if key in found:
            raise ValueError(f"{key} is given twice")
        found[key] = _value(value.strip(), known[names.index(key)], name)
    return found


def _value(text: str, field: Field[Value], name: str) -> Value:
    if isinstance(field.default, bool):
        return lookup("truth", text.lower(), {"true": True, "false": False})
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a parameter it takes; try '{name}:1.5'") from None


def spell(word: object, registry: Mapping[str, type]) -> str:
    """Return the shortest text that `parse` reads back as this word.

    >>> from optae.model.activations import ACTIVATIONS, Logistic
    >>> spell(Logistic(1.6), ACTIVATIONS), spell(Logistic(), ACTIVATIONS)
    ('logistic:1.6', 'logistic')
    >>> from optae.model.corruptions import CORRUPTIONS, Shift
    >>> spell(Shift(0.3), CORRUPTIONS), spell(Shift(0.3, 0.2), CORRUPTIONS)
    ('shift:0.3', 'shift:p=0.3,range=0.2')
    """
    name = next(name for name, entry in _known(registry).items() if type(word) is entry)
    own, default = vars(word), vars(type(word)())
    other = {key: value for key, value in own.items() if value != default[key] and value is not None}
    if not other:
        return name
    if list(other) == [next(iter(own))]:
        return f"{name}:{shortest(*other.values())}"
    return f"{name}:" + ",".join(f"{key}={shortest(value)}" for key, value in other.items())
