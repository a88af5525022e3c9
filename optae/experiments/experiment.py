"""One run in words and numbers: what the command line says, what a record keeps, what a grid varies."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ..datasets import Dataset, load_dataset
from ..evaluation.metrics import Target
from ..methods import method_spec
from ..methods.redrawn import Redrawn
from ..model.autoencoder import Autoencoder
from ..training.budget import Budget
from ..training.checkpoint import Checkpoint
from ..training.fit import Result, fit, fit_together, refuse
from ..training.problem import Problem
from ..training.trace import Trace
from .epoch_options import EpochOptions
from .noise_regime import WORDS as NOISE
from .noise_regime import resolved
from .schema import role

HIDDEN = (60, 50, 30, 2)  # the encoder's half where nobody says otherwise


@dataclass(frozen=True)
class Experiment:
    """A data set, a model, a method and a budget, all in words: `run` makes it a `Result`.

    Beside each field stands its role in a comparison, as `schema` has them: a new field is one line here.
    An empty `arch` is the data's width, 60, 50, 30, 2. An empty engine is numpy, or jax for optax's methods.
    `target` is a number for the loss, or such as "max_pixel_error=0". With noise its regime is resolved here,
    as `regimes` has it; without, the words of a regime are None.
    """

    dataset: str = role("problem", "font2")
    arch: tuple[int, ...] = role("problem", ())
    encoder: str = role("problem", "tanh")
    latent: str = role("problem", "identity")
    decoder: str = role("problem", "tanh")
    output: str | None = role("problem", None)
    bias: bool = role("problem", True)
    init: str = role("problem", "auto")
    loss: str = role("problem", "bce")
    method: str = role("method", "adam")
    options: tuple[tuple[str, Any], ...] = role("method", ())
    engine: str = role("how", "")
    seed: int = role("seed", 0)
    max_seconds: float = role("budget", math.inf)
    max_evaluations: float = role("budget", math.inf)
    max_iterations: float = role("budget", math.inf)
    target: str | None = role("budget", None)
    bottleneck: str | None = role("problem", None)  # None: a point; "gaussian:0.5": a VAE, its KL weight
    precision: str | None = role("how", None)  # of compiled epochs; None: the loop that every engine has
    schedule: str | None = role("how", None)
    clip: float | None = role("how", None)
    kl_warmup: float | None = role("how", None)
    draws: int | None = role("how", None)  # of the noise for each point of a frozen draw; None: 1
    device: str | None = role("how", None)
    devices: int | None = role("how", None)
    look: int | None = role("how", None)  # epochs between two looks at the held-out data; None: 1
    noise: str | None = role("problem", None)
    regime: str | None = role("how", None)
    copies: int | None = role("how", None)
    redraw: int | None = role("how", None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arch", tuple(self.arch))
        object.__setattr__(self, "options", tuple(sorted(dict(self.options).items())))
        if not self.engine:
            object.__setattr__(self, "engine", "jax" if self.method.startswith("optax:") else "numpy")
        for name, word in resolved(self.method, *(getattr(self, name) for name in NOISE)).items():
            object.__setattr__(self, name, word)

    def data(self) -> Dataset:
        """The data set. Raises ValueError where there is none."""
        return load_dataset(self.dataset)

    def model(self, data: Dataset) -> Autoencoder:
        """The model for these data. Raises ValueError where the words make none."""
        return Autoencoder(
            self.arch or (data.x.shape[1], *HIDDEN),
            encoder=self.encoder,
            latent=self.latent,
            decoder=self.decoder,
            output=self.output,
            bias=self.bias,
            init=self.init,
            loss=self.loss,
            bottleneck=self.bottleneck,
            corruption=self.noise,
        )

    def problem(self, data: Dataset) -> Problem:
        """What the method is given."""
        model = self.model(data)
        if model.widths[0] != data.x.shape[1]:
            raise ValueError(
                f"data set '{data.name}' has {data.x.shape[1]} pixels an image, but the architecture starts"
                f" with {model.widths[0]}: begin --arch with {data.x.shape[1]}"
            )
        return Problem(
            model,
            data.x,
            self.engine,
            self.seed,
            samples=self.copies or self.draws or 1,
            heldout=None if data.heldout is None else data.heldout.x,
            fresh=self.regime != "frozen",
        )

    def check(self, problem: Problem) -> None:
        """Raises ValueError, before anything runs or is written, for what cannot work."""
        refuse(problem, self._method(), self._budget())

    def _method(self) -> Any:
        words = {field.name: getattr(self, field.name) for field in fields(EpochOptions)}
        method = method_spec(self.method)(**dict(self.options))
        method = EpochOptions(**words).method(method, self.max_iterations)
        return method if self.redraw is None else Redrawn(method, self.redraw)

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
        """Trains, within the budget."""
        words: dict[str, Any] = {"on_progress": on_progress, "snapshots": snapshots, "checkpoint": checkpoint}
        problem = problem or self.problem(self.data())
        return fit(problem, self._method(), threads=threads, **words, **vars(self._budget()))

    def suits(self, problem: Problem) -> bool:
        """Whether several seeds of this experiment gain by training together."""
        method = self._method()
        return hasattr(method, "suits") and method.suits(problem)

    def run_together(self, seeds: Sequence[int], data: Dataset, threads: int | None = None) -> list[Result]:
        """`run` of every seed, in one compiled loop."""
        problems = [replace(self, seed=seed).problem(data) for seed in seeds]
        return fit_together(problems, self._method(), threads=threads, **vars(self._budget()))

    @property
    def words(self) -> dict[str, Any]:
        """As JSON keeps it; no limit is None."""
        words = {field.name: getattr(self, field.name) for field in fields(self)}
        words |= {"arch": list(self.arch), "options": dict(self.options)}
        return {name: None if value == math.inf else value for name, value in words.items()}

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> "Experiment":
        """The inverse of `words`."""
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in words.items() if name in known and value is not None}
        return replace(cls(), **given | {"options": tuple(dict(given.get("options", {})).items())})
