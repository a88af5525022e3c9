"""Build the model and the problem of an experiment's words on its data."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..datasets import Dataset
from ..engines.streams import HOLDOUT, VALIDATION, stream
from ..evaluation.elbo import check_bound
from ..evaluation.quadrature import check_grid
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from ..model.losses import LOSSES
from ..model.mlp import MLP
from ..model.standard import Standard
from ..training.problem import Problem
from .schema import grouped
from .warm_start import vector

if TYPE_CHECKING:
    from .experiment import Experiment

HIDDEN = (60, 50, 30, 2)  # the encoder's half if no architecture is given
HIDDEN_OF_MLP = (32,)  # the hidden layers of an mlp if no architecture is given
NETWORKS = ("autoencoder", "mlp")
SCALES = ("standard",)


def model(experiment: "Experiment", data: Dataset) -> Chain:
    """Return the model for these data. Raises ValueError for fields that do not fit together."""
    kind, noise = experiment.network or "autoencoder", experiment.resolved.noise
    left_out = (*experiment.unused, "network")
    words = {n: vars(experiment)[n] for n in grouped(type(experiment), "network") if n not in left_out}
    widths = words.pop("arch")
    if kind == "autoencoder":
        widths = widths or (data.x.shape[1], *HIDDEN)
        words |= {"bottleneck": experiment.bottleneck, "corruption": noise, "binarize": experiment.binarize}
        return Autoencoder(widths, **words)
    widths = widths or (data.x.shape[1], *HIDDEN_OF_MLP, targets_of(data).shape[1])
    (of_x, of_y), hidden = _standards(experiment, data), words.pop("hidden") or "tanh"
    return MLP(widths, hidden=hidden, corruption=noise, standard_x=of_x, standard_y=of_y, **words)


def problem(experiment: "Experiment", data: Dataset) -> Problem:
    """Return the problem that the method solves. Raises ValueError if data and network do not fit."""
    predicts, known = experiment.network == "mlp", experiment.resolved
    built, kind = model(experiment, data), "features a sample" if predicts else "pixels an image"
    if built.widths[0] != data.x.shape[1]:
        raise ValueError(
            f"data set '{data.name}' has {data.x.shape[1]} {kind}, but the architecture starts with"
            f" {built.widths[0]}: begin `arch` with {data.x.shape[1]}"
        )
    if not predicts:
        data.check_unit()
        data = experiment.as_measured(data)
    _check_likelihood(experiment, built, data)
    first = partial(vector, known.warm_start, built) if known.warm_start else None
    seen, unseen = parts(experiment, data) if predicts else (data, data.heldout)
    seen, chooses = validation_parts(experiment, seen)
    return Problem(
        built,
        seen.x,
        targets_of(seen) if predicts else None,
        engine=known.engine,
        seed=experiment.seed,
        samples=known.copies or experiment.draws or 1,
        heldout=None if unseen is None else unseen.x,
        heldout_y=targets_of(unseen) if predicts and unseen is not None else None,
        grey=seen.grey if built.dynamic else None,
        validation=None if chooses is None else chooses.x,
        fresh=known.regime != "frozen",
        own=experiment.own_metrics,
        first=first,
        iwae=experiment.iwae,
        iwae_images=experiment.iwae_images,
        quadrature=experiment.quadrature,
    )


def _check_likelihood(experiment: "Experiment", built: Chain, data: Dataset) -> None:
    """Raise ValueError if no log-likelihood of held-out images can be measured, although it is asked for."""
    samples, points = experiment.iwae, experiment.quadrature
    if experiment.iwae_images is not None and samples is None:
        raise ValueError(f"`iwae_images` {experiment.iwae_images} needs `iwae`, such as 5000")
    if samples is None and points is None:
        return
    if samples is not None and points is not None:
        raise ValueError(f"`iwae` {samples} and `quadrature` {points} measure the same: leave one out")
    if points is None:
        word = f"`iwae` {samples}"
        check_bound(built)
    else:
        word = f"`quadrature` {points}"
        check_grid(built, points)
    if data.heldout is None:
        raise ValueError(f"{word} measures held-out images, and '{data.name}' holds none out: leave it out")


def parts(experiment: "Experiment", data: Dataset) -> tuple[Dataset, Dataset | None]:
    """Return the samples to train on and those that no method sees, if any.

    With `holdout` the seed chooses them; without it, they are those that the data set holds out itself.
    """
    if experiment.holdout is None:
        return data, data.heldout
    many = round(experiment.holdout * len(data))
    seen, unseen = _split(data, many, f"`holdout` {experiment.holdout:g}", stream(experiment.seed, HOLDOUT))
    return data.take(seen, heldout=None), data.take(unseen, heldout=None)


def validation_parts(experiment: "Experiment", data: Dataset) -> tuple[Dataset, Dataset | None]:
    """Return the samples to train on, and those by which the best vector is chosen, if any."""
    if (wanted := experiment.validation) is None:
        return data, None
    many = round(wanted * len(data)) if wanted < 1 else int(wanted)
    seen, unseen = _split(data, many, f"`validation` {wanted:g}", stream(experiment.seed, VALIDATION))
    return data.take(seen), data.take(unseen, heldout=None)


def _split(
    data: Dataset, many: int, asked: str, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which samples are seen and which `many` are not. Raises ValueError if a part is empty."""
    if not 0 < many < len(data):
        raise ValueError(f"{asked} of {len(data)} samples leaves a part empty: give a share")
    order = rng.permutation(len(data))
    return np.sort(order[many:]), np.sort(order[:many])


def targets_of(data: Dataset) -> np.ndarray:
    """Return the targets (n, k) of a data set. Raises ValueError if it has none."""
    if data.y is None:
        raise ValueError(
            f"data set '{data.name}' has no targets for an mlp: take one with classes or targets"
        )
    return data.y


def natural_loss(data: Dataset) -> str:
    """Return the loss of a network that predicts, if none is given: of numbers, or of classes."""
    return "cross_entropy" if data.targets is None else "mse"


def _standards(experiment: "Experiment", data: Dataset) -> tuple[Standard | None, Standard | None]:
    """Return the standards of the data and targets to train on; targets of classes have none."""
    if experiment.scale is None:
        return None, None
    seen, _ = parts(experiment, data)
    numbers = not LOSSES[experiment.loss].logits
    return Standard.of(seen.x), Standard.of(targets_of(seen)) if numbers else None
