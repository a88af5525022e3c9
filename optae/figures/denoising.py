"""Pictures of denoising: restored letters, errors, codes under noise, and confusions."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..comparison.denoising import Study
from ..datasets import Dataset
from ..evaluation.denoising import Scored, unseen
from ..evaluation.latent import frame, shadows
from ..evaluation.metrics import wrong_mask
from ..model.autoencoder import Autoencoder
from ..model.corruptions import Corruption, at_level, spelled
from ..text import counted, grouped
from .comparison.lines import grid, shares
from .images import EDGE, LEAST, outline, show, widest
from .latent_plane import described, name_axes
from .medium import current
from .noisy import noisy_pairs
from .palette import MARKERS, PALETTE
from .run import frozen_copies
from .style import GREY, INK, STYLE, canvas, clean, name_of, sheet

UNIT, GAP, NAMES = 0.055, 0.12, 1.25  # inches: a pixel, the gap between images, a row's name
CLOUD = 40  # noisy copies of each letter
MOST_NAMES = 6  # labels to an inch of a narrow page
NAMED = 48  # most labels on the axis of a confusion matrix


@rc_context(STYLE)
def restored(
    model: Autoencoder, theta: np.ndarray, data: Dataset, noise: Corruption, levels: Sequence[float]
) -> Figure:
    """Draw rows of clean letters, then noisy and restored ones at each level, with wrong pixels outlined."""
    rows, columns = data.shape
    unit, n = _fitting(len(data.x), columns)
    wide, tall = columns * unit + GAP, rows * unit + GAP
    chosen = np.unique(np.linspace(0, len(data.x) - 1, n).astype(int))
    x, part = data.x[chosen], "" if n == len(data.x) else f" Shown: {n} of {counted(len(data.x), 'sample')}."
    pictures = [("clean", x)]
    for level in levels:
        noisy = unseen(data.x, at_level(noise, level), 1)[chosen]
        with np.errstate(all="ignore"):
            y = np.asarray(model.reconstruct(theta, noisy))
        pictures += [(f"noise {grouped(level)}", noisy), ("restored", y)]
    figure, axes = canvas(
        NAMES + n * wide + 2 * EDGE,
        len(pictures) * tall + EDGE,
        f"Noisy letters and their reconstructions: {name_of(data)}",
        f"Noise: {spelled(noise)} at each strength, drawn anew."
        f" Pixels on the wrong side of 0.5 are outlined.{part}",
    )
    for row, (name, images) in enumerate(pictures):
        top = row * tall + EDGE
        axes.text(EDGE, top + rows * unit / 2, name, va="center", fontsize=9, color=INK)
        for k, image in enumerate(images):
            left = NAMES + k * wide
            show(axes, image.reshape(data.shape), left, top, unit)
            if name == "restored":
                outline(axes, wrong_mask(image, x[k]).reshape(data.shape), left, top, unit)
    return figure


def _fitting(n: int, columns: int) -> tuple[float, int]:
    """Return the side of a pixel in inches and how many of n images, `columns` pixels wide, share a row."""
    room = widest() - NAMES - 2 * EDGE
    unit = min(UNIT, max((room / n - GAP) / columns, LEAST))
    return unit, min(n, max(1, int(room / (columns * unit + GAP) + 1e-9)))


@rc_context(STYLE)
def error_by_level(found: Sequence[Scored], unit: str, data: Dataset) -> Figure:
    """Draw the error and the share of restored letters by the strength of the noise, with 95 % bands."""
    names = list(dict.fromkeys(one.name for one in found))
    columns = current().columns(3, 2.4)
    rows = -(-3 // columns)
    figure = sheet(
        min(10.5, current().room),
        4.6 if rows == 1 else 2.4 * rows + 0.6,
        f"How much noise can be undone: {name_of(data)}",
        "Means over fresh noise that no training saw; bands: 95 % intervals, over draws by Student's t,"
        " over runs as in the table.",
    )
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[3:]:
        axes.set_axis_off()
    texts = {"mse": "squared error of a pixel", "within_one": "letters within one pixel", "exact": "exact"}
    for axes, (score, text) in zip(panels, texts.items(), strict=False):
        highest = max(
            _line(axes, [one for one in found if one.name == n], score, i) for i, n in enumerate(names)
        )
        if score == "mse":
            axes.set_ylim(bottom=0)
            grid(axes)
        else:
            shares(axes, highest)
        axes.set(xlabel=f"noise: {unit}", ylabel=text)
    lines, named = panels[0].get_legend_handles_labels()
    if rows > 1:
        figure.legend(lines, named, loc="outside lower center")
    else:
        figure.legend(lines, named, loc="outside right center")
    return figure


def _line(axes: Axes, found: list[Scored], score: str, i: int) -> float:
    """Draw one denoiser's line and band, and return its highest value."""
    levels, estimates = [one.level for one in found], [one.estimate(score) for one in found]
    colour = PALETTE[i % len(PALETTE)]
    values = [e.value for e in estimates]
    axes.fill_between(
        levels, [e.low for e in estimates], [e.high for e in estimates], color=colour, alpha=0.18, lw=0
    )
    axes.plot(
        levels,
        values,
        color=colour,
        marker=MARKERS[i % len(MARKERS)],
        ms=4,
        lw=1.5,
        label=clean(found[0].name, 34),
    )
    return max(values)


