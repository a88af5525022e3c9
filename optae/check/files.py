"""Load a function from a user's Python file, and say in one line what went wrong."""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from ..datasets.dataset import check_file, quoted, suggestion

DEFAULT = "gradient"
UserFunction = Callable[..., object]  # of theta and x, as a user wrote it


def load_function(spec: str) -> UserFunction:
    """Return the function that `mine.py` or `mine.py:name` names; without a name, `gradient`.

    Runs the file, as Python's import does. Raises ValueError of one line for a file that is not there, is no
    Python, or fails, and for a name that is no function of it.
    """
    head, _, tail = spec.rpartition(":")  # a drive's colon stands before the .py
    path, name = (head, tail) if head.lower().endswith(".py") else (spec, "")
    if not path.lower().endswith(".py"):
        raise ValueError(
            f"{quoted(path)} is no Python file: give mine.py, or mine.py:name of a function in it"
        )
    check_file(path)
    return _function(_run(Path(path)), Path(path).name, name or DEFAULT)


def fault(error: BaseException, path: str | None) -> str:
    """Describe an error by its last line in `path`: `mine.py, line 12: ValueError: no such thing`."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(f.filename, f.lineno) for f in frames if path is None or f.filename == path]
    if isinstance(error, SyntaxError) and error.lineno:
        lines.append((error.filename or path or "", error.lineno))
    where = f"{Path(lines[-1][0]).name}, line {lines[-1][1]}" if lines else Path(path or "your function").name
    message = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{where}: {type(error).__name__}" + (f": {message}" if message else "")


def _function(module: ModuleType, file: str, name: str) -> UserFunction:
    own = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
    if name not in vars(module):
        hint = suggestion(name, own) if own else "it has no functions"
        raise ValueError(f"{file} has no function {quoted(name)}: {hint}; name it as {file}:NAME")
    function = vars(module)[name]
    if not callable(function):
        kind = type(function).__name__
        raise ValueError(
            f"{quoted(name)} in {file} is no function but a value ({kind}): define {name}(theta, x)"
        )
    return function


def _run(path: Path) -> ModuleType:
    module_spec = spec_from_file_location(f"homework_{path.stem}", path)
    if module_spec is None or module_spec.loader is None:
        raise ValueError(f"{quoted(str(path))} cannot be imported: give a Python file")
    module = module_from_spec(module_spec)
    try:
        with _beside(path):
            module_spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ValueError(fault(error, module_spec.origin)) from error
    return module


@contextmanager
def _beside(path: Path) -> Iterator[None]:
    """Let the file import its neighbours while it runs."""
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)
