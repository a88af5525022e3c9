"""Sets of letters: how far apart they are, and how many of their letters are restored."""

from matplotlib import rc_context
from matplotlib.figure import Figure
from pandas import DataFrame

from ...comparison.subsets import DISTANCES, NEAREST, NETWORK, SCORE
from ...statistics import rank_correlation
from ..medium import current
from ..palette import looks
from ..style import STYLE, sheet
from .lines import grid

LOOKS = {NETWORK: "powell", NEAREST: "adam"}  # the method whose look each denoiser has


@rc_context(STYLE)
def subsets(found: DataFrame, name: str) -> Figure:
    """Draw every set as a dot, by each distance of its letters; `found` is that of `comparison.scored`."""
    group = found[found["denoiser"] == NETWORK]
    said = rank_correlation(group["mean"], group[SCORE], list(group["letters"]))
    size = len(group["letters"].iloc[0])
    caption = (
        f"{len(group)} sets of {size} letters. Spearman's correlation of the network's share with the mean"
        f" distance: {said.value:.2f} [{said.low:.2f}, {said.high:.2f}], 95 % by jackknife over the letters,"
        " which the sets share."
    )
    columns = current().columns(len(DISTANCES), 2.4)
    rows = -(-len(DISTANCES) // columns)
    title = f"Do letters that are less alike resist noise better? {name}"
    figure = sheet(min(10.5, current().room), 4.6 if rows == 1 else 2.4 * rows, title, caption)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axes in panels[len(DISTANCES) :]:
        axes.set_axis_off()
    for axes, (distance, text) in zip(panels, DISTANCES.items(), strict=False):
        for denoiser, look in looks(LOOKS).items():
            rows = found[found["denoiser"] == denoiser]
            x, y = rows[distance], 100 * rows[SCORE]
            axes.plot(x, y, look.marker, color=look.color, ms=4, mew=0, alpha=0.7, label=denoiser)
        axes.set_xlabel(f"{text}, pixels")
        grid(axes)
    panels[0].set_ylabel("restored exactly, %")
    panels[0].legend(loc="lower right")
    return figure
