"""The description of one run in words and numbers, as on the command line, in a record and in a grid."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from functools import cached_property
from operator import attrgetter
from typing import Any

from ..datasets import Dataset, load_dataset
from ..evaluation.metrics import Target
from ..methods import method_spec, recorded_spec
from ..methods.redrawn import Redrawn
from ..methods.relay import Relay, relay_names
from ..methods.spec import MethodSpec
from ..model.chain import Chain
from ..plugins import Source, is_own, source_of, split, versioned
from ..training.budget import Budget
from ..training.checkpoint import Checkpoint
from ..training.contract import LockstepMethod, Method
from ..training.fit import fit, fit_together, refuse
from ..training.problem import Problem
from ..training.result import Result
from ..training.trace import Trace
from . import build, fields, readers
from .epoch_options import EpochOptions
from .noise_regime import REDRAW, check_used, resolved
from .schema import ALWAYS, IF_GIVEN, Words, facts, of_other_networks


@dataclass(frozen=True)
class Experiment:
    """A data set, a model, a method and a budget in words; `run` trains and returns a `Result`.

    Each field carries its facts (see `schema`), so a new field is one entry here. Fields hold what the user
    wrote; `resolved` fills in every default that does not depend on the data.
    """

    dataset: str = fields.data(
        "font2",
        fields.a_dataset,
        "Data set: {}, a C header as font.h:Font3, a .npy, .npz or .csv file, or a folder of images as "
        "faces/. Words after it say how to read it: faces.csv@20x20@label=name@scale=255 (README, Data).",
        in_name=ALWAYS,
    )
    holdout: float | None = fields.data(
        None,
        readers.share,
        "Share of samples that an mlp does not see; the seed chooses them.",
        metavar="SHARE",
        only="mlp",
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "arch", tuple(self.arch))
        object.__setattr__(self, "options", tuple(sorted(dict(self.options).items())))
        if self.network == "autoencoder":
            object.__setattr__(self, "network", None)
        self._check_network()
        self._regime()  # raises for unknown words

    def _check_network(self) -> None:
        """Raise ValueError for widths that are not this network's, and for words of the other kind."""
        if self.network is None:
            readers.check_half(self.arch)
        for name in self.unused:
            if vars(self)[name] != vars(type(self))[name]:
                only = facts(Experiment)[name].only
                raise ValueError(f"`{name}` {vars(self)[name]} is for `model` {only}: leave one of them out")

    @property
    def unused(self) -> tuple[str, ...]:
        """The names of the fields that this kind of network does not have."""
        return of_other_networks(Experiment, self.network or "autoencoder")

    @property
    def family(self) -> tuple[Any, ...]:
        """Every field but the seed, in their order."""
        return FAMILY(self)

    def at_seed(self, seed: int) -> "Experiment":
        """Return the same experiment with another seed: `replace` without reading the words again."""
        if seed == self.seed:
            return self
        other = object.__new__(Experiment)
        for name in NAMES:
            object.__setattr__(other, name, seed if name == "seed" else getattr(self, name))
        return other

    def _regime(self) -> Words:
        return resolved(self.method, self.noise, self.regime, self.copies, self.redraw, self.method_source)

    def check_regime(self) -> None:
        """Raise ValueError for a given field of the noise regime that has no effect here."""
        check_used(self.method, vars(self), self._regime())

    @cached_property
    def resolved(self) -> "Experiment":
        """The same experiment with the defaults of its engine and noise regime filled in."""
        spec = recorded_spec(self.method, self.method_source)
        known: Words = {"loss": versioned(self.loss), "engine": self.engine or spec.engine}
        return replace(self, **known, method_source=spec.own or None, **self._regime())

    def data(self) -> Dataset:
        """Load the data set. Raises ValueError if there is none of that name."""
        return load_dataset(self.dataset)

    def model(self, data: Dataset) -> Chain:
        """Return the model for these data. Raises ValueError for fields that do not fit together."""
        return build.model(self, data)

    def problem(self, data: Dataset) -> Problem:
        """Return the problem that the method solves. Raises ValueError if data and network do not fit."""
        return build.problem(self, data)

    def check(self, problem: Problem) -> None:
        """Raise ValueError for an impossible combination, before anything runs or is written."""
        refuse(problem, self._method(), self._budget())

    @property
    def method_spec(self) -> MethodSpec:
        """The method's entry. Raises ValueError if the file of one's own method is gone or has changed."""
        spec = method_spec(self.method)
        if self.method_source and spec.own != self.method_source:
            raise ValueError(
                f"the file of method '{self.method}' has changed: it was {self.method_source},"
                f" and is {spec.own or 'none'}"
            )
        return spec

    @property
    def sources(self) -> tuple[Source, ...]:
        """The files of one's own that its words name, each with its content."""
        named = (word for name, word in vars(self).items() if name != "dataset" and isinstance(word, str))
        legs = (name for word in named for name in relay_names(word))
        words = {split(word)[0] for word in legs if is_own(word)}
        return tuple(map(source_of, sorted(words)))

    def _method(self) -> Method:
        words = {field.name: vars(self)[field.name] for field in fields_of(EpochOptions)}
        method = self.method_spec(**dict(self.options))
        method = EpochOptions(**words).method(method, self.max_iterations)
        redraw = self.resolved.redraw
        if redraw and isinstance(method, Relay):
            raise ValueError("methods one after another take one frozen draw: leave out `redraw` and fresh")
        return Redrawn(method, redraw) if redraw else method

    def _budget(self) -> Budget:
        target = None if self.target is None else Target.parse(self.target)
        return Budget(self.max_seconds, self.max_evaluations, self.max_iterations, target)

    def run(
        self,
        problem: Problem | None = None,
        on_progress: Callable[[Trace], None] | None = None,
        snapshots: bool = False,
        checkpoint: Checkpoint | None = None,
        threads: int | None = None,
    ) -> Result:
        """Train within the budget and return the result."""
        words: Words = {"on_progress": on_progress, "snapshots": snapshots, "checkpoint": checkpoint}
        problem = problem or self.problem(self.data())
        return fit(problem, self._method(), threads=threads, **words, **vars(self._budget()))

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this experiment train faster together."""
        method = self._method()
        return isinstance(method, LockstepMethod) and method.suits(problem)

    def run_together(
        self, seeds: Sequence[int], data: Dataset, snapshots: bool = False, threads: int | None = None
    ) -> list[Result]:
        """Train every seed in one compiled loop, each as `run` does."""
        method = self._method()
        if not isinstance(method, LockstepMethod):
            raise ValueError(f"method '{self.method}' trains one seed at a time: run each alone")
        problems = [replace(self, seed=seed).problem(data) for seed in seeds]
        return fit_together(problems, method, snapshots=snapshots, threads=threads, **vars(self._budget()))

    @property
    def words(self) -> Words:
        """Every field, resolved, as JSON keeps it; an unlimited budget is None."""
        words = {name: vars(self.resolved)[name] for name in facts(Experiment)}
        words |= {"arch": list(self.arch), "options": dict(self.options)}
        words |= dict.fromkeys(self.unused)
        return {name: None if value == math.inf else value for name, value in words.items()}

    @classmethod
    def from_words(cls, words: Words) -> "Experiment":
        """Return the experiment that has these `words`."""
        given = {name: words[name] for name in facts(cls) if words.get(name) is not None}
        return replace(cls(), **given | {"options": tuple(dict(given.get("options", {})).items())})


NAMES = tuple(field.name for field in fields_of(Experiment))
FAMILY = attrgetter(*(name for name in NAMES if name != "seed"))
