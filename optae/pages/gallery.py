"""Draw the pictures of a comparison for a page, with the reasons why others are missing."""

import io
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .. import figures
from ..comparison.series import Comparison, StoredCell
from ..comparison.targets import Histories
from ..evaluation.metrics import wrong_pixels
from ..figures.style import STYLE, in_language
from ..storage.groups import together
from ..storage.run import Run, load_run
from ..tables.language import translated
from .packing import packed
from .page import Json

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

MOST_SERIES, MOST_SEEDS, MOST_IMAGES, WORST = 16, 10, 64, 8
MOST_PIXELS = 4096
DPI = 115


def pictures(frame: "DataFrame", metric: str, target: str, load: Histories) -> list[dict[str, str]]:
    """Return profiles, ranks, boxes and paths: each has a title and a PNG, or a reason why there is none."""
    draw: dict[str, Callable[[], Figure]] = {
        "Average ranks": lambda: figures.critical_difference(frame, metric),
        "Performance profiles": lambda: figures.profile(frame, target=target, load=load),
        "Share of runs that reach the target": lambda: figures.ecdf(frame, target=target, load=load),
        "Data profiles": lambda: figures.data_profile(frame, load=load),
        "Every run": lambda: figures.boxes(frame, metric),
        "Paths on one plane of the loss": lambda: figures.paths(together(frame)),
    }
    return [_picture(translated(title), make) for title, make in draw.items()]


def _picture(title: str, make: Callable[[], "Figure"]) -> dict[str, str]:
    try:
        return {"title": title, "png": png(make())}
    except (ValueError, OSError) as error:
        return {"title": title, "reason": str(error)}


def png(figure: "Figure") -> str:
    """Return a figure as a PNG in base64."""
    from matplotlib import rc_context

    with rc_context(STYLE), io.BytesIO() as file:
        in_language(figure).savefig(file, format="png", dpi=DPI, metadata={"Software": None})
        return b64encode(file.getvalue()).decode()


def letters(runs: Comparison) -> dict[str, Json]:
    """Return the best run's reconstructions and worst letters, for every method on the first problem.

    Empty if the data cannot be read or their images are large.
    """
    problem = runs.problems[0]
    found = {
        s: _methods_letters([c for c in runs.of(problem, s) if not c.dead]) for s in runs.series[:MOST_SERIES]
    }
    known = {s: entry for s, entry in found.items() if entry}
    return {"problem": problem, "methods": known} if known else {}


def _methods_letters(cells: list[StoredCell]) -> dict[str, Json] | None:
    cells = sorted((c for c in cells if c.number("value") < np.inf), key=lambda c: c.number("value"))
    try:
        return _compared([load_run(str(cell.row["path"])) for cell in cells[:MOST_SEEDS]])
    except (ValueError, OSError):
        return None


def _compared(runs: list[Run]) -> dict[str, Json] | None:
    """Return the best run's images, and the letters with the most wrong pixels on average over the runs."""
    if not runs or runs[0].data.x.shape[1] > MOST_PIXELS:
        return None
    data = runs[0].data
    x, labels = data.x[:MOST_IMAGES], data.labels[:MOST_IMAGES]
    with np.errstate(all="ignore"):
        images = [np.nan_to_num(run.autoencoder.reconstruct(run.theta, x)) for run in runs]
    wrong = np.mean([wrong_pixels(image, x) for image in images], axis=0)
    worst = [int(i) for i in np.argsort(-wrong, kind="stable")[:WORST] if wrong[i] > 0]
    grey = np.round(255 * np.clip(np.stack([x, images[0]]), 0, 1))
    return {
        "seed": runs[0].record["seed"],
        "seeds": len(runs),
        "shape": list(data.shape),
        "labels": [label[:12] for label in labels],
        "images": packed(grey, "u1"),
        "worst": [{"at": i, "wrong": round(float(wrong[i]), 2)} for i in worst],
        "exact": int((wrong_pixels(images[0], x) == 0).sum()),
    }
