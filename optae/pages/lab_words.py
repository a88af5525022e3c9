"""The words and rows of a lab report: what was asked of one run, its network, data, results and cost.

A row is a name, a value and, if the name needs one, a sentence that explains it.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..comparison.scores import COUNTS
from ..evaluation.definitions import HELDOUT, METRICS
from ..evaluation.own import brief
from ..experiments.experiment import Experiment
from ..experiments.labels import label, options_text
from ..experiments.sameness import SHOWN
from ..experiments.schema import facts, named
from ..model.activations import ACTIVATIONS
from ..model.chain import Chain
from ..registry import spell
from ..storage.run import Run
from ..tables.table import Column, Table
from ..text import counted, grouped, number, pathless, prefixed, shortest

if TYPE_CHECKING:
    from ..datasets import Dataset

Rows = list[list[str]]
ALWAYS = (*SHOWN, *named(Experiment, "seed"), "method", "target")  # shown even at their defaults
DEFAULTS = dict(vars(Experiment()))
KINDS = {"value": "losses", "grad": "gradients", "hvp": "Hessian products", "jacobian": "Jacobians"}
CURVE = "The best so far. Drag in the chart to zoom, double-click to see all."
NETWORK = "The layers from the input to the output"


def title_of(run: Run) -> str:
    """Return the title: the method, the data and the network."""
    record = run.record
    arch = "-".join(map(str, record["arch"]))
    return f"{label(record['method'], record['options'])} on {pathless(record['dataset'])}, {arch}"


def outcome(run: Run) -> list[str]:
    """Return what came of the run in sentences, the most important first."""
    record = run.record
    fell = f"The run left no value: {record['message']}."
    if record["value"] is not None:
        first, last = number(float(record["start"])), number(float(record["value"]))
        loss = (
            record["loss"] + " + KL" * ("bottleneck" in record["model"]) + " + L2" * ("l2" in record["model"])
        )
        fell = f"{loss} went from {first} to {last} in {number(record['seconds']['solve'], 3)} s."
    ended = f"The run ended with the status {record['status']}: {record['message']}."
    note = record.get("clock_note", "")
    return [line for line in (*_came_back(record), fell, ended, f"Beware: {note}." if note else "") if line]


def _came_back(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the headline: the bound of a variational model, images that came back, or a score."""
    metrics, heldout = record["metrics"], record.get("heldout")
    if heldout and "negative_elbo" in heldout:
        parts = f"{number(heldout['misfit'])} misfit + {number(heldout['divergence'])} divergence"
        yield f"-ELBO of the held-out images: {number(heldout['negative_elbo'])} nats = {parts}."
    elif metrics.get("exact") is not None and "bottleneck" not in record["model"]:
        many, wrong = counted(int(metrics["exact"]), "image"), int(metrics["max_pixel_error"])
        every, worst = ("", f"; the worst has {counted(wrong, 'wrong pixel')}") if wrong else ("All ", "")
        yield f"{every}{many} came back without a wrong pixel{worst}."
    elif known := [name for name in ("accuracy", "r2") if metrics.get(name) is not None]:
        unseen = metrics.get(f"heldout_{known[0]}")
        beside = "" if unseen is None else f", and {number(float(unseen))} on held-out samples"
        yield f"{known[0]} {number(float(metrics[known[0]]))}{beside}."


def asked(run: Run) -> Rows:
    """Return the fields of the experiment that are not at their defaults, each with its meaning."""
    known, words = facts(Experiment), run.experiment.words
    shown = [name for name in known if name in ALWAYS or words[name] != _plain(DEFAULTS[name])]
    rows = ([name, _spelled(name, words[name]), _first(known[name].help)] for name in shown)
    return [row for row in rows if row[1]]


def layers(model: Chain) -> Table:
    """Return the table of the layers: widths, activations and numbers of parameters."""
    import pandas as pd

    spelled = [[spell(f, ACTIVATIONS) for f in network.activations] for network in model.networks]
    spelled[-1][-1] = model.words["output"]  # the network itself may end in logits
    rows = [
        {
            "part": network.name,
            "inputs": inputs,
            "outputs": outputs,
            "activation": word,
            "parameters": (inputs + network.bias) * outputs,
        }
        for network, names in zip(model.networks, spelled, strict=True)
        for (inputs, outputs), word in zip(pairwise(network.widths), names, strict=True)
    ]
    shown = tuple(Column(name, name) for name in rows[0])
    return Table(pd.DataFrame(rows), shown, f"{NETWORK}: {model.size:,} parameters in one vector")


def data_rows(run: Run, data: "Dataset | None") -> Rows:
    """Return the facts of the data; of data that are gone, those that the record has."""
    kept = run.record["environment"]["data"]
    rows = [["data set", pathless(run.record["dataset"]), ""]]
    if data is not None:
        rows += [["samples", f"{len(data):,}", ""], ["a sample", " x ".join(map(str, data.shape)), ""]]
        rows += [["held out", f"{len(data.heldout):,} samples", ""]] if data.heldout is not None else []
    rows += [["source", str(kept["source"]), ""]] if kept.get("source") else []
    return [*rows, ["SHA-256", str(kept["sha256"]), "digest of the samples"]]


def measured(run: Run, judged: bool = True) -> Rows:
    """Return every metric of the best vector, with its meaning; counts of wrong pixels only if `judged`."""
    known = {**METRICS, **HELDOUT}
    metrics = {name: value for name, value in run.record["metrics"].items() if value is not None}
    if not judged:
        metrics = {name: value for name, value in metrics.items() if name not in COUNTS}
    metrics |= {name: v for name, v in (run.record.get("heldout") or {}).items() if name in HELDOUT}
    return [
        [brief(name), number(float(value)), known[name].meaning if name in known else ""]
        for name, value in metrics.items()
    ]


def spent(run: Run) -> Rows:
    """Return what the run cost: seconds, evaluations, operations, processor, threads."""
    record, seconds, place = run.record, run.record["seconds"], run.record["environment"]
    each = [
        f"{count:,} {KINDS.get(kind, kind)}" for kind, count in record.get("evaluations", {}).items() if count
    ]
    rows = [
        ["solving", _seconds(seconds.get("solve")), "wall clock, without compiling and measuring"],
        ["processor", _seconds(seconds.get("processor")), "processor time of solving, all threads together"],
        ["compiling", _seconds(seconds.get("compile") or None), "once, charged to this run"],
        ["iterations", f"{record['iterations']:,}" if record.get("iterations") else "", ""],
        ["evaluations", ", ".join(each), "on all the data"],
        ["operations", _operations(record.get("operations")), "with matrices"],
        *([name, f"{count:,}", ""] for name, count in record.get("extra", {}).items()),
        ["machine", f"{place.get('processor', '')}, {counted(int(place.get('threads', 1)), 'thread')}", ""],
    ]
    return [row for row in rows if row[1]]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{number(float(value), 3)} s"


def _operations(value: float | None) -> str:
    return "" if value is None else prefixed(float(value))


def _plain(value: object) -> object:
    """Return a default as `Experiment.words` writes it."""
    if value == math.inf:
        return None
    return dict(value) if isinstance(value, tuple) and not value else value


def _first(help: str) -> str:
    """Return what a help's first sentence says before it lists words."""
    return help.split(":")[0].split(". ")[0].split(";")[0].rstrip(".")


def _spelled(name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case dict():
            return ", ".join(options_text(value))
        case list():
            return "-".join(map(str, value))
        case float():
            return grouped(value)
    return pathless(shortest(value)) if name == "dataset" else shortest(value)
