"""Data sets of installed packages: functions without parameters that entry points `optae.datasets` name."""

from dataclasses import replace
from importlib.metadata import EntryPoint

from ..registry import loaded
from ..text import fault, quoted
from .dataset import Dataset


def read_packaged(entry: EntryPoint) -> Dataset:
    """Return the data set of a package's function, under the entry point's name.

    Raises ValueError of one line if the package or the function fails, or returns something else.
    """
    make, name = loaded(entry), quoted(entry.name)
    try:
        data = make()
    except Exception as error:  # of any kind, as it is a package's code
        raise ValueError(f"data set {name}: {fault(error, None)}") from error
    if not isinstance(data, Dataset):
        kind = type(data).__name__
        raise ValueError(f"data set {name} is a {kind}: the package's function must return an optae.Dataset")
    return replace(data, name=entry.name)
