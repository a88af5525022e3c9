"""The names of run folders."""

from pathlib import Path

from ..experiments.experiment import Experiment


def default_folder(experiment: Experiment, parent: Path = Path("runs")) -> Path:
    """runs/font2-powell-0, or the first such name with a number behind it that is free."""
    stem = Path(experiment.dataset).name if Path(experiment.dataset).suffix else experiment.dataset
    name = "".join(
        c if c.isalnum() or c in "._" else "-" for c in f"{stem}-{experiment.method}-{experiment.seed}"
    )
    folders = (parent / (name if i == 1 else f"{name}-{i}") for i in range(1, 1_000_000))
    return next(folder for folder in folders if not folder.exists())
