"""Networks that predict, in place of scikit-learn's `MLPRegressor` and `MLPClassifier`."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ..model.mlp import MLP
from ..model.standard import Standard
from ..registry import lookup
from .samples import checked_weights
from .trained import Prepared, Trained

METHOD = "l-bfgs-short"  # needs no learning rate
SCALES = ("standard", "none")


class _Predictor(Trained):
    """The parameters and the training that both networks have."""

    model_: MLP

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        method: Any = METHOD,
        max_iter: int = 200,
        max_seconds: float | None = None,
        loss: str | None = None,
        scale: str = "standard",
        init: str = "auto",
        bias: bool = True,
        l2: float = 0.0,
        engine: str = "numpy",
        random_state: Any = None,
        warm_start: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.method = method
        self.max_iter = max_iter
        self.max_seconds = max_seconds
        self.loss = loss
        self.scale = scale
        self.init = init
        self.bias = bias
        self.l2 = l2
        self.engine = engine
        self.random_state = random_state
        self.warm_start = warm_start

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Train on samples X (n, d) and targets y, each sample weighted by `sample_weight` (n,).

        Equal samples count as one of their common weight. Raises ValueError for data, parameters and methods
        that do not fit together.
        """
        x, goals = self._checked(X, y)
        return self._train(x, goals, checked_weights(sample_weight, x))

    @abstractmethod
    def _checked(self, X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the data (n, d) and targets (n, k) as float64, and remember what they say of predictions."""

    @property
    @abstractmethod
    def _loss(self) -> str:
        """The loss to minimise."""

    def _prepared(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Prepared:
        """Return the network, with the standards of these samples if they are asked for, and the samples."""
        lookup("scale", self.scale, dict.fromkeys(SCALES))
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int)).tolist()
        words: dict[str, Any] = {"loss": self._loss, "init": self.init, "bias": self.bias, "l2": self.l2}
        model = MLP((x.shape[1], *sizes, y.shape[1]), hidden=self.activation, **words)
        if self.scale == "standard":
            of_y = None if model.criterion.logits else Standard.of(y, weights).words
            model = MLP.of({**model.words, "standard_x": Standard.of(x, weights).words, "standard_y": of_y})
        return model, x, y

    def _predicted(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the network's outputs (n, k), or probabilities of classes."""
        check_is_fitted(self)
        x = validate_data(self, X, dtype=float, reset=False)
        return np.asarray(self.model_.predict(self.theta_, x))


class MLPRegressor(RegressorMixin, _Predictor):
    """A network that predicts numbers, trained by any method.

    `hidden_layer_sizes` and `activation` are scikit-learn's; `method`, `engine`, `loss` (default "mse") and
    `init` are words of optae. `scale` "standard" standardises data and targets inside, "none" leaves them as
    they are. `max_iter` and `max_seconds` end the training.

    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> net = MLPRegressor((8,), "tanh", method="lm", max_iter=50, random_state=0).fit(X, np.sin(3 * X[:, 0]))
    >>> bool(net.score(X, np.sin(3 * X[:, 0])) > 0.999)
    True
    """

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the predictions (n,), or (n, k) if the targets had columns."""
        found = self._predicted(X)
        return found.ravel() if self._flat else found

    @property
    def _loss(self) -> str:
        return self.loss or "mse"

    def _checked(self, X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        x, y = validate_data(self, X, y, dtype=float, multi_output=True, y_numeric=True)
        goals = np.asarray(y, dtype=float)
        self._flat = goals.ndim == 1
        goals = goals.reshape(len(x), -1)
        self.n_outputs_ = goals.shape[1]
        return x, goals

    def __sklearn_tags__(self) -> Any:
        """Return what the estimator can do: its targets may have several columns."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class MLPClassifier(ClassifierMixin, _Predictor):
    """A network that predicts classes, with an output for each class, trained by any method.

    The parameters are those of `MLPRegressor`; the default `loss` is "cross_entropy".

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> bool(MLPClassifier((8,), method="adam:lr=0.05", random_state=0).fit(X, y).score(X, y) > 0.95)
    True
    """

    def predict(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the most probable classes (n,)."""
        probabilities = self._predicted(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the probabilities of the classes (n, k), which sum to 1."""
        found = self._predicted(X)
        return found / found.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the logarithms of the probabilities, (n, k)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    @property
    def _loss(self) -> str:
        return self.loss or "cross_entropy"

    def _checked(self, X: npt.ArrayLike, y: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        x, y = validate_data(self, X, y, dtype=float)
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"the targets have 1 class, {self.classes_[0]!r}: give two or more")
        return x, np.eye(len(self.classes_))[places]
