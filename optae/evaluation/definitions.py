"""The one table of metrics: what each means, and whether larger values are better.

Of pixels, y is the reconstruction of a clean sample t; of targets, y is the prediction of a target t. This
module loads no SciPy, so that help texts stay quick.
"""

from dataclasses import dataclass

from ..plugins import is_own, parameters


@dataclass(frozen=True)
class Metric:
    """The meaning of a metric, and whether larger values are better."""

    meaning: str
    larger_is_better: bool = False


PIXELS = {  # metrics of an autoencoder
    "half_sse": Metric("mean over samples of 1/2 the sum over pixels of (t - y)^2"),
    "mse": Metric("mean over samples and pixels of (t - y)^2, = 2 half_sse / pixels"),
    "squared_error": Metric("mean over samples of the sum over pixels of (t - y)^2, = 2 half_sse"),
    "bce": Metric(
        "mean over samples of the sum over pixels of -t log y - (1 - t) log(1 - y), nats per sample;"
        " nan where outputs leave [0, 1]"
    ),
    "max_pixel_error": Metric(
        "wrong pixels of the worst sample; a pixel is wrong where (y > 0.5) differs from (t > 0.5)"
    ),
    "exact": Metric("samples with no wrong pixel", larger_is_better=True),
    "within_one": Metric("samples with at most one wrong pixel", larger_is_better=True),
}
TARGETS = {  # metrics of a network that predicts; those of held-out samples are `heldout_` and the name
    "rmse": Metric(
        "root of the mean over samples of (t - y)^2, averaged over outputs, in the targets' units"
    ),
    "r2": Metric(
        "1 - sum of (t - y)^2 / sum of (t - mean t)^2, averaged over outputs", larger_is_better=True
    ),
    "accuracy": Metric("share of samples whose class is right", larger_is_better=True),
}
TARGETS |= {
    f"heldout_{name}": Metric(f"{metric.meaning}; on held-out samples", metric.larger_is_better)
    for name, metric in TARGETS.items()
}
METRICS = {**PIXELS, **TARGETS}
HELDOUT = {  # metrics of an autoencoder on images that it was not trained on (see `heldout`)
    "heldout_squared_error": Metric("squared_error of held-out images"),
    "heldout_bce": Metric("bce of held-out images, nats per image"),
    "lowest_heldout_bce": Metric(
        "lowest heldout_bce of all looks: the held-out images chose the moment, as in the literature's logs"
    ),
    "negative_elbo": Metric("-ELBO of held-out images, nats per image"),
    "negative_iwae": Metric("minus the importance-weighted bound of held-out images, nats per image"),
    "negative_likelihood": Metric(
        "minus the log-likelihood of held-out images, by importance samples or quadrature, nats per image"
    ),
    "likelihood_error": Metric(
        "standard error of the log-likelihood by its importance samples, or a bound of its quadrature's error"
    ),
    "active_units": Metric("active latent units on held-out images"),
}
DENOISED = ("denoised_exact", "denoised_within_one", "denoised_recognised")  # shares on fresh noise
_LARGER = frozenset({*(name for name, metric in METRICS.items() if metric.larger_is_better), *DENOISED})


def larger_is_better(metric: str) -> bool:
    """Whether larger values of a metric are better; the word of one's own says it (see `own`).

    >>> larger_is_better("exact"), larger_is_better("mine.py:hits@3fa9c2d1e8b0:higher")
    (True, True)
    """
    return metric in _LARGER or (is_own(metric) and "higher" in (parameters(metric)[1] or "").split(":"))
