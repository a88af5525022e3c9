"""Whether sets of letters that are less alike resist noise better: deck A's claim as a measurement.

One network is trained on each of many sets of letters, and scored on fresh noise. Over the sets, the distance
of the letters is correlated with the share that is restored exactly. Sets share letters, so the interval of
the correlation resamples letters, by the jackknife (`statistics.rank_correlation`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..datasets import load_dataset
from ..datasets.distances import distances, measured, spread
from ..statistics import rank_correlation
from ..storage.fresh_noise import FreshNoise, on_fresh_noise
from ..tables.table import Column, Table

if TYPE_CHECKING:
    from pandas import DataFrame

NETWORK, NEAREST = "network", "nearest letter"
DISTANCES = {"mean": "mean distance of the pairs", "least": "distance of the nearest pair"}
THIRDS = {"near": "nearest third", "middle": "middle third", "far": "farthest third"}
SCORE = "denoised_exact"


def sets_of(dataset: str, size: int, many: int) -> list[str]:
    """Return the words of `many` sets of letters, such as 'font2[XHIR]', from the most alike to the least.

    Raises ValueError for a size or a number of sets that is not possible.
    """
    data = load_dataset(dataset)
    sets = spread(distances(data.x), size, many)
    return [f"{dataset}[{_listed([data.labels[i] for i in members])}]" for members in sets]


def scored(cells: "DataFrame", draws: int) -> "DataFrame":
    """Return a row for each set and denoiser: its letters, their distances, and the share restored exactly.

    `cells` are those of one network on sets of letters, as `load_cells` gives them.
    """
    found = on_fresh_noise(cells, FreshNoise(draws=draws))
    labels = set(cells["label"])
    found["denoiser"] = found["label"].where(~found["label"].isin(labels), NETWORK)
    known = {word: load_dataset(word) for word in found["dataset"].unique()}
    apart = {word: measured(distances(data.x), tuple(range(len(data.x)))) for word, data in known.items()}
    return found.assign(
        letters=[known[word].labels for word in found["dataset"]],
        mean=[apart[word].mean for word in found["dataset"]],
        least=[apart[word].least for word in found["dataset"]],
    )


def subsets_table(found: "DataFrame", caption: str = "") -> Table:
    """Return a row for the network and one for nearest-letter decoding: correlations, shares by thirds."""
    import pandas as pd

    rows = [_row(name, found[found["denoiser"] == name]) for name in (NETWORK, NEAREST)]
    heads = [
        Column("denoiser", "denoiser", group=True),
        Column("sets", "sets", "sets of letters", group=True),
        *(
            Column(name, f"r, {name} distance", f"rank correlation of the share restored with the {text}")
            for name, text in DISTANCES.items()
        ),
        *(Column(name, text, "share restored exactly, by mean distance") for name, text in THIRDS.items()),
    ]
    note = "[95 %: jackknife over letters, which the sets share]; scored on noise that no training saw"
    return Table(pd.DataFrame(rows), tuple(heads), caption, (note,))


def _listed(labels: Sequence[str]) -> str:
    """Return the labels as a data set's word lists them: characters without commas, words with commas.

    >>> _listed("XHIR"), _listed("a,b"), _listed(["one", "two"])
    ('XHIR', ',ab', 'one,two')
    """
    if any(len(label) > 1 for label in labels):
        return ",".join(labels)
    return "".join(sorted(labels, key=lambda label: label != ","))  # a comma in front separates nothing


def _row(name: str, group: "DataFrame") -> dict[str, object]:
    row: dict[str, object] = {"denoiser": name, "sets": len(group)}
    for distance in DISTANCES:
        found = rank_correlation(group[distance], group[SCORE], list(group["letters"]))
        row |= {distance: found.value, f"{distance}_low": found.low, f"{distance}_high": found.high}
    ranked = group.sort_values("mean", kind="stable")[SCORE].to_numpy()
    parts = [float(part.mean()) for part in np.array_split(ranked, len(THIRDS))]
    return row | dict(zip(THIRDS, parts, strict=True))
