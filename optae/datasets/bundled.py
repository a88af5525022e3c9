"""The small data sets of scikit-learn: digits, and tables with classes or numbers to predict."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .dataset import Dataset
from .memory import most_square

CLASSES = {
    "iris": "Fisher, 1936",
    "wine": "Aeberhard & Forina, 1992",
    "breast_cancer": "Wolberg, Mangasarian, Street & Street, 1993",
}
NUMBERS = {"diabetes": "Efron et al., 2004", "linnerud": "Linnerud; Tenenhaus, 1998"}


def digits() -> Dataset:
    """Return 1797 handwritten digits of 8x8 pixels in sixteenths (Alpaydin & Kaynak, 1998)."""
    bunch = _loaded("digits")
    labels = tuple(str(int(digit)) for digit in bunch.target)
    x = np.asarray(bunch.data) / 16
    source = "load_digits of scikit-learn (Alpaydin & Kaynak, 1998)"
    return Dataset("digits", x, labels, (8, 8), source, order=tuple("0123456789"))


def table_of_classes(name: str) -> Dataset:
    """Return a table of numbers of any range with a class for each row."""
    bunch = _loaded(name)
    order = tuple(map(str, bunch.target_names))
    labels, shape = tuple(order[k] for k in bunch.target), most_square(bunch.data.shape[1])
    return Dataset(name, bunch.data, labels, shape, _source(name, CLASSES[name]), order=order)


def table_of_numbers(name: str) -> Dataset:
    """Return a table of numbers with other numbers to predict."""
    bunch = _loaded(name)
    y = np.asarray(bunch.target, dtype=float).reshape(len(bunch.data), -1)
    names = tuple(bunch.get("target_names", ("progression",)))
    labels, shape = tuple(map(str, range(len(y)))), most_square(bunch.data.shape[1])
    source = _source(name, NUMBERS[name])
    return Dataset(name, bunch.data, labels, shape, source, targets=y, target_names=names)


TABLES: dict[str, Callable[[], Dataset]] = {
    **{name: partial(table_of_classes, name) for name in CLASSES},
    **{name: partial(table_of_numbers, name) for name in NUMBERS},
}


def _source(name: str, citation: str) -> str:
    return f"load_{name} of scikit-learn ({citation})"


def _loaded(name: str) -> Any:
    """Return the data as scikit-learn bundles them. Raises ValueError if it is not installed."""
    try:
        import sklearn.datasets as known
    except ImportError as error:
        raise ValueError(f"'{name}' needs scikit-learn: run pip install 'optae[sklearn]'") from error
    loaders = {
        "digits": known.load_digits,
        "iris": known.load_iris,
        "wine": known.load_wine,
        "breast_cancer": known.load_breast_cancer,
        "diabetes": known.load_diabetes,
        "linnerud": known.load_linnerud,
    }
    return loaders[name]()
