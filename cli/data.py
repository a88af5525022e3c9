"""optae data: facts about a data set."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.text import listed

from .common import show, table_output
from .sources import say_remarks
from .tables import print_table

if TYPE_CHECKING:
    import numpy as np

    from optae.datasets import Dataset

MOST = 100  # samples in one table
MOST_NAMES = 10  # of labels and classes


@click.group()
def data() -> None:
    """Show facts about a data set."""


@data.command("show", short_help="Print what is read of a data set.")
@click.argument("dataset")
def show_facts(dataset: str) -> None:
    """Print what is read of a data set: its samples, their range, labels, and what there is to predict.

    \b
    optae data show 'iris.csv@y=species'
    optae data show faces/@28x28
    """
    from optae.datasets import load_dataset

    found = load_dataset(dataset)
    say_remarks(found.remarks)
    print_table([{"": name, "data": fact} for name, fact in _facts(found).items()])


@data.command()
@click.argument("dataset")
@click.option(
    "--subset", type=int, metavar="K", help="Also name the most and the least orthogonal K samples."
)
@table_output
def distances(dataset: str, subset: int | None, form: str | None, out: Path | None) -> None:
    """Print the distances between all samples.

    The distance is the number of pixels that differ, or for grey images the squared distance.

    --subset K names the K samples whose pairs are farthest apart on average, and the K that are nearest. All
    subsets are compared; if there are too many, exchanges of samples find a good one.

    \b
    optae data distances font2 --subset 4
    optae data distances 'font.h:Font2[XHIR]'
    """
    import pandas as pd

    from optae.datasets import load_dataset
    from optae.datasets.distances import distances as table_of
    from optae.datasets.distances import extremes
    from optae.tables.table import Column, Table

    found = load_dataset(dataset)
    say_remarks(found.remarks)
    if len(found.x) > MOST:
        raise ValueError(
            f"'{dataset}' has {len(found.x)} samples, {MOST} is the most: name some, as in font2[XHIR]"
        )
    table = table_of(found.x)
    notes = []
    if subset is not None:
        for name, one in zip(("most", "least"), extremes(table, subset), strict=True):
            labels = " ".join(found.labels[i] for i in one.members)
            way = "" if one.proven else ", found by exchanges"
            facts = f"mean {one.mean:.4g}, least {one.least:g}{way}"
            notes.append(f"the {name} orthogonal {subset}: {labels} ({facts})")
    frame = pd.DataFrame(table, columns=[f"d{i}" for i in range(len(table))])
    frame.insert(0, "sample", list(found.labels))
    heads = [Column("sample", "", group=True)]
    heads += [Column(f"d{i}", label) for i, label in enumerate(found.labels)]
    show(Table(frame, tuple(heads), f"{found.name}: pixels that differ", tuple(notes)), form, out)


def _facts(found: "Dataset") -> dict[str, str]:
    n, d = found.x.shape
    rows, columns = found.shape
    facts = {
        "source": found.source,
        "samples": f"{n:,}",
        "values of each": f"{d:,}, as {rows}x{columns} pixels",
        "range": _span(found.x),
        "labels": _counts(found),
    }
    if found.y is not None:
        facts["to predict"] = _learned(found, found.y)
    if found.heldout is not None:
        facts["held out"] = f"{len(found.heldout.x):,} samples"
    return facts | {"content": f"SHA-256 {found.sha256[:16]}"}


def _counts(found: "Dataset") -> str:
    """Return the labels, with how many samples have each if any two share one."""
    counts = Counter(found.labels)
    if len(counts) == len(found.labels):
        return listed(found.labels, MOST_NAMES)
    return listed((f"{label} ({counts[label]:,})" for label in found.classes), MOST_NAMES)


def _learned(found: "Dataset", y: "np.ndarray") -> str:
    if found.targets is None:
        return f"{len(found.order)} class{'es' * (len(found.order) > 1)}: {listed(found.order, MOST_NAMES)}"
    return listed(f"{name} ({_span(column)})" for name, column in zip(found.columns, y.T, strict=True))


def _span(values: "np.ndarray") -> str:
    return f"{values.min():g} to {values.max():g}"
