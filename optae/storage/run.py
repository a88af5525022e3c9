"""A run on disk: its experiment, its result, its history and its vector.

A run folder appears whole or not at all: it is written under another name beside its place, then renamed. Its
last file holds the digests of the others (see `seals`).
"""

import csv
import io
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..datasets import Dataset
from ..engines.streams import NUMBERING
from ..evaluation.heldout import last_of
from ..experiments.experiment import Experiment
from ..experiments.identity import data_as_then, model_of, words_of_model
from ..experiments.labels import label
from ..experiments.sameness import BUDGET
from ..experiments.schema import Words
from ..experiments.warm_start import split
from ..files import sync_folder, whole_folder
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from ..model.mlp import MLP
from ..registry import lookup, on_request
from ..tables.card import card, curve
from ..text import jsonable, number, pathless
from ..training.result import Result
from .environment import environment
from .history import HELDOUT, TRACE, load_history, read_heldout, read_history
from .seals import RECORD, SEAL, VECTOR, Damaged, examine, sealed
from .snapshots import snapshot_files
from .tensors import read_tensors, tensor_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


FORMAT = 1
TABLES = (TRACE, HELDOUT)  # the tables of a run


def record(experiment: Experiment, data: Dataset, result: Result) -> Words:
    """Return the content of run.json. Numbers that JSON cannot write (infinite, nan) are null."""
    facts = {
        **asked(experiment, data),
        "value": result.value,
        "start": result.rows[0].loss,
        "metrics": result.metrics,
        **({"heldout": {**last_of(result.heldout), **result.likelihood}} if result.heldout else {}),
        "iterations": result.iterations,
        "evaluations": result.evaluations,
        "operations": result.operations,
        **({"extra": dict(result.extra)} if result.extra else {}),
        **({"legs": list(result.legs)} if result.legs else {}),
        "seconds": result.seconds,
        "status": result.status,
        "message": result.message,
        **({"clock_note": result.clock_note} if result.clock_note else {}),
        "streams": NUMBERING,
        "environment": {**provenance(data), **result.threads, **start_place(experiment)},
        "format": FORMAT,
    }
    return dict(jsonable(facts, keep_none=True))


def record_bytes(facts: Words) -> bytes:
    """Return the content of run.json as a file."""
    return (json.dumps(jsonable(facts, keep_none=True), indent=2, allow_nan=False) + "\n").encode()


def asked(experiment: Experiment, data: Dataset) -> Words:
    """Return the fields of the experiment for a record, the model's resolved, without those that are None."""
    words, model = experiment.words, words_of_model(experiment, data)
    widths = model.pop("arch")
    model.pop("loss")
    rest = {name: word for name, word in words.items() if name not in (*model, *BUDGET) and word is not None}
    return {
        **rest,
        "arch": widths,
        "model": model,
        "parameters": model_of(experiment, data).size,
        "budget": {name: words[name] for name in BUDGET},
    }


def start_place(experiment: Experiment) -> Words:
    """Return where the run lies on this disk that the experiment starts from, if it does."""
    return {"start": os.path.abspath(split(experiment.warm_start)[0])} if experiment.warm_start else {}


def provenance(data: Dataset) -> Words:
    """Return the facts of this machine and process, and the digest of the data and notes on them."""
    facts: Words = {"sha256": data.sha256, "source": data.source}
    if data.place:
        facts["place"] = data.place
    if data.notes:
        facts["notes"] = list(data.notes)
    if data.heldout is not None:
        facts["heldout"] = data.heldout.sha256
    return {**environment(), "data": facts}


def tables(result: Result) -> dict[str, bytes]:
    """Return the history, and the looks at held-out data if there are any, as CSV files by name."""
    rows: dict[str, list[Any]] = {TRACE: [result.columns, *result.table]}
    if result.heldout:
        rows[HELDOUT] = [list(result.heldout[0]), *(look.values() for look in result.heldout)]
    files = {}
    for name, lines in rows.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        files[name] = text.getvalue().encode()
    return files


