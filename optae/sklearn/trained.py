"""What the estimators have in common: their training within a budget, and what is known after it."""

import math
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from ..methods import method_spec
from ..methods.own import method_of
from ..methods.spec import split_options
from ..model.chain import Chain
from ..training.contract import Method
from ..training.fit import fit
from ..training.problem import Problem
from .samples import merged
from .weighted import WeightedProblem, weighted

Prepared = tuple[Chain, np.ndarray, np.ndarray | None]


class Trained(BaseEstimator):
    """An estimator that trains a model from its parameters `method`, `engine`, `max_iter`, ...

    After `fit` it has `model_` and its vector `theta_` (size,), the trained `loss_` and `loss_curve_`,
    `n_iter_`, and how the run ended, `status_` and `message_`.
    """

    method: Any
    engine: str
    max_iter: int
    max_seconds: float | None
    random_state: Any
    warm_start: bool
    model_: Chain
    theta_: np.ndarray

    @abstractmethod
    def _prepared(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Prepared:
        """Return the model for these samples, and the data and targets that it is to be trained on."""

    def _train(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Self:
        """Train on x (n, d), targets y (n, k) and weights (n,), and keep what is found. Raises ValueError."""
        method = self._method()
        problem = self._problem(*merged(x, y, weights))
        if weights is None and method.refuses(problem):  # samples that are given twice are no reason
            problem = self._problem(x, y, None)
        result = fit(problem, method, max_iterations=self.max_iter, max_seconds=self._seconds)
        if result.status in ("failed", "diverged"):
            raise ValueError(f"method '{self.method}' {result.status}: {result.message}")
        self.theta_, self.loss_ = result.theta, result.value
        self.loss_curve_ = [row.loss for row in result.rows]
        self.n_iter_ = max(1, int(result.iterations))
        self.status_, self.message_ = result.status, result.message
        return self

    def _problem(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Problem:
        """Return the problem of these samples, and keep its model."""
        model, x, goals = self._prepared(x, y, weights)
        words: dict[str, Any] = {"engine": self.engine, "seed": self._seed(), "first": self._first(model)}
        self.model_ = model
        if weights is None:
            return Problem(model, x, goals, **words)
        targets = np.hstack([x if goals is None else goals, weights[:, None]])
        return WeightedProblem(weighted(model), x, targets, **words)

    def _method(self) -> Method:
        """Return the method itself. Raises ValueError for an unknown word."""
        if not isinstance(self.method, str):
            return method_of(self.method)
        name, options = split_options(self.method)
        spec = method_spec(name)
        return spec(**spec.read(options))

    @property
    def _seconds(self) -> float:
        return math.inf if self.max_seconds is None else self.max_seconds

    def _seed(self) -> int:
        """Return `random_state` itself if it is a whole number, which gives the start of optae's own runs."""
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _first(self, model: Chain) -> np.ndarray | None:
        """Return the vector of the `fit` before, if `warm_start` asks for it and it has this model's size."""
        before = vars(self).get("theta_") if self.warm_start else None
        return None if before is None or len(before) != model.size else before

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` has been called."""
        return "theta_" in vars(self)

    @property
    def coefs_(self) -> list[np.ndarray]:
        """The weights of every layer, (in, out), as scikit-learn names them."""
        return self._arrays("weight")

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """The biases of every layer, (out,), as scikit-learn names them."""
        return self._arrays("bias")

    def _arrays(self, kind: str) -> list[np.ndarray]:
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"this {type(self).__name__} is not fitted yet: call `fit`")
        parts = self.model_.layout.unpack(self.theta_)
        return [part.copy() for name, part in parts.items() if name.endswith(kind)]
