"""Estimators of scikit-learn that train by any method of the registry.

`Autoencoder` is a transformer; `MLPRegressor` and `MLPClassifier` take the place of scikit-learn's own. They
work in pipelines and searches, and `method` is any word that `optae.fit` takes, such as "lm" or
"adam:lr=3e-3,batch=32".
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError("optae.sklearn needs scikit-learn: run pip install 'optae[sklearn]'") from None

from .autoencoder import Autoencoder as Autoencoder
from .mlp import MLPClassifier as MLPClassifier
from .mlp import MLPRegressor as MLPRegressor

__all__ = ["Autoencoder", "MLPClassifier", "MLPRegressor"]
