"""optae bench: a grid of runs, each cell once, killed and resumed at will."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from optae.execution.runner import Plan, Tally, cores, plan, run_plan
from optae.experiments.grid import Spec, grid, read_spec

from .progress import QUIET, clock
from .tables import print_table

AXES = {
    "dataset": "As of `optae train`; environment variables in a path are replaced.",
    "arch": "The encoder's half, or all the widths: 35,20,15,2.",
    "encoder": "Activation of the encoder's hidden layers.",
    "latent": "Activation of the latent layer.",
    "decoder": "Activation of the decoder's hidden layers.",
    "output": "Activation of the output.",
    "init": "Start of the weights.",
    "loss": "What is minimised.",
    "noise": "What the network must undo, as flip:0.1; or none.",
    "regime": "frozen or fresh noise.",
    "method": 'With options, if any: "adam:lr=3e-3,batch=8".',
    "engine": "numpy, autograd or jax.",
    "target": "Where to stop: a loss, or max_pixel_error=0.",
}
COUNTS = {"copies": "Noisy copies of each sample.", "redraw": "Iterations of a batch method on one draw."}
LIMITS = ("max_seconds", "max_evaluations", "max_iterations")


def axis_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The axes of a grid, each a repeatable option; the budget once."""
    options = [click.option(f"--{name}", multiple=True, help=text) for name, text in AXES.items()]
    options += [
        click.option(f"--{name}", multiple=True, type=int, help=text) for name, text in COUNTS.items()
    ]
    options.append(click.option("--bias/--no-bias", default=None, help="Biases in every layer, or none."))
    options.append(click.option("--seeds", help="How many, or which: 10, or 5-9, or 3,7."))
    options += [
        click.option(f"--{name.replace('_', '-')}", type=float, help="Of every cell.") for name in LIMITS
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("spec", required=False, metavar="[SPEC.toml]")
@axis_options
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the cells are kept.")
@click.option("--jobs", type=click.IntRange(1, 1024), help="Cells at a time.  [default: all cores]")
@click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    help="Of each run.  [default: one for BLAS, or the job's share of the cores where products are large]",
)
@click.option("--shard", metavar="I/N", help="Only this part of the cells, by their hash: 2/5.")
@click.option("--cluster", metavar="ADDRESS", help="Run on a Dask cluster: tcp://host:8786.")
@click.option(
    "--together/--apart",
    default=True,
    help="Seeds of one recipe in one compiled loop, where engine and method can.  [default: together]",
)
@click.option("--dry-run", is_flag=True, help="Say what there is to do, and do nothing.")
def bench(
    spec: str | None,
    out: Path,
    jobs: int | None,
    threads: int | None,
    shard: str | None,
    cluster: str | None,
    together: bool,
    dry_run: bool,
    **axes: Any,
) -> None:
    """Run a grid: every cell that is not yet done, each once.

    A cell is a folder of --out named by a hash of its recipe. Ctrl-C or a crash costs the cells in flight;
    the same command goes on from there. Folders from several machines merge by copying. What cannot run, and
    what diverges or fails, is a row with its reason. The grid is a TOML file, or the options below, each of
    them repeatable:

    \b
    optae bench --method powell --method "adam:lr=3e-3" --seeds 10 --max-seconds 10 --out letters
    optae bench spec.toml --out letters --shard 2/5

    \b
        title = "Who gets every letter right?"
        dataset = ["font2", "$OPTAE_DATA/font.h:Font3"]    # holds for every grid below
        arch = ["35,20,15,2", "35,60,50,30,2"]
        max_seconds = 10
        target = "max_pixel_error=0"
        seed = 10                                          # 0 to 9; or a list, or "5-9"
        [[grid]]                                           # a product of its axes
        method = ["powell", {name = "adam", lr = 3e-3, batch = 8}]
        [[grid]]
        method = "l-bfgs"
        activations = [{encoder = "relu"}, {encoder = "identity", decoder = "logistic:1.6"}]

    On engine jax first-order methods train up to 16 seeds of one recipe in one compiled loop, whose seconds
    they share: faster, and the same but for rounding. --apart trains each by itself.

    Every option of `optae train` is an axis: a value, or a list. Seeds are paired: for one seed every method
    has the same start, of one batch size the same batches and noise, of full-batch methods the same frozen
    draw; compiled epochs share the batches where there is no noise, and draw noise on the device. The order
    of keys and values never matters, and doubles collapse.
    """
    asked = _asked(spec, axes)
    todo = plan(asked.experiments, out, _shard(shard))
    if dry_run:
        print_table(_outlook(todo, jobs or max(1, cores() // (threads or 1))), asked.title)
        _print_reasons(todo)
        return
    with live() as look:
        tally = run_plan(
            todo, out, jobs=jobs, threads=threads, cluster=cluster, together=together, on_progress=look
        )
    print_table(_account(tally), asked.title)
    _print_reasons(todo)
    click.echo(f"\n{out}  (next: optae table {out})")


def _asked(spec: str | None, axes: dict[str, Any]) -> Spec:
    """The grid of the file, or of the options."""
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in axes.items()}
    given = {name: value for name, value in given.items() if value not in ([], None)}
    if spec and given:
        flag = next(iter(given)).replace("_", "-")
        raise ValueError(f"--{flag} beside '{spec}': write it into the spec, or leave the spec out")
    if spec:
        return read_spec(spec)
    if not given:
        raise ValueError("there is nothing to run: name a spec, or axes such as --method powell --seeds 10")
    if "seeds" in given:
        given["seed"] = _seeds(given.pop("seeds"))
    return Spec("", "", tuple(grid(**given)))


def _seeds(text: str) -> Any:
    parts = [part.strip() for part in text.split(",")]
    return int(text) if text.strip().isdigit() else parts


def _shard(text: str | None) -> tuple[int, int]:
    part, slash, parts = (text or "1/1").partition("/")
    if not slash or not part.isdigit() or not parts.isdigit() or not 1 <= int(part) <= int(parts):
        raise ValueError(f"--shard '{text}': write a part and how many there are, such as 2/5")
    return int(part), int(parts)


def _outlook(todo: Plan, jobs: int) -> list[dict[str, Any]]:
    """What a run would do."""
    worst = todo.worst_seconds / jobs
    facts = {
        "cells": f"{todo.size:,}",
        "done": f"{len(todo.done):,}",
        "refused": f"{len(todo.refused):,}",
        "to run": f"{len(todo.jobs):,}",
        "at worst": clock(worst) + f", {jobs} at a time" if worst < float("inf") else "no limit of seconds",
    }
    return [{"": name, "grid": value} for name, value in facts.items()]


def _account(tally: Tally) -> list[dict[str, Any]]:
    """What a run came to."""
    facts = {"done before": tally.before, **dict(sorted(tally.statuses.items())), "cells": tally.done}
    rows = [{"": name, "grid": f"{count:,}"} for name, count in facts.items()]
    return [*rows, {"": "time", "grid": clock(tally.seconds)}]


def _print_reasons(todo: Plan) -> None:
    """Why cells are refused, each reason once."""
    reasons: dict[str, int] = {}
    for job, reason in todo.refused:
        line = f"{job.cell.experiment.method}: {reason}"
        reasons[line] = reasons.get(line, 0) + 1
    for line, count in reasons.items():
        click.echo(f"refused {count:,} of {line}")


@contextmanager
def live() -> Iterator[Callable[[Tally], None]]:
    """A callback for `run_plan` that keeps one line up to date, or prints one now and then to a pipe."""
    if not sys.stderr.isatty():
        yield _NowAndThen()
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as screen:
        yield lambda tally: screen.update(Text(progress_line(tally)))


class _NowAndThen:
    def __init__(self) -> None:
        self._due = time.monotonic() + QUIET

    def __call__(self, tally: Tally) -> None:
        if time.monotonic() >= self._due:
            click.echo(progress_line(tally), err=True)
            self._due = time.monotonic() + QUIET


def progress_line(tally: Tally) -> str:
    """Cells done of all, what became of them, time left."""
    left = tally.seconds_left
    words = [
        f"{tally.done:,} of {tally.size:,} cells",
        *(f"{count:,} {status}" for status, count in sorted(tally.statuses.items())),
        f"{clock(left)} left" if left < float("inf") else clock(tally.seconds),
    ]
    return "  ".join(words)
