"""Homework mode: grade a user's own gradient, tensor by tensor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..engines.streams import GRADES, stream
from ..model.autoencoder import Autoencoder
from ..training.objective import Objective
from .answers import ask
from .certificate import listing, nearest_output
from .differences import norm
from .files import UserFunction
from .hints import Evidence, factor, fit, hints
from .points import lively_point

RIGHT = 1e-6  # largest relative error of a right tensor, at every point
POINTS = 3
FAINT = 1e-12  # share of the whole gradient; errors of smaller tensors are relative to it
TINY = 1e-300  # smallest divisor


@dataclass(frozen=True)
class Mark:
    """The mark of one tensor: its largest relative error over the points, and a possible cause."""

    name: str
    shape: tuple[int, ...]
    error: float
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether the tensor is right."""
        return self.error <= RIGHT


@dataclass(frozen=True)
class Grade:
    """A mark for every tensor, in the layout's order, and faults of the function as a whole."""

    marks: tuple[Mark, ...]
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is right."""
        return all(mark.ok for mark in self.marks) and not self.faults

    @property
    def start(self) -> str | None:
        """The wrong layer nearest the output, as an error there spoils the layers before it."""
        return nearest_output(mark.name for mark in self.marks if not mark.ok)

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        if self.ok:
            return f"right: every layer, to {RIGHT:g} at {POINTS} random points"
        return f"WRONG: {'; '.join([*self._wrong(), *self.faults])}"

    def rows(self) -> list[dict[str, str]]:
        """Return a row for every tensor."""
        return [
            {
                "tensor": mark.name,
                "shape": " x ".join(map(str, mark.shape)),
                "error": f"{mark.error:.1e}",
                "verdict": "right" if mark.ok else "WRONG",
                "hint": mark.hint,
            }
            for mark in self.marks
        ]

    def _wrong(self) -> list[str]:
        wrong = [mark for mark in self.marks if not mark.ok]
        if not wrong:
            return []
        every, hint = len(wrong) == len(self.marks), f" ({wrong[-1].hint})" if wrong[-1].hint else ""
        if every and len({mark.hint for mark in wrong}) == 1:
            return [f"every tensor, in the same way{hint}"]
        last = self.start == nearest_output(mark.name for mark in self.marks)
        where = "the output layer" if last else "behind which, nearer the output, all layers are right"
        names = "every tensor" if every else listing([mark.name for mark in wrong])
        return [names, f"start looking at {self.start}, {where}{hint}"]


def grade(model: Autoencoder, x: np.ndarray, gradient: UserFunction, seed: int = 0) -> Grade:
    """Compare `gradient(theta, x)` with the model's own at random points, tensor by tensor.

    `gradient` may return a vector (size,), a mapping of the layout's names to arrays, or the arrays in order;
    or (value, any of these). Raises ValueError if it fails or returns something else, and for a model with
    noise, whose loss depends on more than theta and x.
    """
    check_noiseless(model)
    f, rng = Objective(model, x, seed=seed), stream(seed, GRADES)
    thetas = np.stack([lively_point(f, rng) for _ in range(POINTS)])
    faults: dict[str, None] = {}
    *answers, again = (ask(gradient, model.layout, theta, f.draw.x, faults) for theta in (*thetas, thetas[0]))
    theirs, ours = np.stack([a.grad for a in answers]), np.stack([f.grad(theta) for theta in thetas])
    whole = frozenset[str]().union(*(a.whole for a in answers))
    with np.errstate(all="ignore"):  # nan and inf have a separate hint
        marks = _marks(Evidence(model, f.draw.x, thetas, ours, theirs, whole))
        for sentence in (*_changes(theirs, again.grad), *_values([a.value for a in answers], f, thetas)):
            faults[sentence] = None
    return Grade(tuple(marks), tuple(faults))


def check_noiseless(model: Autoencoder) -> None:
    """Raise ValueError for a model whose loss depends on a draw."""
    if model.random:
        raise ValueError(
            "homework is graded without noise: leave out the corruption and the sampled bottleneck"
        )


def _marks(e: Evidence) -> list[Mark]:
    slots = e.model.layout.slots
    errors = {name: max(map(_error, e.theirs, e.ours, [at] * POINTS)) for name, at, _ in slots}
    found = hints(e, [name for name, error in errors.items() if not error <= RIGHT])
    return [Mark(name, shape, errors[name], found.get(name, "")) for name, _, shape in slots]


def _error(theirs: np.ndarray, ours: np.ndarray, at: slice) -> float:
    """Return the relative error of one tensor at one point, inf for nan."""
    error = norm(theirs[at] - ours[at]) / max(norm(ours[at]), FAINT * norm(ours), TINY)
    return error if error == error else np.inf


def _changes(theirs: np.ndarray, again: np.ndarray) -> Iterator[str]:
    """Yield a fault if equal thetas give different gradients, or different thetas the same gradient."""
    if norm(again - theirs[0]) > RIGHT * norm(again):
        yield "two calls at the same theta differ: random numbers, or something kept between calls?"
    elif theirs.any() and (theirs == theirs[0]).all():
        yield "it returns the same at every theta: it does not use the theta it is given"


def _values(values: Sequence[float | None], f: Objective, thetas: np.ndarray) -> Iterator[str]:
    """Yield a fault if the function returns values and they are wrong."""
    if None in values:
        return
    theirs, ours = np.array(values, dtype=float), np.array([f(theta) for theta in thetas])
    if not norm(theirs - ours) <= RIGHT * norm(ours):
        c = fit(theirs, ours)
        yield (
            f"its value is {factor(c, *f.draw.x.shape)}"
            if c
            else f"its value is {theirs[0]:.6g}, ours {ours[0]:.6g}"
        )
