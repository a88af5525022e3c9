"""optae data: facts about a data set."""

from pathlib import Path

import click

from .common import show, table_output
from .sources import say_remarks

MOST = 100  # samples in one table


@click.group()
def data() -> None:
    """Show facts about a data set."""


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

    from optae.datasets.distances import distances as table_of
    from optae.datasets.distances import extremes
    from optae.experiments.identity import data_of
    from optae.tables.table import Column, Table

    found = data_of(dataset)
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
