"""Time the epochs of one variational autoencoder on every device that JAX finds here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..datasets import Dataset, load_dataset
from ..engines.hardware import found
from ..experiments.experiment import Experiment
from ..tables.table import Column, Table

WIDTHS = (512, 256, 2)  # of deck B's encoder, behind the data's own width
COLUMNS = (
    Column("device", "device", group=True),
    Column("hardware", "hardware", "as JAX names it", group=True),
    Column("devices", "devices", "number of devices over which every batch is split", group=True),
    Column("epoch", "s/epoch", "seconds of solving, compilation apart, over epochs", better="low"),
    Column("images", "images/s", better="high"),
    Column("compile", "compile s", "seconds of compiling, once"),
    Column("loss", "loss", "of the last epoch's vector by the referee, in nats an image", better="low"),
)
ALONE = "JAX finds no accelerator here, only the processor. Install JAX for your GPU or TPU to see it"


def compare_devices(
    dataset: str, arch: Sequence[int] = (), batch: int = 128, epochs: int = 3, precision: str = "float32"
) -> Table:
    """Return a row for each kind of device that JAX finds, and one for all devices of a kind together.

    Each row trains the same network with the same seed and batches by Adam. Raises ValueError for missing
    data and for networks that do not fit them.
    """
    import pandas as pd

    data = load_dataset(dataset)
    experiment = Experiment(
        dataset=dataset,
        arch=tuple(arch) or (data.x.shape[1], *WIDTHS),
        encoder="relu",
        decoder="relu",
        bottleneck="gaussian",
        engine="jax",
        precision=precision,
        options=(("batch", batch),),
        max_iterations=epochs,
        look=epochs,
    )
    kinds = found()
    rows = [row for kind, names in kinds.items() for row in _rows(experiment, data, kind, names)]
    caption = f"{data.name}: {'-'.join(map(str, experiment.arch))}, batches of {batch}, {precision}"
    return Table(pd.DataFrame(rows), COLUMNS, caption, () if set(kinds) != {"cpu"} else (ALONE,))


def _rows(
    experiment: Experiment, data: Dataset, kind: str, names: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Yield the timings on one device of this kind, and on all of them."""
    batch = dict(experiment.options)["batch"]
    for many in dict.fromkeys((1, len(names))):
        if batch % many == 0:
            one = replace(experiment, device=kind, devices=many)
            result = one.run(one.problem(data))
            epoch = result.seconds["solve"] / result.iterations
            yield {
                "device": kind,
                "hardware": names[0],
                "devices": many,
                "epoch": epoch,
                "images": len(data.x) // batch * batch / epoch,
                "compile": result.seconds["compile"],
                "loss": result.value,
            }
