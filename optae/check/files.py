"""Load a function from a user's Python file, and say in one line what went wrong."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from ..plugins import is_own, read_source, run, split
from ..registry import suggestion
from ..text import quoted

DEFAULT = "gradient"
UserFunction = Callable[..., object]  # of theta and x, as a user wrote it


def load_function(spec: str) -> UserFunction:
    """Return the function that `mine.py` or `mine.py:name` names; without a name, `gradient`.

    Runs the file, as Python's import does. Raises ValueError of one line for a file that is not there, is no
    Python, or fails, and for a name that is no function of it.
    """
    if not is_own(spec):
        raise ValueError(
            f"{quoted(spec)} is no Python file: give mine.py, or mine.py:name of a function in it"
        )
    path, name = split(spec)
    return _function(run(read_source(path)), Path(path).name, name or DEFAULT)


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
