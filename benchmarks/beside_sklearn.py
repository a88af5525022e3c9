"""The estimators of `optae.sklearn` beside scikit-learn's own networks, at equal work.

    python benchmarks/beside_sklearn.py [--seeds 10]

The same networks on the same standardised samples, three quarters of which are for training, without a
penalty of the weights: Adam for as many epochs of the same batches' size, L-BFGS for as many iterations, and
`lm` for the seconds that scikit-learn's Adam takes. Writes results/sklearn.md. Losses are of all
training samples, measured for everyone in the same way; seconds are of the processor, one thread.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from stamp import write
from threadpoolctl import threadpool_limits

from optae import sklearn as ours

EPOCHS, ITERATIONS, BATCH = 200, 200, 32
NETWORK: dict[str, Any] = {"hidden_layer_sizes": (32,), "activation": "tanh"}
ADAM: dict[str, Any] = {
    "solver": "adam", "max_iter": EPOCHS, "batch_size": BATCH, "tol": 0.0, "n_iter_no_change": EPOCHS,
}  # fmt: skip
LBFGS: dict[str, Any] = {"solver": "lbfgs", "max_iter": ITERATIONS, "max_fun": 10**9, "tol": 1e-12}
Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # data and targets to train and to test on


@dataclass(frozen=True)
class Kind:
    """A problem: its samples, scikit-learn's network and ours, and the loss of a fitted one."""

    title: str
    load: Callable[[], tuple[np.ndarray, np.ndarray]]
    theirs: type
    own: type
    loss: Callable[[Any, np.ndarray, np.ndarray], float]


def numbers() -> tuple[np.ndarray, np.ndarray]:
    """The diabetes data, whose targets are standardised too."""
    x, y = load_diabetes(return_X_y=True)
    return x, (y - y.mean()) / y.std()


def digits() -> tuple[np.ndarray, np.ndarray]:
    """The 8x8 digits."""
    x, y = load_digits(return_X_y=True)
    return x, y


def squares(net: Any, x: np.ndarray, y: np.ndarray) -> float:
    """The mean squared error."""
    return float(mean_squared_error(y, net.predict(x)))


def entropy(net: Any, x: np.ndarray, y: np.ndarray) -> float:
    """The cross-entropy in nats a sample."""
    return float(log_loss(y, net.predict_proba(x)))


KINDS = (
    Kind("diabetes, 10-32-1, mse, R²", numbers, MLPRegressor, ours.MLPRegressor, squares),
    Kind("digits, 64-32-10, cross-entropy, accuracy", digits, MLPClassifier, ours.MLPClassifier, entropy),
)  # fmt: skip


def ways(kind: Kind, seconds: float) -> dict[str, Callable[[int], Any]]:
    """The networks by name, each made from a seed; `seconds` are those of `lm`."""

    def theirs(**words: Any) -> Callable[[int], Any]:
        return lambda seed: kind.theirs(alpha=0.0, random_state=seed, **NETWORK, **words)

    def own(method: str, **words: Any) -> Callable[[int], Any]:
        return lambda seed: kind.own(method=method, scale="none", random_state=seed, **NETWORK, **words)

    return {
        f"scikit-learn adam, {EPOCHS} epochs": theirs(**ADAM),
        f"optae adam, {EPOCHS} epochs": own(f"adam:lr=1e-3,batch={BATCH}", max_iter=EPOCHS),
        f"scikit-learn lbfgs, {ITERATIONS} iterations": theirs(**LBFGS),
        f"optae l-bfgs, {ITERATIONS} iterations": own("l-bfgs:ftol=0,gtol=1e-12", max_iter=ITERATIONS),
        f"optae l-bfgs-short, {ITERATIONS} iterations": own("l-bfgs-short", max_iter=ITERATIONS),
        "optae lm, the seconds of scikit-learn's adam": own("lm", max_iter=10**6, max_seconds=seconds),
    }


def split(kind: Kind, seed: int) -> Split:
    """The samples to train and to test on, standardised by those to train on."""
    x, y = kind.load()
    x, x_test, y, y_test = train_test_split(x, y, random_state=seed)
    scaler = StandardScaler().fit(x)
    return scaler.transform(x), y, scaler.transform(x_test), y_test


def one(kind: Kind, make: Callable[[int], Any], seed: int) -> tuple[float, float, float]:
    """The training loss, the score on the samples to test on, and the seconds of one fit."""
    x, y, x_test, y_test = split(kind, seed)
    began = time.process_time()
    net = make(seed).fit(x, y)
    return kind.loss(net, x, y), net.score(x_test, y_test), time.process_time() - began


def rows(kind: Kind, seeds: int) -> list[str]:
    """The lines of a problem's table."""
    lines, known = ["", f"## {kind.title}", "", HEAD, "| --- | --: | --: | --: |"], 1.0
    for name in ways(kind, known):
        make = ways(kind, known)[name]
        one(kind, make, seeds)  # what is imported late is so now
        losses, scores, seconds = zip(*(one(kind, make, seed) for seed in range(seeds)), strict=True)
        known = median(seconds) if name.startswith("scikit-learn adam") else known
        lines.append(f"| {name} | {median(losses):.3g} | {median(scores):.3f} | {median(seconds):.3g} |")
    return lines


HEAD = "| network | training loss | score on the test quarter | seconds |"


def main() -> None:
    """Run the seeds and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    text = [
        "# Beside scikit-learn's networks",
        "",
        "tanh, no penalty of the weights, standardised data, batches of 32 for Adam at a rate of 1e-3;"
        f" medians of {asked.seeds} seeds, each with its own split. Starts are each library's own. A network"
        " that fits its training samples better need not predict others better.",
    ]
    with threadpool_limits(1):
        for kind in KINDS:
            text += rows(kind, asked.seeds)
    print(write("sklearn", "\n".join(text), "one thread").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
