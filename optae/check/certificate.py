"""The certificate of a model's derivatives: plain data, its verdict, and its tables.

Derivatives are computed from the output backwards, so a wrong layer spoils those before it. The wrong layer
nearest the output is the one to look at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .differences import CONFIRM

AGREE = 1e-12  # relative difference of two engines, in float64


@dataclass(frozen=True)
class Agreement:
    """The relative difference of one engine's value of a quantity from NumPy's: ||a - b|| / ||b||.

    NumPy itself is checked by identities: the value with a gradient = the value without, half the squared
    residuals = the value, Jacobian' residuals = the gradient.
    """

    engine: str
    quantity: str
    difference: float
    tensor: str = ""  # the tensor that differs most, if the quantity has tensors

    @property
    def ok(self) -> bool:
        """Whether the difference is only rounding."""
        return self.difference <= AGREE

    def __str__(self) -> str:
        most = f", most in {self.tensor}" if self.tensor else ""
        return f"{self.engine}'s {self.quantity} is off by {self.difference:.1e}{most}"


@dataclass(frozen=True)
class TensorCheck:
    """The relative disagreement with finite differences in one tensor; `jacobian` is None without one."""

    name: str
    shape: tuple[int, ...]
    gradient: float
    hessian: float
    jacobian: float | None
    flat: bool  # the gradient is zero here, so it confirms nothing

    @property
    def ok(self) -> bool:
        """Whether gradient, Hessian and Jacobian are all confirmed."""
        return all(e <= CONFIRM for e in (self.gradient, self.hessian, self.jacobian) if e is not None)

    @property
    def verdict(self) -> str:
        """The verdict in a word or two."""
        if not self.ok:
            return "WRONG"
        return "zero here" if self.flat else "ok"


@dataclass(frozen=True)
class Certificate:
    """The findings of `certify` on the engines and on each tensor."""

    engines: tuple[str, ...]
    agreements: tuple[Agreement, ...]
    tensors: tuple[TensorCheck, ...]
    note: str = ""  # what was not checked, and why

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return all(a.ok for a in self.agreements) and all(t.ok for t in self.tensors)

    @property
    def start(self) -> str | None:
        """The wrong layer nearest the output."""
        return nearest_output(t.name for t in self.tensors if not t.ok)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities on which the engines are compared."""
        names = dict.fromkeys(a.quantity for a in self.agreements)
        return tuple(
            sorted(names, key=("value", "gradient", "Hessian product", "residuals", "Jacobian").index)
        )

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        return self._confirmation() if self.ok else f"WRONG: {'; '.join(self._complaints())}"

    def engine_rows(self) -> list[dict[str, str]]:
        """Return a row for every engine with a column for every quantity."""
        return [self._engine_row(engine) for engine in self.engines]

    def _engine_row(self, engine: str) -> dict[str, str]:
        found = {a.quantity: a for a in self.agreements if a.engine == engine}
        cells = {q: f"{found[q].difference:.1e}" if q in found else "reference" for q in self.quantities}
        agrees = all(a.ok for a in found.values())
        return {"engine": engine, **cells, "verdict": "agrees" if agrees else "WRONG"}

    def tensor_rows(self) -> list[dict[str, str]]:
        """Return a row for every tensor with its relative disagreement with finite differences."""
        return [
            {
                "tensor": t.name,
                "shape": " x ".join(map(str, t.shape)),
                "gradient": f"{t.gradient:.1e}",
                "Hessian": f"{t.hessian:.1e}",
                "Jacobian": "-" if t.jacobian is None else f"{t.jacobian:.1e}",
                "verdict": t.verdict,
            }
            for t in self.tensors
        ]

    def _confirmation(self) -> str:
        flat = [t.name for t in self.tensors if t.flat]
        but = f" but {listing(flat)}, where the gradient is zero" if flat else ""
        text = f"finite differences confirm every layer{but} to {CONFIRM:g}"
        if len(self.engines) > 1:
            text = f"{listing(self.engines)} agree to {AGREE:g} on {listing(self.quantities)}; {text}"
        return f"certificate: {text}"

    def _complaints(self) -> list[str]:
        wrong = [t.name for t in self.tensors if not t.ok]
        lines = [f"{listing(wrong)} against finite differences"] if wrong else []
        if self.start:
            lines.append(f"start looking at {self.start}, the wrong layer nearest the output")
        return lines + [str(a) for a in self.agreements if not a.ok]


def nearest_output(names: Iterable[str]) -> str | None:
    """Return the layer of the last of some tensors, given in a layout's order.

    >>> nearest_output(["encoder.0.weight", "encoder.1.bias"])
    'encoder.1'
    """
    names = list(names)
    return names[-1].rpartition(".")[0] if names else None


def listing(words: Sequence[str]) -> str:
    """Join words with commas and an "and".

    >>> listing(["numpy", "autograd", "jax"])
    'numpy, autograd and jax'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
