"""optae new: write the skeleton of a file of one's own."""

from pathlib import Path

import click

from optae.check.skeletons import SKELETONS
from optae.registry import lookup


@click.command()
@click.argument("kind", metavar="KIND")
@click.argument("file", metavar="FILE.py", type=click.Path(path_type=Path))
def new(kind: str, file: Path) -> None:
    """Write a file to start from: KIND is method, minimizer, transformation or metric.

    A method is a rule of two functions, a minimizer a function in SciPy's convention, a transformation one of
    optax. Each is a way to write a method of your own. A metric is a function of predictions and targets. The
    file works as it is; nothing is overwritten.

    \b
    optae new method mine.py
    optae check --method mine.py:Lion
    optae train --method mine.py:Lion --option lr=3e-3
    """
    text = lookup("kind", kind, SKELETONS).replace("mine.py", str(file))
    if file.suffix != ".py":
        raise ValueError(f"'{file}' is no Python file: name it with .py at its end")
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ValueError(f"'{file}' exists: choose another name") from None
    click.echo(f"{file}  (next: {text.splitlines()[2].strip()})")
