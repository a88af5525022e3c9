"""optae methods: list the methods and what each needs."""

import json
from typing import Any

import click

from optae.methods import METHODS, method_spec
from optae.methods.spec import MethodSpec

from .output import say
from .tables import print_table

UNSET = {"batch": "all the data"}  # what an empty default comes to


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--optax", "with_optax", is_flag=True, help="Also list the optimizers of optax, as optax:NAME.")
@click.option("--torch", "with_torch", is_flag=True, help="Also list those of PyTorch, as torch:NAME.")
def methods(names: tuple[str, ...], as_json: bool, with_optax: bool, with_torch: bool) -> None:
    """List the methods, what each needs and how far it scales. With NAME, list its options too.

    In addition, --method optax:NAME runs an optimizer of optax or optax.contrib on the jax engine, and
    torch:NAME one of PyTorch, where it is installed, on the numpy engine.

    \b
    optae methods
    optae methods powell adam optax:muon
    """
    chosen = {name: method_spec(name) for name in names} if names else _all(with_optax, with_torch)
    rows = [describe(name, entry) for name, entry in chosen.items()]
    if as_json:
        say(json.dumps(rows, indent=2))
        return
    inner = ("options", "ranges")
    print_table([{key: value for key, value in row.items() if key not in inner} for row in rows])
    if names:
        print_table([line for row in rows for line in _options(row)])


def describe(name: str, entry: MethodSpec) -> dict[str, Any]:
    """Return the facts of one method as plain data, for JSON."""
    return {
        "method": name,
        "needs": entry.needs,
        "data": entry.batch,
        "parameters": entry.scale,
        "source": entry.source,
        "options": {name: None if value != value else value for name, value in entry.options.items()},
        "ranges": dict(entry.ranges),
    }


def _options(row: dict[str, Any]) -> list[dict[str, object]]:
    return [
        {
            "method": row["method"],
            "--option": key,
            "default": UNSET.get(key, "none") if value is None else value,
            "tuned in": row["ranges"].get(key, ""),
        }
        for key, value in row["options"].items()
    ]


def _all(with_optax: bool, with_torch: bool) -> dict[str, MethodSpec]:
    found = dict(METHODS)
    if with_optax:
        from optae.methods.first_order import optax_names

        found |= {f"optax:{name}": method_spec(f"optax:{name}") for name in optax_names.names()}
    if with_torch:
        from optae.methods.first_order import torch

        found |= {f"torch:{name}": method_spec(f"torch:{name}") for name in torch.names()}
    return found
