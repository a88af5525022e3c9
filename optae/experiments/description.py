"""The fields of an experiment: all that a run is asked to do, each with its facts."""

import math
from dataclasses import dataclass
from typing import Any

from . import fields, readers
from .noise_regime import REDRAW
from .schema import ALWAYS, IF_GIVEN


@dataclass(frozen=True)
class Description:
    """A data set, a model, a method and a budget in words, as the user wrote them.

    Each field carries its facts (see `schema`), so a new field is one entry here.
    """

    dataset: str = fields.data(
        "font2",
        fields.a_dataset,
        "Data set: {}, a C header as font.h:Font3, a .npy, .npz or .csv file, or a folder of images as "
        "faces/. Words after it say how to read it: faces.csv@20x20@label=name@scale=255 (docs, Your data).",
        in_name=ALWAYS,
    )
    holdout: float | None = fields.data(
        None,
        readers.share,
        "Share of samples that an mlp does not see; the seed chooses them.",
        metavar="SHARE",
        only="mlp",
    )
    validation: float | None = fields.data(
        None,
        readers.part,
        "Samples that compiled epochs do not train on, as their number or a share; the seed chooses them, and"
        " the vector with the lowest loss on them is kept.",
        metavar="PART",
        only="autoencoder",
    )
    binarize: str | None = fields.data(
        None,
        fields.a_binarization,
        "Pixels of 0 and 1, each 1 with probability its grey value: {}. static draws them once, the same for"
        " every run; dynamic trains on new ones at every draw.",
        in_name=IF_GIVEN,
        only="autoencoder",
    )
    network: str | None = fields.network(
        None,
        fields.a_network,
        "Kind of network: {}; an mlp learns to predict the targets or classes of the data set.",
        option="model",
        axis="model",
        unset="autoencoder",
        in_name=IF_GIVEN,
    )
    arch: tuple[int, ...] = fields.network(
        (),
        readers.arch,
        "Layer widths: all, such as 35,20,15,2,15,20,35, or an encoder's half, such as 35,20,15,2.",
        metavar="WIDTHS",
        unset="the data's width,60,50,30,2, or of an mlp the data's width,32,outputs",
        in_name=ALWAYS,
    )
    hidden: str | None = fields.network(
        None, fields.an_activation, "Activation of hidden layers of an mlp.", unset="tanh", only="mlp"
    )
    scale: str | None = fields.data(
        None,
        fields.a_scale,
        "Scale of an mlp's data and targets: {} subtracts means and divides by deviations of the training"
        " samples, and predictions undo it.",
        only="mlp",
    )
    encoder: str = fields.network(
        "tanh",
        fields.an_activation,
        "Activation of hidden encoder layers: {}; logistic:1.6, or "
        "logistic:beta=0.8, is 1 / (1 + exp(-1.6 a)): the gain is twice beta.",
        only="autoencoder",
    )
    latent: str = fields.network(
        "identity", fields.an_activation, "Activation of the latent layer.", only="autoencoder"
    )
    decoder: str = fields.network(
        "tanh", fields.an_activation, "Activation of hidden decoder layers.", only="autoencoder"
    )
    output: str | None = fields.network(
        None,
        fields.an_activation,
        "Activation of the output layer.",
        unset="the decoder's if its values lie in [0, 1], else logistic; of an mlp what its loss needs",
    )
    bias: bool = fields.network(True, readers.flag, "Biases in every layer, or in none.")
    init: str = fields.network(
        "auto", fields.a_start, "Initial weights: {}; auto is centred, or glorot without biases."
    )
    loss: str = fields.network(
        "bce",
        fields.a_loss,
        "Loss to minimise: {}, or mine.py:NAME of your own file, which is run as code.",
        in_name=ALWAYS,
    )
    l2: float | None = fields.network(
        None,
        readers.not_negative,
        "Weight of L2: this times half the squared norm of all weights and biases is added to the loss.",
        metavar="WEIGHT",
        in_name=IF_GIVEN,
    )
    warm_start: str | None = fields.beginning(
        None,
        fields.a_run,
        "Stored run of the same network to go on from, in place of initial weights: its folder.",
        metavar="RUN",
        option="start",
        axis="start",
        in_name=IF_GIVEN,
    )
    method: str = fields.method(
        "adam",
        readers.method,
        "Training method: a name that `optae methods` lists, optax:NAME or torch:NAME for any of theirs, or"
        " mine.py:NAME for one in a file of your own, which is run as code. Several run one after another in"
        ' one budget: "adam@0.2 > lm".',
        metavar="NAME",
        several='With options it is written "adam:lr=3e-3,batch=8".',
    )
    options: tuple[tuple[str, Any], ...] = fields.method((), None, "Options of the method.")
    method_source: str | None = fields.method(
        None, None, "Kind of a method of one's own, and the digest of the file that defines it."
    )
    engine: str = fields.solving("", fields.an_engine, "Array library: {}.", unset="numpy, or jax for optax")
    seed: int = fields.seed(
        0,
        readers.seeds,
        "Seed of the initial weights, the batches and all noise.",
        axis="seeds",
        several="10 means 0 to 9; 5-9 and 3,7 are possible too.",
    )
    max_seconds: float = fields.budget(
        math.inf, readers.positive, "Seconds of solving; compilation is not counted.", metavar="SECONDS"
    )
    max_evaluations: float = fields.budget(
        math.inf, readers.positive, "Evaluations of loss or derivatives on all the data.", metavar="N"
    )
    max_iterations: float = fields.budget(
        math.inf, readers.positive, "Iterations of the method, such as epochs or Powell sweeps.", metavar="N"
    )
    target: str | None = fields.budget(
        None, readers.target, "Stop at this loss, or at a metric such as max_pixel_error=0.", metavar="WORD"
    )
    measure: str | None = fields.measuring(
        None,
        fields.metrics,
        "Metric of your own to measure beside the others: mine.py:NAME, which is run as code, or several with"
        " commas. One that is the target needs no mention.",
        metavar="WORD",
    )
    bottleneck: str | None = fields.bottleneck(
        None,
        fields.a_bottleneck,
        "Sampled latent layer: gaussian, or gaussian:0.5 with a weight of the KL divergence.",
        in_name=IF_GIVEN,
        only="autoencoder",
    )
    precision: str | None = fields.hardware(
        None, fields.a_precision, "Precision of matrix products: {}; with batches, JAX compiles whole epochs."
    )
    schedule: str | None = fields.solving(
        None, fields.a_schedule, "Schedule of the learning rate: {}; cosine:1 warms up for one epoch."
    )
    clip: float | None = fields.solving(
        None, readers.positive, "Largest norm of the gradient over all weights.", metavar="NORM"
    )
    kl_warmup: float | None = fields.variational(
        None,
        readers.not_negative,
        "Epochs until the KL divergence counts in full.",
        metavar="EPOCHS",
        only="autoencoder",
    )
    draws: int | None = fields.variational(
        None,
        readers.count,
        "Draws of latent noise per image in a frozen loss.",
        metavar="N",
        unset="1",
        only="autoencoder",
    )
    device: str | None = fields.hardware(
        None, fields.a_device, "Device of compiled epochs: {}.", unset="the best that JAX finds"
    )
    devices: int | None = fields.hardware(
        None, readers.count, "Split every batch over this many devices.", metavar="N"
    )
    look: int | None = fields.variational(
        None, readers.count, "Epochs between two looks at held-out data.", metavar="EPOCHS", unset="1"
    )
    iwae: int | None = fields.variational(
        None,
        readers.count,
        "Importance samples of each held-out image for the log-likelihood at the end; 5000 is usual.",
        metavar="K",
        only="autoencoder",
    )
    iwae_images: int | None = fields.variational(
        None,
        readers.count,
        "Held-out images, evenly spread, for that log-likelihood.",
        metavar="N",
        unset="all",
        only="autoencoder",
    )
    quadrature: int | None = fields.variational(
        None,
        readers.count,
        "Or that log-likelihood by quadrature: codes along each of at most two latent units, such as 600.",
        metavar="POINTS",
        only="autoencoder",
    )
    noise: str | None = fields.noise(
        None,
        fields.a_noise,
        "Noise that the network must remove: {}; written as flip:0.1 or shift:p=0.2,range=0.5.",
        in_name=IF_GIVEN,
    )
    regime: str | None = fields.regime(
        None,
        fields.a_regime,
        "frozen (noise is drawn once) or fresh (again and again).",
        unset="fresh for methods that take epochs",
    )
    copies: int | None = fields.regime(
        None, readers.count, "Noisy copies of each sample at a time.", metavar="N", unset="1"
    )
    redraw: int | None = fields.regime(
        None,
        readers.count,
        "Iterations between draws of fresh noise, for methods without epochs.",
        metavar="N",
        unset=f"{REDRAW}, if fresh",
    )