@rc_context(STYLE)
def codes_under_noise(model: Autoencoder, theta: np.ndarray, data: Dataset, noise: Corruption) -> Figure:
    """Draw the codes of clean samples with their labels, and those of noisy copies."""
    noisy = unseen(data.x, noise, CLOUD)
    plane, points = shadows(model, theta, data.x)
    clouds = plane.points(np.asarray(model.encode(theta, noisy))).reshape(CLOUD, len(data.x), -1)
    window = frame(np.concatenate([points, clouds.reshape(-1, points.shape[1])]))
    figure = sheet(
        8.5,
        6.6,
        f"The latent plane under noise: {name_of(data)}",
        f"{described(plane)} Dots: codes of {CLOUD} noisy copies of each sample ({spelled(noise)}), in the"
        " colour of the ring, which is the code of the clean one.",
    )
    axes = figure.subplots()
    axes.set_xlim(*window[:2])
    flat = np.zeros(len(points)) if points.shape[1] == 1 else points[:, 1]
    for i, label in enumerate(data.labels):
        colour, cloud = PALETTE[i % len(PALETTE)], clouds[:, i]
        y = np.zeros(CLOUD) if points.shape[1] == 1 else cloud[:, 1]
        axes.plot(cloud[:, 0], y, MARKERS[i % len(MARKERS)], ms=2.5, mew=0, alpha=0.45, color=colour)
        axes.annotate(
            clean(label, 6), (points[i, 0], flat[i]), ha="center", va="center", fontsize=10,
            fontweight="bold", color=INK, zorder=5,
            bbox={"boxstyle": "circle,pad=0.15", "fc": "white", "ec": colour, "lw": 1.2},
        )  # fmt: skip
    if points.shape[1] == 2:
        axes.set_ylim(*window[2:])
    name_axes(axes, plane)
    return figure


@rc_context(STYLE)
def confusion(one: Scored, data: Dataset, unit: str) -> Figure:
    """Draw how often each restored letter is nearest to each clean letter."""
    labels = np.unique(data.labels)
    counts = np.zeros((len(labels), len(labels)))
    np.add.at(counts, (one.truth, one.read), 1)
    share = counts / counts.sum(axis=1, keepdims=True)
    figure = sheet(
        8.0,
        7.6,
        f"Which letter it is taken for: {clean(one.name, 40)}",
        f"{name_of(data)} at {unit} {grouped(one.level)}; a row is the true letter, its cells the shares of"
        f" its noisy copies that end nearest to each clean letter. {_worst(share, labels)}",
    )
    axes = figure.subplots()
    image = axes.imshow(share**0.5, cmap="Blues", vmin=0, vmax=1)
    bar = figure.colorbar(image, ax=axes, shrink=0.7)
    bar.set_ticks([v**0.5 for v in (0, 0.01, 0.1, 0.5, 1)], labels=["0", "1 %", "10 %", "50 %", "100 %"])
    places = range(0, len(labels), 1 + int(len(labels) / min(NAMED, MOST_NAMES * current().room)))
    names = [clean(str(labels[i]), 6) for i in places]
    axes.set_xticks(places, names)
    axes.set_yticks(places, names)
    axes.set(xlabel="taken for", ylabel="letter")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelcolor=GREY)
    return figure


def _worst(share: np.ndarray, labels: np.ndarray) -> str:
    """Return a sentence on the pair that is confused most."""
    apart = share - np.diag(np.diag(share))
    i, j = np.unravel_index(apart.argmax(), apart.shape)
    if not apart[i, j]:
        return "None is ever taken for another."
    one, other = clean(str(labels[i])), clean(str(labels[j]))
    return f"Most often, {one} is taken for {other}: {100 * apart[i, j]:.2g} %."


def of_study(study: Study) -> dict[str, Figure]:
    """Return all pictures of scores on fresh noise, by name; images are from the study's first run."""
    run, noisy = study.run, at_level(study.noise, study.example.level)
    seen = frozen_copies(run.experiment.problem(study.data))
    return {
        "noisy": noisy_pairs(run.autoencoder, run.theta, study.data, noisy, seen),
        "restored": restored(run.autoencoder, run.theta, study.data, study.noise, study.levels),
        "levels": error_by_level(study.scores, study.unit, study.data),
        "codes": codes_under_noise(run.autoencoder, run.theta, study.data, noisy),
        "confusion": confusion(study.example, study.data, study.unit),
    }
