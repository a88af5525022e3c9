"""What `import optae` offers: imported when it is first used."""

from . import sklearn as sklearn
from .comparison.commands import bench as bench
from .comparison.commands import choose as choose
from .comparison.commands import compare as compare
from .comparison.commands import frame as frame
from .comparison.commands import tune as tune
from .datasets import DATASETS as DATASETS
from .datasets import Dataset as Dataset
from .datasets import load_dataset as load_dataset
from .engines import ENGINES as ENGINES
from .evaluation.metrics import METRICS as METRICS
from .evaluation.metrics import Target as Target
from .evaluation.metrics import measure as measure
from .exchange.formats import load_network as load_network
from .exchange.formats import save_network as save_network
from .exchange.runs import export_run as export_run
from .exchange.runs import import_run as import_run
from .methods import METHODS as METHODS
from .methods import register as register
from .methods.fit import fit as fit
from .methods.gauss_newton.least_squares import levenberg_marquardt as levenberg_marquardt
from .model.activations import ACTIVATIONS as ACTIVATIONS
from .model.autoencoder import Autoencoder as Autoencoder
from .model.autoencoder import Draw as Draw
from .model.bottlenecks import Gaussian as Gaussian
from .model.bottlenecks import Point as Point
from .model.layout import Layout as Layout
from .model.losses import LOSSES as LOSSES
from .model.mlp import MLP as MLP
from .pages.written import report as report
from .storage.run import load_run as load_run
from .training.objective import Objective as Objective
from .training.problem import Problem as Problem
from .training.result import Result as Result

__version__: str
__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "ENGINES",
    "LOSSES",
    "METHODS",
    "METRICS",
    "MLP",
    "Autoencoder",
    "Dataset",
    "Draw",
    "Gaussian",
    "Layout",
    "Objective",
    "Point",
    "Problem",
    "Result",
    "Target",
    "bench",
    "choose",
    "compare",
    "export_run",
    "fit",
    "frame",
    "import_run",
    "levenberg_marquardt",
    "load_dataset",
    "load_network",
    "load_run",
    "measure",
    "register",
    "report",
    "save_network",
    "sklearn",
    "tune",
]
