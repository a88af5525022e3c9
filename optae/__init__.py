"""Which method should train this network, and how sure are we?

Autoencoders whose parameters are one flat vector, so that the same model is trained by backpropagation, any
method of scipy.optimize, optax or our own, on NumPy, autograd or JAX; and compared fairly.
"""

from .activations import ACTIVATIONS
from .autoencoder import Autoencoder, Draw
from .bottlenecks import Gaussian, Point
from .criteria import LOSSES
from .datasets import DATASETS, Dataset, load_dataset
from .engines import ENGINES
from .fit import Result, fit
from .layout import Layout
from .methods import METHODS
from .methods.least_squares import levenberg_marquardt
from .metrics import METRICS, Target, measure
from .problem import Objective, Problem
from .store import load_run

__version__ = "0.2.0"

__all__ = [
    "ACTIVATIONS", "DATASETS", "ENGINES", "LOSSES", "METHODS", "METRICS",
    "Autoencoder", "Dataset", "Draw", "Gaussian", "Layout", "Objective", "Point", "Problem", "Result",
    "Target", "fit", "levenberg_marquardt", "load_dataset", "load_run", "measure",
]  # fmt: skip
