"""An autoencoder as a transformer of scikit-learn: `transform` encodes, `inverse_transform` decodes."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ..model.autoencoder import Autoencoder as Model
from ..registry import lookup
from .mlp import METHOD
from .samples import checked_weights
from .trained import Prepared, Trained

SCALES = ("auto", "minmax", "none")


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Trained):
    """A network that encodes samples as `n_components` numbers and decodes them, trained by any method.

    `hidden_layer_sizes` are those of the encoder's hidden layers; the decoder mirrors them. `method`,
    `engine`, `loss`, `init`, `bottleneck`, `corruption` and the activations are words of optae. The network
    reads values in [0, 1]: with `scale` "auto", data in that range are taken as they are and others are
    scaled by the least and greatest value of each column, which decoding undoes; "minmax" always scales, and
    "none" never does. A variational bottleneck encodes as its mean.

    >>> import optae
    >>> letters = optae.load_dataset("font2").x
    >>> codes = Autoencoder((20,), 2, method="lm", max_iter=20, random_state=0).fit_transform(letters)
    >>> codes.shape
    (32, 2)
    """

    model_: Model

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (60, 50, 30),
        n_components: int = 2,
        *,
        method: Any = METHOD,
        max_iter: int = 200,
        max_seconds: float | None = None,
        encoder: str = "tanh",
        latent: str = "identity",
        decoder: str = "tanh",
        output: str | None = None,
        loss: str = "bce",
        scale: str = "auto",
        init: str = "auto",
        bias: bool = True,
        bottleneck: str | None = None,
        corruption: str | None = None,
        l2: float = 0.0,
        engine: str = "numpy",
        random_state: Any = None,
        warm_start: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.n_components = n_components
        self.method = method
        self.max_iter = max_iter
        self.max_seconds = max_seconds
        self.encoder = encoder
        self.latent = latent
        self.decoder = decoder
        self.output = output
        self.loss = loss
        self.scale = scale
        self.init = init
        self.bias = bias
        self.bottleneck = bottleneck
        self.corruption = corruption
        self.l2 = l2
        self.engine = engine
        self.random_state = random_state
        self.warm_start = warm_start

    def fit(self, X: npt.ArrayLike, y: object = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Train on samples X (n, d), each weighted by `sample_weight` (n,); y is ignored.

        Equal samples count as one of their common weight. Raises ValueError for data, parameters and methods
        that do not fit together.
        """
        x = validate_data(self, X, dtype=float)
        return self._train(x, np.empty((len(x), 0)), checked_weights(sample_weight, x))

    def transform(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the codes (n, n_components) of samples (n, d)."""
        return np.asarray(self.model_.encode(self.theta_, self._scaled(self._read(X))))

    def inverse_transform(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the samples (n, d) that codes (n, n_components) stand for."""
        check_is_fitted(self)
        codes = check_array(X, dtype=float)
        if codes.shape[1] != self.model_.latent_width:
            raise ValueError(f"codes have {self.model_.latent_width} columns, not {codes.shape[1]}")
        return self._decoded(codes)

    def reconstruction_error(self, X: npt.ArrayLike) -> np.ndarray:
        """Return the mean squared error over the columns of each sample's reconstruction, (n,)."""
        x = self._read(X)
        found = self._decoded(self.model_.encode(self.theta_, self._scaled(x)))
        return np.asarray(np.mean((found - x) ** 2, axis=1))

    def score(self, X: npt.ArrayLike, y: object = None) -> float:
        """Return minus the mean of `reconstruction_error`, so that larger is better, as in searches."""
        return -float(np.mean(self.reconstruction_error(X)))

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.latent_width)

    def _prepared(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Prepared:
        """Return the network and the scaled samples, which are their own targets."""
        self._keep_range(x)
        return self._network(x.shape[1]), self._scaled(x), None

    def _network(self, width: int) -> Model:
        hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int)).tolist()
        return Model(
            (width, *hidden, self.n_components, *hidden[::-1], width),
            encoder=self.encoder,
            latent=self.latent,
            decoder=self.decoder,
            output=self.output,
            loss=self.loss,
            init=self.init,
            bias=self.bias,
            bottleneck=self.bottleneck,
            corruption=self.corruption,
            l2=self.l2,
        )

    def _keep_range(self, x: np.ndarray) -> None:
        """Keep the least value and the range of each column, or 0 and 1 where data are taken as they are."""
        lookup("scale", self.scale, dict.fromkeys(SCALES))
        inside = x.min() >= 0 and x.max() <= 1
        plain = self.scale == "none" or (self.scale == "auto" and inside)
        low, high = (np.zeros(x.shape[1]), np.ones(x.shape[1])) if plain else (x.min(axis=0), x.max(axis=0))
        self.data_min_, self.data_range_ = low, np.where(high > low, high - low, 1.0)

    def _read(self, X: npt.ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=float, reset=False))

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        return (x - self.data_min_) / self.data_range_

    def _decoded(self, codes: np.ndarray) -> np.ndarray:
        found = self.model_.decode(self.theta_, codes)
        return np.asarray(found * self.data_range_ + self.data_min_)
