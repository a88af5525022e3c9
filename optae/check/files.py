"""Load a function from a user's Python file, with one-line errors."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from ..plugins import is_own, read_source, run, split
from ..registry import suggestion
from ..text import quoted

DEFAULT = "gradient"
UserFunction = Callable[..., object]  # a user's function of theta and x


def load_function(spec: str) -> UserFunction:
    """Return the function that `mine.py` or `mine.py:name` names; without a name, `gradient`.

    Runs the file, as Python's import does. Raises ValueError with one line if the file does not exist, is not
    Python or fails, or if it has no such function.
    """
    if not is_own(spec):
        raise ValueError(
            f"{quoted(spec)} is not a Python file: give mine.py, or mine.py:name of a function in it"
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
            f"{quoted(name)} in {file} is a value ({kind}), not a function: define {name}(theta, x)"
        )
    return function
