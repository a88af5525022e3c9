"""The devices of a computation, and the precision of its numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jax.sharding import Mesh

PRECISIONS = ("float32", "bfloat16", "float64")  # bfloat16 is for products only; their sums are float32
DEVICES = ("cpu", "gpu", "tpu")


@dataclass(frozen=True)
class Hardware:
    """A kind of device, the number of devices, and the precision of numbers."""

    precision: str = "float32"
    device: str | None = None  # one of `DEVICES`, or None for the best that JAX finds
    devices: int = 1

    @property
    def mesh(self) -> "Mesh":
        """The devices in one row. Raises ValueError if JAX finds fewer."""
        import jax
        import numpy as np
        from jax.sharding import Mesh

        try:
            found = jax.devices(self.device)
        except RuntimeError:
            kinds = ", ".join(sorted({device.platform for device in jax.devices()}))
            raise ValueError(f"JAX finds no {self.device} here: choose `device` {kinds}") from None
        if len(found) < self.devices:
            raise ValueError(f"`devices` {self.devices}: JAX finds {len(found)} of them here")
        return Mesh(np.array(found[: self.devices]), ("samples",))

    def check(self) -> None:
        """Raise ValueError if JAX finds fewer devices."""
        _ = self.mesh

    @property
    def wide(self) -> bool:
        """Whether the weights are float64."""
        return self.precision == "float64"


def found() -> dict[str, list[str]]:
    """Return the hardware that JAX finds here: for each kind of `DEVICES` the names of its devices."""
    import jax

    kinds = dict[str, list[str]]()
    for kind in DEVICES:
        try:
            kinds[kind] = [device.device_kind for device in jax.devices(kind)]
        except RuntimeError:  # JAX knows no device of this kind
            continue
    return kinds
