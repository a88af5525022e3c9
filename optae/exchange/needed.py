"""Import a library that only some formats need."""

from importlib import import_module
from typing import Any


def needed(library: str, extra: str) -> Any:
    """Return a library. Raises ValueError, with what installs it, if it is not there."""
    try:
        return import_module(library)
    except ImportError:
        raise ValueError(f"this format needs {library}: run pip install 'optae[{extra}]'") from None
