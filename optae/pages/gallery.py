"""Draw the pictures of a comparison for a page, with the reasons why others are missing."""

import io
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import figures
from ..comparison.series import Comparison, StoredCell
from ..comparison.targets import Histories
from ..comparison.yardstick import Yardstick
from ..evaluation.metrics import wrong_pixels
from ..figures.medium import made_for
from ..figures.style import STYLE, Picture, in_language
from ..storage.groups import together
from ..storage.run import Run, load_run
from ..tables.language import translated
from ..text import one_line
from .packing import packed
from .page import Json

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

MOST_SERIES, MOST_SEEDS, MOST_IMAGES, WORST = 32, 10, 64, 8
MOST_PIXELS = 4096
DPI = 115
Entry = dict[str, str]  # of a picture on the page


def pictures(frame: "DataFrame", by: Yardstick, target: str, load: Histories) -> list[Entry]:
    """Return ranks, profiles, every run and paths, by the yardstick's measure and on its cost axis."""
    draw: dict[str, Callable[[], Figure]] = {
        "Average ranks": lambda: figures.critical_difference(frame, by.measure, target=by.target),
        "Performance profiles": lambda: figures.profile(frame, by.cost, target, load=load),
        "Share of runs that reach the target": lambda: figures.ecdf(frame, by.cost, target, load=load),
        "Data profiles": lambda: figures.data_profile(frame, by.cost, load=load),
        "Every run": lambda: figures.boxes(frame, by.measure, by.target),
        "Paths on the loss": lambda: figures.paths(together(frame)),
    }
    found = [picture(translated(title), make) for title, make in draw.items()]
    return sorted(found, key=lambda one: "reason" in one)


def picture(title: str, make: Callable[[], "Figure"]) -> Entry:
    """Return a figure as `shown`, or the reason why it cannot be drawn."""
    try:
        with made_for("page"):
            return shown(title, make())
    except (ValueError, OSError) as error:
        return {"title": title, "reason": str(error)}


def shown(title: str, figure: "Figure") -> Entry:
    """Return a figure for parts.js: a PNG, with its heading and caption as text.

    A figure that was made for a page does not have these itself.
    """
    heading, caption = (figure.title, figure.caption) if isinstance(figure, Picture) else (title, "")
    return {"title": title, "heading": heading, "caption": caption, "png": png(figure)}


def png(figure: "Figure") -> str:
    """Return a figure as a PNG in base64, without white margins."""
    from matplotlib import rc_context

    with rc_context(STYLE), io.BytesIO() as file:
        how: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.06, "metadata": {"Software": None}}
        in_language(figure).savefig(file, format="png", dpi=DPI, **how)
        return b64encode(file.getvalue()).decode()


def letters(runs: Comparison, order: Sequence[str] = ()) -> dict[str, Json]:
    """Return the best run's reconstructions and worst letters, for every method on the first problem.

    Methods come in this order, then the others. Empty if the data cannot be read or their images are large.
    """
    problem = runs.problems[0]
    found = {
        s: _methods_letters([c for c in runs.of(problem, s) if not c.dead])
        for s in [*dict.fromkeys([*order, *runs.series])][:MOST_SERIES]
    }
    known = {s: entry for s, entry in found.items() if entry}
    left = len(runs.series) - MOST_SERIES
    more = {"more": left} if left > 0 else {}
    return {"problem": problem, "methods": known, **more} if known else {}


def _methods_letters(cells: list[StoredCell]) -> dict[str, Json] | None:
    cells = sorted((c for c in cells if c.number("value") < np.inf), key=lambda c: c.number("value"))
    try:
        return compared([load_run(str(cell.row["path"])) for cell in cells[:MOST_SEEDS]])
    except (ValueError, OSError):
        return None


def compared(runs: list[Run]) -> dict[str, Json] | None:
    """Return the first run's images, and those with the most wrong pixels on average over the runs.

    Many images are thinned evenly, so that every class is among them. None if they are large.
    """
    if not runs or runs[0].data.x.shape[1] > MOST_PIXELS:
        return None
    data = runs[0].data
    shown = np.linspace(0, len(data.x) - 1, min(len(data.x), MOST_IMAGES)).round().astype(int)
    x, labels = data.x[shown], [data.labels[i] for i in shown]
    with np.errstate(all="ignore"):
        images = [np.nan_to_num(run.autoencoder.reconstruct(run.theta, x)) for run in runs]
    wrong = np.mean([wrong_pixels(image, x) for image in images], axis=0)
    worst = [int(i) for i in np.argsort(-wrong, kind="stable")[:WORST] if wrong[i] > 0]
    grey = np.round(255 * np.clip(np.stack([x, images[0]]), 0, 1))
    return {
        "seed": runs[0].record["seed"],
        "seeds": len(runs),
        "shape": list(data.shape),
        "labels": [one_line(label)[:12] for label in labels],
        "total": len(data.x),
        "judged": judged(runs[0]),
        "images": packed(grey, "u1"),
        "worst": [{"at": i, "wrong": round(float(wrong[i]), 2)} for i in worst],
        "exact": int((wrong_pixels(images[0], x) == 0).sum()),
    }


def judged(run: Run) -> bool:
    """Return whether wrong pixels say how good a run is: not of grey images, nor of a variational model."""
    return bool(np.isin(run.data.x[:100], (0, 1)).all()) and "bottleneck" not in run.record["model"]
