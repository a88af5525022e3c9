"""Objects from a user's own Python file: `mine.py:Lion` is one of that name, and the file is run as code.

A `Source` is the text of the file and of the files beside it that it imports. Its digest says which version
of the code a run used, and is known without running the file. A process that cannot see the file, or sees
another version, uses a source that was lent to it.
"""

import ast
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from .files import check_file
from .text import fault, listed, quoted

WORD = re.compile(
    r"(?P<path>[^>]*\.py)(?::(?P<name>\w*)(?:@(?P<digest>[0-9a-f]{12}))?(?::(?P<rest>.*))?)?",
    re.IGNORECASE | re.DOTALL,
)
DIGITS = 12  # of a digest
_LENT: dict[str, "Source"] = {}  # by path
_FOLDERS: dict[str, tempfile.TemporaryDirectory[str]] = {}  # of sources that are not on disk, by digest
_RUN: dict[tuple[str, str], ModuleType] = {}  # what has run, by place and digest


@dataclass(frozen=True)
class Source:
    """A Python file, and the files beside it that it imports, each by its name with its content."""

    path: str  # as it was named
    texts: tuple[tuple[str, bytes], ...]  # the file first

    @cached_property
    def digest(self) -> str:
        """12 hex digits of the content, which do not depend on the file's name or its line ends."""
        (_, own), *others = self.texts
        parts = [own, *(part for name, text in others for part in (name.encode(), text))]
        return sha256(b"\0".join(b"\n".join(part.splitlines()) for part in parts)).hexdigest()[:DIGITS]


def is_own(word: str) -> bool:
    """Whether a word names an object in a file.

    >>> is_own("mine.py:Lion"), is_own("mine.py"), is_own("adam")
    (True, True, False)
    """
    return WORD.fullmatch(word) is not None


def split(word: str) -> tuple[str, str]:
    """Return the path and the name of `mine.py:Lion`; without a name it is empty. Raises ValueError.

    >>> split("mine.py:Lion"), split("a/mine.py")
    (('mine.py', 'Lion'), ('a/mine.py', ''))
    """
    found = WORD.fullmatch(word)
    if found is None:
        raise ValueError(f"{quoted(word)} is not a Python file: give mine.py:NAME, of an object in that file")
    return found["path"], found["name"] or ""


def parameters(word: str) -> tuple[str, str | None]:
    """Return a word without its parameters, and these, or None where no colon announces any.

    >>> parameters("mine.py:Swish:beta=2"), parameters("mine.py:Swish")
    (('mine.py:Swish', 'beta=2'), ('mine.py:Swish', None))
    """
    found = WORD.fullmatch(word)
    rest = found["rest"] if found else None
    return (word, None) if rest is None else (word[: len(word) - len(rest) - 1], rest)


def shortened(word: str) -> str:
    """Return `mine.py:Lion` with its path relative to the current folder if the file is below it.

    >>> shortened("./mine.py:Lion")
    'mine.py:Lion'
    """
    path, name = split(word)
    with suppress(ValueError):  # on another drive
        below = os.path.relpath(path)
        path = path if below.startswith("..") else below
    return path.replace(os.sep, "/") + (f":{name}" if name else "")


def source_of(path: str) -> Source:
    """Return the source of a file: the one that was lent to this process, else the one on disk.

    Raises ValueError if there is none.
    """
    return _LENT[path] if path in _LENT else read_source(path)


def read_source(path: str) -> Source:
    """Return the source of a file on disk. Raises ValueError if it is missing or is not Python."""
    check_file(path)
    file = Path(path)
    texts = {file.name: file.read_bytes()}
    waiting = [file.name]
    while waiting:
        name = waiting.pop()
        for other in _neighbours(file.parent, name, texts[name]):
            if other not in texts:
                texts[other] = (file.parent / other).read_bytes()
                waiting.append(other)
    return Source(path, tuple(texts.items()))


