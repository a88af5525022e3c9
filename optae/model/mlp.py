"""Feed-forward networks from samples to targets, as pure functions of a flat vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..engines import Array, Library
from ..engines.contract import Noise
from ..engines.draw import Draw
from ..registry import parse, spell, versioned
from .activations import ACTIVATIONS, Activation, Identity, Logistic
from .chain import Chain
from .combinations import check_output, check_words, checked_l2
from .corruptions import Corruption, spelled
from .corruptions import corruption as corruption_of
from .losses import LOSSES
from .network import Network, checked_widths
from .samples import features, targets
from .stage import Stage
from .standard import Standard


@dataclass(frozen=True, init=False, repr=False)
class MLP(Chain):
    """A network from x (n, d) to targets y (n, k): regression, or classification by bce or cross_entropy.

    `widths` are those of all layers. Activations are words such as "tanh" or "logistic:1.6" for the hidden
    layers and the output; an output of None is logistic for the loss bce, else identity. With cross_entropy
    the outputs are logits of the classes, and `predict` returns their softmax. `standard_x` and `standard_y`
    are applied to data and targets, and undone in predictions. `l2` adds l2 |theta|^2 / 2 to the loss. Raises
    ValueError for invalid widths, unknown words and parts that do not fit together.

    >>> model = MLP([64, 32, 10], loss="cross_entropy")
    >>> model.size, model.words["output"], MLP.of(model.words) == model
    (2410, 'identity', True)
    """

    widths: tuple[int, ...]
    hidden: Activation
    output: Activation
    bias: bool
    loss_name: str
    init_name: str
    corruption: Corruption | None
    l2: float
    standard_x: Standard | None
    standard_y: Standard | None

    def __init__(
        self,
        widths: Sequence[int],
        *,
        hidden: str | Activation = "tanh",
        output: str | Activation | None = None,
        bias: bool = True,
        loss: str = "mse",
        init: str = "auto",
        corruption: str | Corruption | None = None,
        l2: float | None = None,
        standard_x: Standard | Mapping[str, Sequence[float]] | None = None,
        standard_y: Standard | Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        check_words(init, loss, bias)
        default = "logistic" if LOSSES[loss].logits and not LOSSES[loss].classes else "identity"
        vars(self).update(
            widths=checked_widths(widths),
            hidden=parse("activation", hidden, ACTIVATIONS),
            output=parse("activation", default if output is None else output, ACTIVATIONS),
            bias=bool(bias),
            loss_name=versioned(loss),
            init_name=init,
            corruption=corruption_of(corruption),
            l2=checked_l2(l2),
            standard_x=Standard.parse(standard_x),
            standard_y=Standard.parse(standard_y),
        )
        check_output(self.output, loss)
        if self.criterion.classes and self.widths[-1] < 2:
            raise ValueError(f"loss '{loss}' needs an output for each class: end `arch` with 2 or more")
        self._check_standards()

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> "MLP":
        """Return the model that has these `words`. Raises ValueError if they do not describe a model."""
        return cls(**words)

    @property
    def words(self) -> dict[str, Any]:
        """The model as words and numbers that JSON holds; `MLP.of(words)` builds it again."""
        standards = {"standard_x": self.standard_x, "standard_y": self.standard_y}
        return {
            "widths": list(self.widths),
            "hidden": spell(self.hidden, ACTIVATIONS),
            "output": spell(self.output, ACTIVATIONS),
            "bias": self.bias,
            "loss": self.loss_name,
            "init": self.init_name,
            **({} if self.corruption is None else {"corruption": spelled(self.corruption)}),
            **({"l2": self.l2} if self.l2 else {}),
            **{name: standard.words for name, standard in standards.items() if standard},
        }

    @cached_property
    def network(self) -> Network:
        """The network from x to the output, or to its logits if the criterion takes them."""
        scored = Identity(self.output.gain) if isinstance(self.output, Logistic) else self.output
        last = scored if self.criterion.logits else self.output
        return Network("network", self.widths, (self.hidden,) * (len(self.widths) - 2) + (last,), self.bias)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The one network."""
        return (self.network,)

    def checked(self, x: npt.ArrayLike, y: npt.ArrayLike | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return x (n, d) and y (n, k) as float64. Raises ValueError for data that do not fit the model."""
        x = features(x, self.widths[0])
        if y is None:
            raise ValueError(f"a network that learns to predict needs targets: give `y`, ({len(x)}, outputs)")
        return x, targets(y, len(x), self.widths[-1], self.criterion)

    def draw(self, x: Array, rng: Noise, y: Array | None = None) -> Draw:
        """Return the input and target of one evaluation on x (n, d) and y (n, k)."""
        x = self.corruption(x, rng) if self.corruption else x
        x = self.standard_x.apply(x) if self.standard_x else x
        return Draw(x, self.standard_y.apply(y) if self.standard_y else y, None)

    def predict(self, theta: Array, x: Array, xp: Library = np) -> Array:
        """Return predictions (n, k) of x (n, d): in the units of the targets, or probabilities of classes."""
        x = self.standard_x.apply(x) if self.standard_x else x
        out = self.network.forward(self.layout.unpack(theta), x, xp)
        found = self.criterion.predicted(out, xp)
        return self.standard_y.undo(found) if self.standard_y else found

    def _check_standards(self) -> None:
        """Raise ValueError for standards of another width than the data's, or of classes."""
        for standard, width in ((self.standard_x, self.widths[0]), (self.standard_y, self.widths[-1])):
            if standard is not None and {len(standard.mean), len(standard.deviation)} != {width}:
                raise ValueError(f"a standard of {len(standard.mean)} columns does not fit {width}")
        if self.standard_y is not None and self.criterion.logits:
            raise ValueError(f"loss '{self.loss_name}' is of probabilities: leave `standard_y` out")
