"""optae problems: list the problems of the literature that a name stands for."""

import json
from collections.abc import Mapping
from typing import Any

import click

from optae.experiments.classics import PROBLEMS, Classic
from optae.model.autoencoder import Autoencoder

from .output import say
from .tables import print_table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def problems(as_json: bool) -> None:
    """List the problems of the literature that --problem NAME stands for, each as its words.

    \b
    optae problems
    optae train --problem deep-mnist-relu --batch 1000 --precision float32 --epochs 10
    """
    if as_json:
        words = {
            name: {**one.words, "reports": one.reports, "source": one.source}
            for name, one in PROBLEMS.items()
        }
        say(json.dumps(words, indent=2))
        return
    print_table([_described(name, one) for name, one in PROBLEMS.items()])


def _described(name: str, one: Classic) -> dict[str, Any]:
    words = one.words
    return {
        "problem": name,
        "data": words["dataset"],
        "network": "-".join(map(str, words["arch"])),
        "units": words["encoder"],
        "parameters": f"{_size(words):,}",
        "loss": f"{words['loss']} + {words['l2']:g}/2 |theta|^2",
        "reported": ", ".join(one.reports),
        "source": one.source,
    }


def _size(words: Mapping[str, Any]) -> int:
    """Return the number of parameters, without the data."""
    return Autoencoder(words["arch"]).size
