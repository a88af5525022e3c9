"""Every optimizer of optax, optax.contrib and torch.optim by its name, for 20 steps, or why it is refused.

    python benchmarks/names.py

One small network on 32 letters, seed 0, all the data at once, each optimizer with its library's defaults.
Writes results/names.md. Needs optax and PyTorch.
"""

from collections.abc import Iterator
from importlib.metadata import version
from inspect import isfunction

import optax.contrib
import torch
from stamp import write
from threadpoolctl import threadpool_limits

import optae
from optae.methods import method_spec
from optae.methods.first_order import optax_names
from optae.methods.first_order import torch as torch_names
from optae.text import listed

STEPS, WIDTHS = 20, (35, 4)
HEAD = """
# Every optimizer of optax and PyTorch, by name

`--method optax:NAME` and `--method torch:NAME`: {steps} steps of each on the 32 letters of `font2`, with
the network 35-4-35 and bce, from the start of seed 0, where the loss is {start:.2f} nats. Options are the
library's defaults, and the learning rate is 0.001 where it has none, so this is a list of what runs and no
comparison: rates decide that. {start:.2f} in the table means that no step went below the start. The loss of a
schedule-free optimizer is that of its average, which is its result.
"""


def steps(word: str, engine: str) -> tuple[str, str]:
    """Return the lowest loss of a method's steps and an empty text, or the reason why there is none."""
    letters = optae.load_dataset("font2").x
    problem = optae.Problem(optae.Autoencoder(WIDTHS), letters, engine=engine)
    method = method_spec(word)()
    if reason := method.refuses(problem):
        return "", reason
    result = optae.fit(problem, method, max_iterations=STEPS)
    return (f"{result.value:.2f}", "") if result.iterations == STEPS else ("", result.message)


def table(title: str, prefix: str, names: list[str], engine: str) -> Iterator[str]:
    """Yield the lines of a library's table, those that run first."""
    found = {name: steps(f"{prefix}:{name}", engine) for name in names}
    ran = [name for name, (loss, _) in found.items() if loss]
    yield from (f"## {title}", "", f"{len(ran)} of {len(names)} run.", "")
    yield from ("| name | lowest loss | refused because |", "| --- | --: | --- |")
    for name in sorted(names, key=lambda name: name not in ran):
        loss, reason = found[name]
        reason = reason.removeprefix(f"{prefix}:{name}").lstrip(": ")
        yield f"| `{prefix}:{name}` | {loss} | {reason} |"
    yield ""


def main() -> None:
    """Run every name and write the page."""
    letters = optae.load_dataset("font2").x
    model = optae.Autoencoder(WIDTHS)
    start = optae.Objective(model, letters)(model.init(0))
    every = optax_names.names()
    contrib = [name for name in every if name in vars(optax.contrib) and name not in vars(optax)]
    parts = {name for name, entry in vars(optax.contrib).items() if isfunction(entry)} - set(every)
    theirs = [name for name in torch_names.names() if name in vars(torch.optim)]
    with threadpool_limits(1):
        lines = [
            HEAD.format(steps=STEPS, start=start),
            *table(f"optax {version('optax')}", "optax", sorted({*every} - {*contrib}), "jax"),
            *table("optax.contrib", "optax", contrib, "jax"),
            f"Parts of optimizers, for a file of your own: {listed(sorted(parts), len(parts))}.",
            "",
            *table(f"torch.optim {torch.__version__.split('+')[0]}", "torch", theirs, "numpy"),
        ]
    print(write("names", "\n".join(lines), "one thread").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
