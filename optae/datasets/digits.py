"""The digits of scikit-learn."""

import numpy as np

from .dataset import Dataset


def digits() -> Dataset:
    """Return 1797 handwritten digits of 8x8 pixels in sixteenths (Alpaydin & Kaynak, 1998)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ValueError("'digits' needs scikit-learn: run pip install 'optae[digits]'") from error
    bunch = load_digits()
    labels = tuple(str(int(digit)) for digit in bunch.target)
    x = np.asarray(bunch.data) / 16
    source = "load_digits of scikit-learn (Alpaydin & Kaynak, 1998)"
    return Dataset("digits", x, labels, (8, 8), source, order=tuple("0123456789"))
