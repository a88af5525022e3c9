"""optae bench: run a grid of experiments, each cell once; it can be stopped and resumed at any time."""

from pathlib import Path

import click

from optae.comparison.tuning.record import load
from optae.comparison.tuning.tune import progress, trials_of, tuned_first, tunings_of
from optae.comparison.tuning.words import verdict
from optae.engines.threads import cores
from optae.execution.plan import Plan, plan
from optae.execution.runner import run_plan
from optae.execution.tally import Tally
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.schema import Words, kind
from optae.experiments.spec import Spec, read_spec
from optae.training.signals import SIGNALS

from .options import FIELDS, WORKERS, GroupedCommand, Option, axis_options, grouped, problem_option
from .output import say, warn
from .program import with_flags
from .progress import clock, live
from .slurm import refuse_beside, write_array
from .sources import say_remarks
from .tables import print_table

AXES = [option for name, known in FIELDS.items() if known.read for option in axis_options(name)]
OWN = (
    problem_option(multiple=True),
    Option("--out", group="output", type=click.Path(path_type=Path), help="Folder of the cells.  [required]"),
    Option("--shard", group="output", metavar="I/N",
           help="Run only part I of N of the cells, chosen by their hash, such as 2/5."),
    Option("--dry-run", group="output", is_flag=True, help="Print what would run, and run nothing."),
    Option("--jobs", group="hardware", type=WORKERS, metavar="N",
           help="Cells to run at the same time.  [default: one for each core]"),
    Option("--threads", group="hardware", type=WORKERS, metavar="N", help="Threads of each run."
           "  [default: one for BLAS, or the job's share of the cores where products are large]"),
    Option("--cluster", group="hardware", metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://host:8786."
           " Give only a scheduler that you trust: what it sends runs as code here."),
    Option("--slurm", group="hardware", type=click.INT, metavar="N",
           help="Write OUT.sbatch, a SLURM job array of N tasks, each a shard, and run nothing here."),
    Option("--together/--apart", group="hardware", is_flag=True,
           help="Train the seeds of one recipe in one compiled loop, if possible.  [default: together]"),
)  # fmt: skip


