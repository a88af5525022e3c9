"""Where training starts: a layer's weights (in, out) from a random generator. Biases start at zero."""

import numpy as np


def _uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """U(-1, 1)."""
    return rng.uniform(-1, 1, (fan_in, fan_out))


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """U(-b, b), b = sqrt(6 / (in + out)) (Glorot & Bengio, 2010), also known as Xavier."""
    bound = (6 / (fan_in + fan_out)) ** 0.5
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def _he(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """N(0, 2 / in) (He et al., 2015)."""
    return (2 / fan_in) ** 0.5 * rng.standard_normal((fan_in, fan_out))


INITS = {"uniform": _uniform, "glorot": _glorot, "he": _he}  # biases start at zero
