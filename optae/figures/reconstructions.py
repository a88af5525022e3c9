"""Images side by side: originals and reconstructions, one decoded letter, a walk between two."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from ..datasets import Dataset
from ..evaluation.latent import check_point, decode, nearest, walk_codes
from ..evaluation.metrics import wrong_mask, wrong_pixels
from ..model.autoencoder import Autoencoder
from ..registry import lookup
from ..text import counted, grouped
from .images import Cells, outline
from .palette import BLUE
from .style import POINTS, STYLE, canvas, clean, inked, name_of, no_numbers

MOST = 64  # samples in one picture
TIGHT = 0.48  # inches of a sample and its reconstruction on a narrow page
SCORES: Mapping[str, Callable[[int, int], str]] = {
    "pixels": lambda wrong, pixels: f"{wrong} px",
    "percent": lambda wrong, pixels: f"{wrong} px, {percent(1 - wrong / pixels)}",
}  # the text below a sample, by its number of wrong pixels


@rc_context(STYLE)
def reconstructions(
    model: Autoencoder, theta: np.ndarray, data: Dataset, columns: int = 8, score: str = "pixels"
) -> Figure:
    """Draw each sample beside its reconstruction, with wrong pixels outlined and counted, the worst framed.

    With score "percent" the share of right pixels is added. If there are more than 64 samples, the worst and
    an evenly spaced part of the others are shown.
    """
    written = lookup("score", score, SCORES)
    with np.errstate(all="ignore"):
        y = model.reconstruct(theta, data.x)
        worst = worst_sample(y, data.x)
    wrong, chosen = wrong_pixels(y, data.x), _selection(len(y), worst)
    least, tight = (1.3, 1.3) if score == "percent" else (0.7, TIGHT)
    cells = Cells.plan(data.shape, len(chosen), 0.6, across=2, least=least, columns=columns, tight=tight)
    width, height = cells.size(len(chosen))
    caption = _summary(wrong, worst, data, len(chosen), y.shape[1]) + no_numbers(y[chosen])
    title = f"Originals (left) and reconstructions (right): {name_of(data)}"
    figure, axes = canvas(width, height, title, caption, least=6)
    for k, i in enumerate(chosen):
        _, start = cells.draw(axes, k, [data.x[i], y[i]])
        outline(axes, wrong_mask(y[i], data.x[i]).reshape(data.shape), *start, cells.unit)
        below, framed = written(int(wrong[i]), y.shape[1]), bool(i == worst and wrong[worst])
        cells.write(
            axes, k, clean(data.labels[i], 8), [_worst(below, cells.width) if framed else below], framed
        )
        if framed:
            cells.frame(axes, k)
    return figure


def worst_sample(y: np.ndarray, x: np.ndarray) -> int:
    """Return the sample with the most wrong pixels; the largest squared error breaks ties."""
    error = np.nan_to_num(((y - x) ** 2).sum(axis=1), nan=np.inf)
    return int(np.lexsort((error, wrong_pixels(y, x)))[-1])


def _worst(below: str, width: float) -> str:
    """Return the text below the worst sample, whose frame says enough in a narrow cell."""
    text = f"worst: {below}"
    return text if inked(text, 7.5, bold=True) / POINTS < width else below


def percent(share: float) -> str:
    """Return a share in per cent, rounded down near 100, so that 100 % means nothing wrong.

    >>> percent(1.0), percent(34 / 35), percent(9999.9 / 10000)
    ('100 %', '97.1 %', '99.9 %')
    """
    return f"{np.floor(1000 * share + 1e-9) / 10:g} %"


@rc_context(STYLE)
def letter(model: Autoencoder, theta: np.ndarray, data: Dataset, z: Sequence[float]) -> Figure:
    """Draw the image at the latent point z (latent,), beside the training sample that it resembles most.

    Raises ValueError for a point of another width, or one that is not finite.
    """
    point = check_point(z, model.latent_width)
    image = decode(model, theta, point[None])[0]
    near, apart = nearest(image, data.x)
    cells = Cells.plan(data.shape, 2, 2.2, least=2.4, columns=2)
    width, height = cells.size(2)
    name = clean(data.labels[near])
    caption = (
        f"Nearest training sample: {name}, {counted(apart, 'pixel')} apart, outlined."
        if apart
        else f"The same pixels as the training sample {name}."
    )
    figure, axes = canvas(
        width, height, f"The decoded latent point {point_text(point)}", caption + no_numbers(image)
    )
    [start] = cells.draw(axes, 0, [image])
    outline(axes, wrong_mask(image, data.x[near]).reshape(data.shape), *start, cells.unit)
    cells.draw(axes, 1, [data.x[near]])
    cells.write(axes, 0, "decoded", [])
    cells.write(axes, 1, f"nearest: {name}", [])
    return figure


@rc_context(STYLE)
def walk(model: Autoencoder, theta: np.ndarray, data: Dataset, a: int, b: int, steps: int = 9) -> Figure:
    """Draw images decoded at `steps` points from the code of sample a to that of b, between the originals.

    Raises ValueError for samples that do not exist, and unless there are 2 to 200 steps.
    """
    for i in (a, b):
        if not 0 <= i < len(data.x):
            raise ValueError(
                f"sample {i} is not among the {len(data.x)}: give a number from 0 to {len(data.x) - 1}"
            )
    with np.errstate(all="ignore"):
        start, end = np.asarray(model.encode(theta, data.x[[a, b]]))
        codes = walk_codes(start, end, steps)
    images = decode(model, theta, codes)
    coordinates = _coordinates(codes)
    lines = 1 + len(coordinates[0])
    cells = Cells.plan(data.shape, steps + 2, 0.75, least=0.92, lines=lines)
    names = clean(data.labels[a]), clean(data.labels[b])
    title = f"From {names[0]} to {names[1]} through the latent space in {steps} steps"
    caption = (
        "Framed: the original samples. Between them: images decoded at equal steps along the line from one "
        "code to the other, with the nearest training sample (pixels apart) and the latent coordinates."
    )
    width, height = cells.size(steps + 2)
    figure, axes = canvas(width, height, title, caption + no_numbers(images), least=5)
    for k, i in ((0, a), (steps + 1, b)):
        cells.draw(axes, k, [data.x[i]])
        cells.write(axes, k, clean(data.labels[i], 8), ["original"])
        cells.frame(axes, k, BLUE)
    for k, (image, where) in enumerate(zip(images, coordinates, strict=True), start=1):
        near, apart = nearest(image, data.x)
        cells.draw(axes, k, [image])
        cells.write(axes, k, f"step {k}", [f"{clean(data.labels[near], 8)} ({apart} px)", *where])
    return figure


def point_text(z: np.ndarray, most: int = 6) -> str:
    """Return a latent point in brackets, without the coordinates after the first `most`.

    >>> point_text([0.3, -1.2]), point_text([1, 2, 3], most=2)
    ('(0.3, -1.2)', '(1, 2, …)')
    """
    shown = [grouped(v) for v in z[:most]]
    return f"({', '.join(shown if len(z) <= most else [*shown, '…'])})"


def _selection(n: int, worst: int) -> list[int]:
    """Return the indices of at most `MOST` samples in order, including the worst."""
    if n <= MOST:
        return list(range(n))
    others = [i for i in range(n) if i != worst]
    even = np.linspace(0, n - 2, MOST - 1).astype(int)
    return sorted([worst, *(others[i] for i in even)])


def _summary(wrong: np.ndarray, worst: int, data: Dataset, shown: int, pixels: int) -> str:
    n = len(wrong)
    part = "" if shown == n else f"{shown} of {n:,} samples are shown, the worst among them. "
    if not wrong.any():
        return f"{part}Every pixel of {counted(n, 'sample')} is right: on its original's side of 0.5."
    return (
        f"{part}Without a wrong pixel: {(wrong == 0).sum():,} of {counted(n, 'sample')}; "
        f"with at most one: {(wrong <= 1).sum():,}; "
        f"{percent(1 - wrong.mean() / pixels)} of all pixels are right. "
        f"The worst, {clean(data.labels[worst])}, is framed: "
        f"{counted(int(wrong[worst]), 'wrong pixel')}. "
        "Wrong pixels, those on the wrong side of 0.5, are outlined."
    )


def _coordinates(codes: np.ndarray) -> list[list[str]]:
    """Return the lines of text for each code: one if it is short, else one for each of three coordinates."""
    words = [[f"{v:.3g}" for v in z] for z in codes]
    lines = [f"({', '.join(w)})" for w in words]
    if max(map(len, lines)) <= 16:
        return [[line] for line in lines]
    return [w if len(w) <= 3 else [*w[:3], "…"] for w in words]
