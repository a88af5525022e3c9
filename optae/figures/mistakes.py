"""How a classifier reads reconstructions: a matrix, and a gallery of the mistakes."""

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from ..evaluation.confusion import Confusion
from ..text import counted
from .images import Cells
from .medium import current
from .style import STYLE, canvas, clean, name_of, sheet

MOST = 40  # most images in the gallery
EACH = 4  # most images of one pair of classes


@rc_context(STYLE)
def confusion_matrix(found: Confusion) -> Figure:
    """Draw the counts of reconstructions by true class (rows) and recognised class (columns)."""
    originals, reconstructions = found.accuracy
    title = f"What reconstructions are taken for: {name_of(found.data)}"
    caption = (
        f"A classifier trained on originals recognises {100 * originals:.1f} % of the originals held out and"
        f" {100 * reconstructions:.1f} % of their reconstructions."
    )
    figure, counts = sheet(7, 6.4, title, caption), found.matrix
    axes, names = figure.subplots(), [clean(name) for name in found.classes]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    narrow = current().narrow
    for (i, j), count in np.ndenumerate(counts):
        if count:
            ink, text = "white" if shares[i, j] > 0.5 else "black", str(count) if narrow else f"{count:,}"
            axes.text(j, i, text, ha="center", va="center", fontsize=7.5 if narrow else 8, color=ink)
    axes.set_xticks(range(len(names)), names, rotation=45 if max(map(len, names)) > 3 else 0)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="taken for", ylabel="actual")
    return figure


@rc_context(STYLE)
def confused(found: Confusion) -> Figure:
    """Draw the most frequent confusions: original, reconstruction, "predicted 4, actual 9"."""
    chosen: list[int] = []
    for predicted, actual, _ in found.pairs:
        of_pair = (found.reconstructions == predicted) & (found.actual == actual)
        chosen += [int(i) for i in np.flatnonzero(of_pair)[:EACH]]
    chosen, every = chosen[:MOST], int((found.reconstructions != found.actual).sum())
    if not chosen:
        raise ValueError(
            f"no reconstruction of '{found.data.name}' is taken for another class: nothing to show"
        )
    cells = Cells.plan(found.data.shape, len(chosen), 1.2, across=2, least=1.55, columns=4, tight=1.25)
    width, height = cells.size(len(chosen))
    caption = f"{len(chosen)} of {counted(every, 'mistake')}, the most frequent confusions first."
    title = f"Originals (left), reconstructions (right) taken for another class: {name_of(found.data)}"
    figure, axes = canvas(width, height, title, caption, least=6)
    for k, i in enumerate(chosen):
        cells.draw(axes, k, [found.data.x[i], found.y[i]])
        names = [clean(found.classes[c]) for c in (found.reconstructions[i], found.actual[i])]
        cells.write(axes, k, "", ["predicted {}, actual {}".format(*names)])
    return figure
