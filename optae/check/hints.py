"""Find out why a gradient is wrong, by making common mistakes and comparing the results.

Some mistakes affect a single tensor: a factor, a transposition, zeros. Others are made in a layer and spoil
the layers before it. Those are made here in a small backpropagation, one after another, from the output on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from ..model.autoencoder import Autoencoder
from .certificate import nearest_output
from .differences import norm
from .mistakes import Mistake, chain, mistakes

MATCH = 1e-6  # relative error below which a guess equals the user's gradient
NEARLY = 1e-4  # largest relative error of single precision or of a finite difference
MOST_SAMPLES = 1e6  # largest number of samples that a gradient may be divided by
ZERO_BIAS = "? It is delta summed over the samples"
ZERO_WEIGHT = ", or cut to whole numbers?"


@dataclass(frozen=True)
class Evidence:
    """The user's and our gradients (points, size) of a model's loss over x (n, d), at the same thetas."""

    model: Autoencoder
    x: np.ndarray
    thetas: np.ndarray
    ours: np.ndarray
    theirs: np.ndarray
    whole: frozenset[str]  # tensors that came in an integer type

    def where_wrong(self, at: slice, *arrays: np.ndarray) -> list[np.ndarray]:
        """Return the rows of these (points, ...) at the points where the gradient of theta[at] is wrong."""
        wrong = self._wrong(at)
        return [array[wrong] for array in arrays]

    @cached_property
    def right(self) -> list[slice]:
        """The slices of the tensors that are right at every point."""
        return [at for _, at, _ in self.model.layout.slots if not any(self._wrong(at))]

    def _wrong(self, at: slice) -> list[bool]:
        pairs = zip(self.theirs[:, at], self.ours[:, at], strict=True)
        return [not norm(a - b) <= MATCH * norm(b) for a, b in pairs]

    def factor(self, c: float) -> str:
        """Return a constant factor in words."""
        return factor(c, *self.x.shape)


def hints(evidence: Evidence, wrong: Sequence[str]) -> dict[str, str]:
    """Return a sentence for each wrong tensor, or ''; `wrong` is in the layout's order."""
    places = {name: (at, shape) for name, at, shape in evidence.model.layout.slots}
    found = {name: _own(evidence, name, *places[name]) for name in wrong}
    found |= _made_in_a_layer(evidence, {name: places[name][0] for name in wrong if not found[name]})
    for name in wrong:
        found[name] = found[name] or _last_resort(evidence, name, places[name][0], wrong)
    return found


def factor(c: float, n: int, d: int) -> str:
    """Say what a constant factor c usually means, for n samples of d pixels.

    >>> factor(12.0, 12, 35)
    '12 x ours (n): a sum over samples where a mean belongs?'
    >>> factor(-70.0, 12, 35)
    "-70 x ours (- 2 d): the sign is turned, the square's 2 is kept, a sum over pixels where a mean belongs?"
    >>> factor(0.375, 12, 35)
    '0.375 x ours: divided by 32, where n is 12?'
    """
    symbols, meanings = _named(abs(c), n, d)
    if c < 0:
        symbols, meanings = ["-", *symbols], ["the sign is turned", *meanings]
    if not symbols and 1.5 < n / c < MOST_SAMPLES and abs(n / c - round(n / c)) < MATCH:
        meanings = [f"divided by {round(n / c)}, where n is {n}"]
    name = f" ({' '.join(symbols)})" if symbols else ""
    return f"{c:.6g} x ours{name}" + (f": {', '.join(meanings)}?" if meanings else "")


_FACTORS = {
    ("2", 1): "the square's 2 is kept",
    ("2", -1): "halved once too often",
    ("n", 1): "a sum over samples where a mean belongs",
    ("n", -1): "divided by the samples once too often",
    ("d", 1): "a sum over pixels where a mean belongs",
    ("d", -1): "a mean over pixels where a sum belongs",
}