@click.command(cls=GroupedCommand, params=grouped(AXES, OWN))
@click.argument("spec", required=False, metavar="[SPEC.toml]")
def bench(
    spec: str | None,
    out: Path | None,
    jobs: int | None,
    threads: int | None,
    shard: str | None,
    cluster: str | None,
    slurm: int | None,
    together: bool | None,
    dry_run: bool,
    **axes: object,
) -> None:
    """Run a grid of experiments: every cell that is not yet done, each once.

    Each cell is a folder inside --out, named by a hash of its recipe. A damaged cell, one of whose files has
    changed since it was written, is named and runs again. Ctrl-C, SIGTERM, SIGHUP or a crash loses only the
    cells that are running; the same command then resumes the grid. If you start the command several times,
    on one machine or on several that share the folder, the processes share the cells. Folders merge by
    copying. A cell that cannot run, diverges or fails becomes a row with the reason. Describe the grid in a
    TOML file, or by the options below, each of which may be repeated:

    \b
    optae bench --method powell --method "adam:lr=3e-3" --seeds 10 --max-seconds 10 --out letters
    optae bench spec.toml --out letters --shard 2/5
    optae bench spec.toml --out letters --slurm 20 && sbatch letters.sbatch

    \b
        title = "Who gets every letter right?"
        dataset = ["font2", "$OPTAE_DATA/font.h:Font3"]    # applies to every grid below
        arch = ["35,20,15,2", "35,60,50,30,2"]
        max_seconds = 10
        target = "max_pixel_error=0"
        seed = 10                                          # 0 to 9; or a list, or "5-9"
        [[grid]]                                           # the product of its axes
        method = ["powell", {name = "adam", lr = 3e-3, batch = 8}]
        [[grid]]
        method = "l-bfgs"
        activations = [{encoder = "relu"}, {encoder = "identity", decoder = "logistic:1.6"}]

    On engine jax, first-order methods train up to 16 seeds of one recipe in one compiled loop and share its
    seconds. This is faster, and the result is the same up to rounding. --apart trains each seed alone.

    Every option of `optae train` that describes a run is an axis here. The options of a method, such as its
    batch size, are written behind its name. Seeds are paired: with the same seed, every method gets the same
    start, methods with the same batch size get the same batches and noise, and full-batch methods get the
    same frozen draw. Compiled epochs share the batches if there is no noise, and draw noise on the device.
    The order of keys and values does not matter, and duplicates run once.
    """
    if out is None:
        raise ValueError("there is no `out`: name the folder of the cells")
    with live(str, refresh=4) as look:
        look("reading the grid")
        asked = _asked(spec, axes)
    if slurm is not None:
        refuse_beside(asked, shard=shard, cluster=cluster, dry_run=dry_run)
    asked = _tuned(asked, out, shard, dry_run, jobs, cluster)
    with live(str, refresh=4) as look:
        many = f"{len(asked.experiments):,}"
        todo = plan(asked.experiments, out, _shard(shard), lambda n: look(f"{n:,} of {many} cells planned"))
    say_remarks(todo.notes)
    _warn(todo)
    if slurm is not None:
        return write_array(todo, out, slurm, jobs, threads)
    if dry_run:
        print_table(_outlook(todo, jobs or max(1, cores() // (threads or 1))), asked.title)
        _print_reasons(todo)
        return
    with SIGNALS.waiting(), live(progress_line, refresh=4) as look:
        where: Words = {"jobs": jobs, "threads": threads, "cluster": cluster}
        tally = run_plan(todo, out, **where, together=together is not False, on_progress=look)
    print_table(_account(tally, todo), asked.title)
    _print_reasons(todo)
    nothing = f"`--shard {shard}` has none of the grid's cells: there is nothing to run here"
    say(f"\n{out}  (next: optae table {out})" if todo.size else f"\n{nothing}")


def given(axes: Words) -> Words:
    """Return the axes that were given, each as a list, and the seeds in the form that `grid` takes."""
    words: Words = {}
    for name, values in axes.items():
        field = name.removeprefix("no_")
        if field in FIELDS and kind(Experiment, field) is bool:
            chosen = [field == name] if values else []
            words[field] = [*words.get(field, []), *chosen]
        else:
            words[name] = list(values)
    if words.get("seed"):
        parts = [part.strip() for text in words["seed"] for part in text.split(",")]
        words["seed"] = int(parts[0]) if len(parts) == 1 and parts[0].isdigit() else parts
    return {name: values for name, values in words.items() if values != []}


def progress_line(tally: Tally) -> str:
    """Return one line: how many cells are done, their statuses, and the time left."""
    left = tally.seconds_left
    others = tally.in_work_elsewhere
    words = [
        f"{tally.done:,} of {tally.size:,} cells",
        *(f"{count:,} {status}" for status, count in sorted(tally.statuses.items())),
        *([f"{others:,} running in other processes"] if others else []),
        f"{clock(left)} left" if left < float("inf") else clock(tally.seconds),
    ]
    return "  ".join(words)


def _asked(spec: str | None, axes: Words) -> Spec:
    """Return the grid that the file or the options describe."""
    words = given(axes)
    if spec and words:
        raise ValueError(
            f"`{next(iter(words))}` beside '{spec}': write it into the spec, or leave the spec out"
        )
    if spec:
        return read_spec(spec)
    if not words:
        raise ValueError("there is nothing to run: name a spec, or axes such as --method powell --seeds 10")
    return Spec("", "", grid(**words))


def _tuned(
    asked: Spec, out: Path, shard: str | None, dry_run: bool, jobs: int | None, cluster: str | None
) -> Spec:
    """Tune the methods that the spec says, and return it with the experiments of what was chosen."""
    if not asked.tuned:
        return asked
    if shard is not None:
        raise ValueError("`shard` beside a spec that tunes: start the command several times on one folder")
    if dry_run:
        most = sum(one.most for to_tune in asked.tuned for one in tunings_of(to_tune))
        say(f"before that, in {trials_of(out)}: at most {most:,} runs of tuning")
        return asked
    with SIGNALS.waiting(), live(progress, refresh=4) as look:
        found = tuned_first(asked, out, jobs=jobs, cluster=cluster, on_progress=look)
    for line in (line for one in load(out) for line in verdict(one)):
        say(line)
    return found


def _shard(text: str | None) -> tuple[int, int]:
    part, slash, parts = (text or "1/1").partition("/")
    if not slash or not part.isdigit() or not parts.isdigit() or not 1 <= int(part) <= int(parts):
        raise ValueError(f"`shard` '{text}': write a part and how many there are, such as 2/5")
    return int(part), int(parts)


def _outlook(todo: Plan, jobs: int) -> list[dict[str, str]]:
    """Return the rows of --dry-run: what a run would do."""
    worst = todo.worst_seconds / jobs
    facts = {
        "cells": f"{todo.size:,}",
        "done": f"{len(todo.done):,}",
        **({"of these unsealed": f"{todo.unsealed:,}"} if todo.unsealed else {}),
        "refused": f"{len(todo.refused):,}",
        "to run": f"{len(todo.jobs):,}",
        **({"of these damaged": f"{len(todo.damaged):,}"} if todo.damaged else {}),
        "at worst": clock(worst) + f", {jobs} at a time" if worst < float("inf") else "no limit of seconds",
    }
    return [{"": name, "grid": value} for name, value in facts.items()]


def _warn(todo: Plan) -> None:
    """Name the damaged cells, a line each."""
    for line in todo.damaged:
        warn(f"{line}: it runs again")


def _account(tally: Tally, todo: Plan) -> list[dict[str, str]]:
    """Return the rows of the final table: how many cells ended in which status, and the time."""
    facts = {"done before": tally.before}
    if todo.unsealed:
        facts["of these unsealed"] = todo.unsealed
    if tally.elsewhere:
        facts["done by other processes"] = tally.elsewhere
    facts |= {**dict(sorted(tally.statuses.items())), "cells": tally.done}
    rows = [{"": name, "grid": f"{count:,}"} for name, count in facts.items()]
    return [*rows, {"": "time", "grid": clock(tally.seconds)}]


def _print_reasons(todo: Plan) -> None:
    """Print each reason for refusing cells once."""
    reasons: dict[str, int] = {}
    for job, reason in todo.refused:
        line = f"{job.cell.experiment.method}: {reason}"
        reasons[line] = reasons.get(line, 0) + 1
    for line, count in reasons.items():
        say(with_flags(f"refused {count:,} of {line}", click.get_current_context().command))
