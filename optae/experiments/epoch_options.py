"""The fields of an experiment that say how a first-order method goes over the data."""

from dataclasses import dataclass, replace

from ..engines.hardware import DEVICES, PRECISIONS, Hardware
from ..methods.compiled.loop import CompiledMethod
from ..methods.first_order.compiled_epochs import Epochs, RuleModifiers
from ..methods.first_order.loop import FirstOrder
from ..methods.first_order.schedules import SCHEDULES
from ..registry import lookup, parse
from ..training.contract import Method


@dataclass(frozen=True)
class EpochOptions:
    """How epochs are compiled if a precision is given; without one, every engine runs the paired loop.

    A method that takes all the data at once has no epochs to compile; there a precision applies to its loop,
    on engine jax. Raises ValueError for a value out of range, and for a field that needs a precision but has
    none.
    """

    precision: str | None = None
    schedule: str | None = None
    clip: float | None = None
    kl_warmup: float | None = None
    device: str | None = None
    devices: int | None = None
    look: int | None = None  # epochs between two looks at the held-out data; None: 1

    def __post_init__(self) -> None:
        others = [name for name, value in vars(self).items() if name != "precision" and value is not None]
        if self.precision is None and others:
            raise ValueError(f"`{others[0]}` is for compiled epochs: give `precision` too, such as float32")
        if self.precision is not None:
            lookup("precision", self.precision, dict.fromkeys(PRECISIONS))
        if self.device is not None:
            lookup("device", self.device, dict.fromkeys(DEVICES))
        if self.clip is not None and not 0 < self.clip < float("inf"):
            raise ValueError(f"`clip` {self.clip:g}: give the gradient's largest norm, such as 1")
        if self.kl_warmup is not None and not 0 <= self.kl_warmup < float("inf"):
            raise ValueError(f"`kl_warmup` {self.kl_warmup:g}: give 0 epochs or more")
        for name, count in {"devices": self.devices, "look": self.look}.items():
            if count is not None and count < 1:
                raise ValueError(f"`{name}` {count}: give 1 or more")

    def method(self, method: Method, epochs: float) -> Method:
        """Return the method, with compiled epochs if requested; `epochs` is the end of a schedule."""
        if self.precision is None:
            return method
        if isinstance(method, CompiledMethod):
            return self._placed(method)
        alone = [name for name, word in vars(self).items() if word is not None] == ["precision"]
        if isinstance(method, FirstOrder) and method.batch is None and alone and self.precision != "bfloat16":
            return replace(method, precision=self.precision)
        if not isinstance(method, FirstOrder) or method.batch is None:
            raise ValueError(
                "compiled epochs are for first-order methods with batches: give `batch`, or no `precision`"
            )
        schedule = parse("schedule", self.schedule or "constant", SCHEDULES)
        if self.schedule and "lr" not in vars(method.rule):
            raise ValueError(f"`schedule` {self.schedule} scales the field lr, which this method lacks")
        if schedule.ends and epochs == float("inf"):
            raise ValueError(f"schedule '{self.schedule}' needs to know its end: give `epochs`")
        modifiers = RuleModifiers(
            schedule, epochs if schedule.ends else float("inf"), self.clip, self.kl_warmup or 0.0
        )
        look = self.look or 1
        return Epochs(method.rule, method.batch, method.shuffle, modifiers, self._hardware, look)

    def _placed(self, method: CompiledMethod) -> Method:
        """Return a method that compiles its own epochs, on this hardware."""
        apply = {*vars(self._hardware), "look"}
        for name, word in vars(self).items():
            if name not in apply and word is not None:
                raise ValueError(f"`{name}` {word} is for first-order methods: leave it out")
        return method.on(self._hardware, self.look or 1)

    @property
    def _hardware(self) -> Hardware:
        return Hardware(self.precision or "float64", self.device, self.devices or 1)
