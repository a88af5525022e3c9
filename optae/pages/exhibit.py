"""Prepare a trained model for the explorer: network, data, plane and snapshots of its training."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..datasets import Dataset
from ..engines.streams import MIXTURES, stream
from ..evaluation.latent import Window, decode, frame, plane_of
from ..figures.palette import CLASSES
from ..model.activations import ACTIVATIONS
from ..model.autoencoder import Autoencoder
from ..model.network import Network
from ..registry import spell
from ..storage.run import Run
from ..storage.snapshots import read_snapshots
from ..text import number, one_line
from ..training.snapshots import Snapshot
from .packing import grey, packed, size_of
from .page import Json

MOST_SAMPLES, MOST_PIXELS = 600, 500_000
CLOSE = 1e-6  # largest change of a decoded pixel by single precision
SMALL, ROOM, LARGE = 200_000, 150_000, 5_400_000  # characters: a small network, its snapshots, any network
HALF = float(np.finfo(np.float16).max)
LABEL = 12  # most characters of a label on the plane


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A model with its vector and data, a name, and facts to print below it."""

    name: str
    model: Autoencoder
    theta: np.ndarray  # (size,)
    data: Dataset
    facts: tuple[str, ...] = ()
    snapshots: Sequence[Snapshot] = ()
    spent: dict[str, float] = field(default_factory=dict)  # evaluations, seconds and loss of theta


def exhibit(run: Run) -> Exhibit:
    """Return a stored run's exhibit. Raises ValueError if it has no vector or its data cannot be read."""
    if not (run.path / "theta.safetensors").is_file():
        raise ValueError(
            f"'{run.path}' has no vector to explore: {run.record.get('message', 'it never ran')}"
        )
    model, facts = run.autoencoder, run.record
    words = [
        f"{facts['method']} on {Path(str(facts['dataset'])).name}",
        "-".join(map(str, facts["arch"])),
        f"{facts['loss']} {number(float(facts['value']))}" if facts["value"] is not None else "no value",
        *_judged(run),
    ]
    spent = {"evaluations": run.trace["evaluations"].iloc[-1], "seconds": facts["seconds"]["solve"]}
    return Exhibit(
        run.path.resolve().name,
        model,
        run.theta,
        run.data,
        tuple(words),
        read_snapshots(run.path),
        spent | {"loss": facts["value"]},
    )


def _judged(run: Run) -> Iterator[str]:
    """Yield how good a run is: a variational model's bound, or how many black and white images are exact."""
    metrics, heldout = run.record["metrics"], run.record.get("heldout")
    if heldout and "negative_elbo" in heldout:
        yield f"-ELBO {number(heldout['negative_elbo'])} on held-out images"
    elif "bottleneck" not in run.record["model"] and np.isin(run.data.x[:100], (0, 1)).all():
        yield f"{metrics['exact']:.0f} of {len(run.data.x)} exact"
        yield f"{metrics['max_pixel_error']:.0f} wrong at worst"


def described(shown: Exhibit) -> dict[str, Json]:
    """Return the description of one run for explorer.js."""
    model, some = shown.model, _some(shown.data)
    with np.errstate(all="ignore"):
        codes = np.asarray(model.encode(shown.theta, shown.data.x[some]))
    plane = plane_of(codes)
    theta = packed(shown.theta, precision(model, shown.theta, codes))
    return {
        "name": one_line(shown.name)[:60],
        "facts": [one_line(fact) for fact in shown.facts],
        "latent": model.latent_width,
        "bias": model.bias,
        "encoder": layers(model.encoder_network),
        "decoder": layers(model.decoder_network),
        "plane": {"origin": plane.origin.tolist(), "axes": plane.axes.tolist(), "shares": plane.explained},
        "window": _window(frame(plane.points(codes))),
        "loss": model.loss_name,
        "data": _data(shown.data, some),
        "theta": theta,
        "snapshots": _moments(shown.snapshots, theta),
        **{name: float(shown.spent.get(name) or 0) for name in ("evaluations", "seconds")},
        "loss_now": shown.spent.get("loss"),
    }