def _neighbours(folder: Path, name: str, text: bytes) -> list[str]:
    """The files below a folder that a file's imports name, a package with all its files."""
    place = str(folder / name)
    try:
        nodes = list(ast.walk(ast.parse(text, place)))
    except (SyntaxError, ValueError) as error:
        raise ValueError(fault(error, place)) from None
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    tops = sorted({module.partition(".")[0] for module in modules})
    files = [folder / f"{top}.py" for top in tops]
    files += [part for top in tops for part in sorted((folder / top).rglob("*.py"))]
    return [file.relative_to(folder).as_posix() for file in files if file.is_file()]


@contextmanager
def lent(sources: Iterable[Source]) -> Iterator[None]:
    """Let this process take these sources for their paths meanwhile, whatever is on its disk."""
    _LENT.update({source.path: source for source in sources})
    try:
        yield
    finally:
        _LENT.clear()


def find(word: str, kind: str) -> tuple[Any, Source]:
    """Return the object that `mine.py:Lion` names, and its source; the file is run as code.

    Raises ValueError of one line if the file is missing, is not Python or fails, or lacks the name; `kind` is
    the kind of object that is wanted, such as "method".
    """
    path, name = split(word)
    source = source_of(path)
    module = run(source)
    own = _defines(source)
    file = Path(path).name
    if name in vars(module) and name:
        return vars(module)[name], source
    hint = f"choose one of {listed(map(quoted, own))}" if own else "it defines nothing"
    missing = f"has no {kind} {quoted(name)}" if name else f"is a file: say which {kind} in it"
    raise ValueError(f"{file} {missing}: {hint}; name it as {file}:NAME")


def _defines(source: Source) -> list[str]:
    """The names that a file gives to its classes, functions and values, in their order."""
    names: list[str] = []
    for node in ast.parse(source.texts[0][1]).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        names += [target.id for target in targets if isinstance(target, ast.Name)]
        names += [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef) else []
    return [name for name in dict.fromkeys(names) if name[0] != "_"]


def run(source: Source) -> ModuleType:
    """Return the file's module, run once for each version. Raises ValueError of one line if it fails."""
    place = _in_place(source) or _in_a_folder(source)
    key = os.path.realpath(place), source.digest
    if key not in _RUN:
        _RUN[key] = _executed(place, f"optae_own_{source.digest}_{len(_RUN)}", source)
    return _RUN[key]


def _in_place(source: Source) -> Path | None:
    """Return the file itself if it exists and holds this source, else None."""
    with suppress(ValueError, OSError):
        if read_source(source.path).digest == source.digest:
            return Path(source.path)
    return None


def _in_a_folder(source: Source) -> Path:
    """The file in a folder of this process's own, written from the source; it is removed at the end."""
    if source.digest not in _FOLDERS:
        _FOLDERS[source.digest] = tempfile.TemporaryDirectory(prefix="optae-own-")
    folder = Path(_FOLDERS[source.digest].name)
    for name, text in source.texts:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return folder / source.texts[0][0]


def _executed(place: Path, name: str, source: Source) -> ModuleType:
    spec = spec_from_file_location(name, place)
    if spec is None or spec.loader is None:
        raise ValueError(f"{quoted(str(place))} cannot be imported: give a Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look up annotations
    try:
        with _beside(place, source), redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(fault(error, spec.origin)) from error
    return module


@contextmanager
def _beside(place: Path, source: Source) -> Iterator[None]:
    """Let the file import its neighbours, in this version, while it runs; no other file finds them."""
    folder = str(place.resolve().parent)
    names = {re.split(r"[/.]", name)[0] for name, _ in source.texts[1:]}
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in names}
    for name in before:
        del sys.modules[name]
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]
        sys.modules.update(before)


def own_fault(error: BaseException) -> str | None:
    """Describe an error that a user's own file has raised or passed on; None for any other."""
    frames = traceback.extract_tb(error.__traceback__)
    own = {module.__file__ for module in _RUN.values()}
    places = [frame.filename for frame in frames if frame.filename in own]
    return fault(error, places[-1]) if places else None