def fit(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the c of a = c b, or None if there is none."""
    square = float(np.vdot(b, b))
    if a.size < 2 or not square or not np.isfinite(a).all():
        return None
    c = float(np.vdot(a, b)) / square
    return c if c and norm(a - c * b) <= MATCH * norm(a) else None


def _named(c: float, n: int, d: int) -> tuple[list[str], list[str]]:
    """Write c as the shortest product of 2, n, d and their inverses: symbols, and their meanings."""
    for powers in sorted(product((0, 1, -1), repeat=3), key=lambda p: sum(map(abs, p))):
        if abs(c / (2.0 ** powers[0] * float(n) ** powers[1] * float(d) ** powers[2]) - 1) < MATCH:
            used = [(name, power) for name, power in zip("2nd", powers, strict=True) if power]
            symbols = [name if power > 0 else f"/ {name}" for name, power in used]
            return symbols, [_FACTORS[key] for key in used]
    return [], []


def _own(e: Evidence, name: str, at: slice, shape: tuple[int, ...]) -> str:
    """Return a hint from this tensor alone, or ''."""
    ours, theirs = e.ours[:, at], e.theirs[:, at]
    if not np.isfinite(theirs).all():
        return "nan or inf: an overflow, a division by 0 or a logarithm of 0?"
    if not e.theirs.any():
        return "zero: not filled in?"
    if not theirs.any():
        return "zero: forgotten" + (ZERO_BIAS if len(shape) == 1 else ZERO_WEIGHT)
    if name in e.whole:
        return "whole numbers: np.vectorize takes the type of its first result; compute in floats"
    if len(theirs) > 1 and (theirs == theirs[0]).all():
        return "the same at every theta: computed from something else?"
    ours, theirs, thetas = e.where_wrong(at, ours, theirs, e.thetas[:, at])
    return _constant(e, theirs, ours) or _transposed(e, theirs, ours, shape) or _decay(theirs - ours, thetas)


def _constant(e: Evidence, theirs: np.ndarray, ours: np.ndarray, always: bool = False) -> str:
    """Name a factor that has a meaning; with `always` any factor."""
    text = e.factor(c) if (c := fit(theirs, ours)) else ""
    return text if always or ":" in text else ""


def _transposed(e: Evidence, theirs: np.ndarray, ours: np.ndarray, shape: tuple[int, ...]) -> str:
    turned = theirs.reshape(-1, *shape[::-1])
    if len(shape) < 2 or (c := fit(turned.swapaxes(1, 2).reshape(ours.shape), ours)) is None:
        return ""
    return f"transposed: here it is {shape}, inputs by outputs" + _times(e, c)


def _decay(excess: np.ndarray, thetas: np.ndarray) -> str:
    c = fit(excess, thetas)
    return f"ours + {c:.6g} theta: a weight decay, which this loss does not have?" if c else ""


def _times(e: Evidence, c: float) -> str:
    return "" if abs(c - 1) < MATCH else f"; and {e.factor(c)}"


def _made_in_a_layer(e: Evidence, left: dict[str, slice]) -> dict[str, str]:
    """Return hints from mistakes made one after another, from the output on, while one explains a layer."""
    found: dict[str, str] = {}
    layers = chain(e.model)
    while left:
        start = nearest_output(left)
        matches = [(m, _explained(e, m, left)) for m in mistakes(e.model, layers)]
        mistake, fits = max(matches, key=lambda match: _worth(match[1], start))
        if not _worth(fits, start):
            break
        for name, c in fits.items():
            found[name] = _sentence(mistake, nearest_output([name]), start) + _times(e, c)
        left = {name: at for name, at in left.items() if name not in fits}
        layers = mistake.layers
    return found


def _sentence(mistake: Mistake, layer: str | None, start: str | None) -> str:
    """Describe the mistake in its own layer and in the one to start with; elsewhere, say where to look."""
    if mistake.origin in ("", layer):
        return mistake.text
    return f"{mistake.origin}: {mistake.text}" if layer == start else f"follows from {mistake.origin}"


def _worth(fits: dict[str, float], start: str | None) -> int:
    """Return the number of tensors that are explained, or 0 if the one to start with is not among them."""
    return len(fits) if any(nearest_output([name]) == start for name in fits) else 0


def _explained(e: Evidence, mistake: Mistake, left: dict[str, slice]) -> dict[str, float]:
    """Return the tensors that this mistake predicts, and the factors; none if it spoils a right tensor."""
    guess, fits = np.stack([mistake.gradient(e.model, theta, e.x) for theta in e.thetas]), {}
    if mistake.origin and any(
        norm(guess[:, at] - e.ours[:, at]) > MATCH * norm(e.ours[:, at]) for at in e.right
    ):
        return {}
    for name, at in left.items():
        theirs, ours, guessed = e.where_wrong(at, e.theirs[:, at], e.ours[:, at], guess[:, at])
        c = fit(theirs, guessed)
        if c and (abs(c - 1) < MATCH or fit(theirs, ours) is None):  # otherwise the factor alone explains it
            fits[name] = c
    return fits


def _last_resort(e: Evidence, name: str, at: slice, wrong: Sequence[str]) -> str:
    ours, theirs, start = e.ours[:, at], e.theirs[:, at], nearest_output(wrong)
    if norm(theirs - ours) < NEARLY * norm(ours):
        return "nearly right: single precision, or a finite difference?"
    if text := _constant(e, theirs, ours, always=True):
        return text
    return "" if nearest_output([name]) == start else f"perhaps only spoilt by {start}: mend that first"