def layers(network: Network) -> list[dict[str, Json]]:
    """Return each layer's widths and activation with its parameter. Raises ValueError for a user's own."""
    for f in network.activations:
        if type(f) not in ACTIVATIONS.values():
            word = spell(f, ACTIVATIONS)
            raise ValueError(f"the page decodes in the browser, by optae's own activations, not '{word}'")
    ends = zip(network.widths, network.widths[1:], network.activations, strict=False)
    return [
        {
            "inputs": inputs,
            "outputs": outputs,
            "activation": spell(f, ACTIVATIONS).partition(":")[0],
            "parameter": next(iter(vars(f).values()), None),
        }
        for inputs, outputs, f in ends
    ]


def precision(model: Autoencoder, theta: np.ndarray, codes: np.ndarray) -> str:
    """Return "f4" if single precision barely changes a pixel at and between the codes, else "f8"."""
    rng = stream(0, MIXTURES)
    mixed = codes[rng.integers(len(codes), size=(2, 200))].mean(axis=0)
    points = np.vstack([codes[:200], mixed])
    rounded = theta.astype(np.float32).astype(float)
    change = np.abs(decode(model, theta, points) - decode(model, rounded, points))
    return "f4" if np.nan_to_num(change, nan=np.inf).max() < CLOSE else "f8"


def _some(data: Dataset) -> np.ndarray:
    """Return the indices of the samples on the page: all, or an evenly spaced part if there are many."""
    n = min(len(data.x), MOST_SAMPLES, max(20, MOST_PIXELS // data.x.shape[1]))
    return np.linspace(0, len(data.x) - 1, n).round().astype(int)


def _data(data: Dataset, some: np.ndarray) -> dict[str, Json]:
    levels, x = grey(data.x[some])
    return {
        "shape": list(data.shape),
        "labels": [_name(data.labels[i]) for i in some],
        **_classes(data, some),
        "levels": levels,
        "x": x,
        "total": len(data.x),
    }


def _classes(data: Dataset, some: np.ndarray) -> dict[str, Json]:
    """Return the classes in the pictures' colours, and each sample's class; none if labels are names."""
    from ..figures.latent_plane import repeated  # late, as it imports matplotlib

    classes = repeated(data.labels, data.classes)
    shown = [{"name": _name(name), "color": CLASSES[k % len(CLASSES)]} for k, name in enumerate(classes)]
    return {"classes": shown, "class": [classes.index(data.labels[i]) for i in some] if classes else []}


def _name(label: str) -> str:
    name = one_line(label) or "space"
    return name if len(name) <= LABEL else f"{name[: LABEL - 1]}…"


def _window(window: Window) -> list[float]:
    """Return the window's four ends; a window of a line gets a height."""
    return [*window, -1.0, 1.0] if len(window) == 2 else list(window)


def _moments(snapshots: Sequence[Snapshot], theta: dict[str, str]) -> list[dict[str, Json]]:
    """Return evenly spaced snapshots in half precision, as many as the page has room for."""
    if not snapshots:
        return []
    room = ROOM if size_of(theta) < SMALL else LARGE - size_of(theta)
    most = min(len(snapshots), room // size_of(_halved(snapshots[-1].theta)))
    chosen = np.linspace(0, len(snapshots) - 1, max(most, 0)).round().astype(int)
    return [_moment(snapshots[i]) for i in chosen]


def _moment(snapshot: Snapshot) -> dict[str, Json]:
    return {
        "theta": _halved(snapshot.theta),
        "evaluations": snapshot.evaluations,
        "seconds": snapshot.seconds,
        "loss_now": snapshot.loss if np.isfinite(snapshot.loss) else None,
    }


def _halved(theta: np.ndarray) -> dict[str, str]:
    """Return a vector in half precision, clipped to its range."""
    return packed(np.clip(theta, -HALF, HALF), "f2")
