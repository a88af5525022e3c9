"""Sets of letters: how far apart they are, and how many of their letters are restored."""

from matplotlib import rc_context
from matplotlib.figure import Figure
from pandas import DataFrame

from ...comparison.subsets import DISTANCES, NEAREST, NETWORK, SCORE
from ...statistics import rank_correlation
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
    figure = sheet(10.5, 4.6, f"Do letters that are less alike resist noise better? {name}", caption)
    panels = figure.subplots(1, len(DISTANCES), sharey=True)
    for axes, (distance, text) in zip(panels, DISTANCES.items(), strict=True):
        for denoiser, look in looks(LOOKS).items():
            rows = found[found["denoiser"] == denoiser]
            x, y = rows[distance], 100 * rows[SCORE]
            axes.plot(x, y, look.marker, color=look.color, ms=4, mew=0, alpha=0.7, label=denoiser)
        axes.set_xlabel(f"{text}, pixels")
        grid(axes)
    panels[0].set_ylabel("restored exactly, %")
    panels[0].legend(loc="lower right")
    return figure
