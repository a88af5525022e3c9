"""The option --slurm of `optae bench`: the script of a job array instead of a run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from optae.execution.plan import Plan
from optae.execution.slurm import array_script, write_script
from optae.experiments.spec import Spec

from .options import TYPED
from .output import say

FLAG = "--slurm"


def refuse_beside(asked: Spec, **given: object) -> None:
    """Raise ValueError for an option or a spec that a job array cannot have."""
    for name in (name for name, value in given.items() if value):
        raise ValueError(f"`slurm` beside `{name}`: leave one of them out")
    if asked.tuned:
        raise ValueError("`slurm` beside a spec that tunes: start the command several times on one folder")


def write_array(todo: Plan, out: Path, tasks: int, jobs: int | None, threads: int | None) -> None:
    """Write the script beside the folder of the cells, and print how it is submitted."""
    command = ["bench", *_without(click.get_current_context().meta[TYPED])]
    if jobs is None:
        command += ["--jobs", "1"]
    text = array_script(command, todo, tasks, jobs or 1, threads or 1, out, Path.cwd())
    path = write_script(text, out.with_name(f"{out.name}.sbatch"))
    say(f"{path}  (next: sbatch {path}, and when it is done: optae table {out})")


def _without(words: Sequence[str]) -> Iterator[str]:
    """Yield the words as typed, without this option and its value."""
    rest = iter(words)
    for word in rest:
        if word == FLAG:
            next(rest, None)
        elif not word.startswith(f"{FLAG}="):
            yield word