def save_run(folder: Path, experiment: Experiment, data: Dataset, result: Result) -> None:
    """Write the run folder, whole. Raises ValueError if it exists or cannot be written."""
    layout = experiment.model(data).layout
    files = {
        RECORD: record_bytes(record(experiment, data, result)),
        **tables(result),
        VECTOR: tensor_bytes(layout, result.theta, {"method": experiment.method}),
        **snapshot_files(result.snapshots),
    }
    with whole_folder(folder) as place:
        for name, content in sealed(files).items():
            (place / name).write_bytes(content)
    sync_folder(folder.parent)


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A stored run."""

    path: Path
    record: Words
    sealed: bool  # whether its files are known to be those that were written

    def __repr__(self) -> str:
        value, words = self.record["value"], (self.record["method"], pathless(self.record["dataset"]))
        known = "no value" if value is None else f"value {number(value)}"
        return f"<Run {self.path}: {' on '.join(words)}, {known}, {self.record['status']}>"

    def _repr_html_(self) -> str:
        record = self.record
        facts = {
            "data": pathless(record["dataset"]),
            "network": f"{'-'.join(map(str, record['arch']))}, {record['parameters']:,} parameters",
            "method": label(record["method"], record["options"]),
            **{name: number(value) for name, value in record["metrics"].items() if value is not None},
            "ended": f"{record['status']}: {record['message']}",
        }
        history = read_history(str(self.path))
        picture = curve(history["seconds"], history["best"], "lowest loss by seconds")
        return card(str(self.path), facts, picture)

    def plot(self, kind: str = "curves") -> "Figure":
        """Return a figure of the run: curves, reconstructions, latent, decoded, and others by its model.

        Raises ValueError for a kind that this run does not have.
        """
        figures = dict(on_request("figures.run.of_run")(self))
        return lookup("picture", kind, figures)

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment that was run."""
        return Experiment.from_words({**self.record, **self.record["model"], **self.record["budget"]})

    @cached_property
    def data(self) -> Dataset:
        """The data set of the training, as it is measured.

        Raises ValueError if it cannot be read or has changed.
        """
        place = str(self.record["environment"]["data"].get("place", ""))
        since = f"'{self.path}' was trained on it"
        return self.experiment.as_measured(data_as_then(self.experiment.dataset, self.digest, since, place))

    @property
    def digest(self) -> str:
        """The SHA-256 of the data's content."""
        return str(self.record["environment"]["data"]["sha256"])

    @cached_property
    def model(self) -> Chain:
        """The model, without its vector."""
        words = {**self.record["model"], "loss": self.record["loss"]}
        kind = MLP if self.record.get("network") == "mlp" else Autoencoder
        return kind(self.record["arch"], **words)

    @property
    def autoencoder(self) -> Autoencoder:
        """The model. Raises ValueError if it is not an autoencoder, so has no codes and reconstructions."""
        if not isinstance(self.model, Autoencoder):
            raise ValueError(f"'{self.path}' is a network that predicts: it has no codes and reconstructions")
        return self.model

    @cached_property
    def theta(self) -> np.ndarray:
        """The vector (size,)."""
        return read_tensors(self.path / VECTOR, self.model.layout)

    @cached_property
    def trace(self) -> "DataFrame":
        """The history as a pandas frame."""
        return load_history(self.path)

    @cached_property
    def heldout(self) -> list[dict[str, float]]:
        """The looks at held-out data, the last at the vector; empty if the model is not variational."""
        columns = read_heldout(self.path)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def recorded(path: str | Path) -> Run:
    """Return a run that `examine` has found intact, so that only its record is read. Raises Damaged."""
    path = Path(path)
    try:
        return Run(path, json.loads((path / RECORD).read_bytes()), (path / SEAL).is_file())
    except (OSError, ValueError):
        raise Damaged(f"'{path}' is damaged: its {RECORD} has changed since it was examined") from None


def load_run(path: str | Path) -> Run:
    """Return the run in a folder. Raises ValueError if there is none or it is damaged."""
    path = Path(path)
    if not any((path / name).is_file() for name in (RECORD, SEAL)):
        raise ValueError(f"'{path}' is not a run folder: it holds no {RECORD}")
    found = examine(path)
    run = Run(path, found.facts, found.sealed)
    try:
        _ = run.experiment, run.model
    except ValueError:  # an error is raised only where they are needed, as a refused run may have no model
        pass
    except Exception:  # a record of wrong types fails in many ways
        raise Damaged(f"'{path}' is damaged: its {RECORD} is not the record of a run") from None
    return run
