"""optae train: train one network by one method into one run folder."""

import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from optae.datasets import Dataset
from optae.execution.workers import limit_threads
from optae.experiments.build import natural_loss
from optae.experiments.classics import read_problem
from optae.experiments.experiment import Experiment
from optae.experiments.grid import LIMITS
from optae.experiments.identity import cell
from optae.experiments.schema import Words
from optae.methods import method_spec
from optae.storage.folders import default_folder, first_folder, keep_run, reserved
from optae.training.checkpoint import Checkpoint
from optae.training.problem import Problem
from optae.training.result import Result
from optae.training.signals import SIGNALS, Interrupted

from . import checkpoints
from .options import (
    DEFAULT,
    FIELDS,
    GroupedCommand,
    Option,
    field_option,
    grouped,
    pairs,
    problem_option,
    read,
)
from .output import say, warn
from .progress import live, progress_line
from .recipes import merged, of_config, of_start
from .scene import Scene
from .sources import say_remarks, spelled
from .summary import asked, next_commands, summary
from .tables import print_table
from .training import OPTIONS, all_devices, experiment_words, join

MINUTE = 60.0  # seconds of a run without another limit
UNSET = {
    "max_seconds": "60, unless another limit is given",
    "engine": "numpy, or jax for optax and with --precision",
}
OUTPUT = (
    problem_option(multiple=False),
    Option("--out", group="output", type=click.Path(path_type=Path),
           help="Run folder to write.  [default: runs/DATASET-METHOD-SEED]"),
    Option("--checkpoint", group="output", type=click.INT, metavar="N",
           help="Save a checkpoint every N epochs, from which the same command resumes."),
    Option("--plain", group="output", is_flag=True,
           help="Show the progress on one line, without letters and curve."),
)  # fmt: skip
TYPED = [name for name, known in FIELDS.items() if known.read and name != "network"]  # which --model chooses
FIELD_OPTIONS = [field_option(name, UNSET.get(name, "")) for name in TYPED]


@click.command(cls=GroupedCommand, params=grouped(FIELD_OPTIONS, (*OPTIONS, *OUTPUT)))
def train(
    out: Path | None,
    problem: str | None,
    config: str | None,
    checkpoint: int | None,
    plain: bool,
    threads: int | None,
    distributed: str | None,
    data_folder: str | None,
    emoji_font: str | None,
    emoji_characters: str | None,
    **typed: Any,
) -> None:
    """Train one network by one method, and store the run.

    While it trains, a terminal of 14 lines or more shows the letters as they come back and the curve.
    Ctrl-C, SIGTERM and SIGHUP stop the training and keep the best vector so far. The run folder holds
    run.json, trace.csv, theta.safetensors and pictures; `optae show`, `generate` and `explore` read it. The
    folder is reserved when training begins. If it is lost before the end, the run is stored beside it, and a
    line says where.

    The exit code is 0 for success, 1 if the method failed or the run is stored elsewhere, 2 for bad input,
    and 128 + n after signal n.

    --start RUN goes on from the vector of a stored run; data, network, noise and loss are that run's unless
    they are given. --config RUN.JSON repeats a run, with the options that are given in place of its own.

    \b
    optae train
    optae train --start runs/font2-adam-0 --method lm --max-seconds 10
    optae train --config runs/font2-adam-0/run.json --seed 1
    optae train --problem deep-mnist-relu --batch 1000 --precision float32 --epochs 10
    optae train --method lm --model mlp --dataset digits --arch 64,32,10 --holdout 0.2
    optae train --method powell --arch 35,20,15,2,15,20,35
    optae train --method adam --option lr=3e-3 --target max_pixel_error=0
    optae train --noise flip:0.1 --arch 35,64,10 --option lr=3e-3 --copies 8
    optae train --noise shift:p=0.2,range=0.5 --copies 5 --method lm --dataset 'font2[XHIR]'
    optae train --dataset font.h:Font2 --encoder identity --decoder logistic:beta=0.8 --no-bias \\
                --init uniform --loss half_sse --method powell --max-iterations 100
    """
    if threads is not None:
        limit_threads(threads)
    process = join(distributed)
    base = _stored(problem, config, typed)
    dataset = typed.pop("dataset") or base.get("dataset", DEFAULT["dataset"])
    dataset = spelled(dataset, data_folder, emoji_font, emoji_characters)
    experiment, data = _asked(_words(base, dataset=dataset, **typed), process is not None)
    task = experiment.problem(data)
    experiment.check(task)
    if process:  # another one leads, and writes
        _run(experiment, data, task, out or default_folder(experiment), checkpoint, threads, plain)
        return
    owner = cell(experiment, data).name
    goes_on = partial(checkpoints.goes_on, checkpoint, owner, data)
    checkpoints.forget(checkpoint, owner, data, out or first_folder(experiment))
    with reserved(experiment, out, goes_on) as folder, SIGNALS.waiting():
        kept, result = _run(experiment, data, task, folder, checkpoint, threads, plain)
        place, reason = keep_run(folder, experiment, data, result, goes_on)
        if kept and result.status != "interrupted":
            kept.path.unlink(missing_ok=True)
    with suppress(Interrupted):
        _draw(place, task, data, result)
    _finish(place, kept, experiment, data, result)
    if reason:
        warn(f"{reason}: the run is kept in '{place}'")
    click.get_current_context().exit(_code(result, place == folder))


def _asked(words: Words, distributed: bool) -> tuple[Experiment, Dataset]:
    """Return the experiment of these words, by default with the loss of its targets, and its data."""
    experiment = Experiment(**words)
    if distributed and experiment.devices is None:
        experiment = replace(experiment, devices=all_devices())
    experiment.check_regime()
    data = experiment.data()
    say_remarks(data.remarks)
    if experiment.network == "mlp" and "loss" not in words:
        experiment = replace(experiment, loss=natural_loss(data))
    return experiment, data


def _run(
    experiment: Experiment,
    data: Dataset,
    problem: Problem,
    folder: Path,
    checkpoint: int | None,
    threads: int | None,
    plain: bool,
) -> tuple[Checkpoint | None, Result]:
    """Train and show the progress, with checkpoints beside the folder every `checkpoint` epochs."""
    kept = checkpoints.beside(checkpoint, folder, experiment, data)
    line = partial(progress_line, loss=problem.model.minimised)
    with live(line, scene=None if plain else Scene(problem.model, data, line)) as look:
        return kept, experiment.run(problem, look, snapshots=True, checkpoint=kept, threads=threads)


def _code(result: Result, in_place: bool) -> int:
    """Return the exit code of a stored run."""
    if SIGNALS.came is not None:
        return Interrupted(SIGNALS.came).code
    return 0 if in_place and result.status != "failed" else 1


def _finish(
    folder: Path, kept: Checkpoint | None, experiment: Experiment, data: Dataset, result: Result
) -> None:
    """Print the result, and how an interrupted run goes on."""
    if kept and kept.path.is_file():
        say(f"the same command goes on from {kept.path}", err=True)
    loss = experiment.model(data).minimised
    print_table(summary(experiment, loss, result, *data.x.shape), asked(experiment, data))
    names = ", ".join(sorted(os.listdir(folder)))
    say(f"{result.status}: {result.message}\n\n{folder}{os.sep}  ({names})")
    say(next_commands(experiment, folder))


def _draw(folder: Path, problem: Problem, data: Dataset, result: Result) -> None:
    """Draw the pictures; matplotlib is imported only here."""
    from optae.figures import run

    run.draw(folder, problem, data, result)


def _stored(problem: str | None, config: str | None, typed: Words) -> Words:
    """Return the words of the problem, or of the stored runs, that --problem, --config and --start name."""
    if problem is not None:
        if config is not None or typed["warm_start"] is not None:
            raise ValueError(
                f"`problem` {problem} beside a stored run, which has its own: leave one of them out"
            )
        return read_problem("problem", problem)[0]
    base = {} if config is None else of_config(config, changes=typed["dataset"] is not None)
    return base if typed["warm_start"] is None else {**base, **of_start(typed["warm_start"])}


def _words(
    base: Words,
    options: tuple[str, ...],
    batch: int | None,
    epochs: float | None,
    network: str | None,
    kl_weight: float | None,
    **typed: object,
) -> Words:
    """Return an experiment's words: the options over the `base`, or over the presets of the model."""
    given = read(typed)
    method = given.get("method", base.get("method", DEFAULT["method"]))
    own = method_spec(method).read(pairs(options))
    first = {} if batch is None else {"batch": batch}
    given["options"] = {**dict(given.get("options", ())), **first, **own}
    if epochs is not None:
        given |= read({"max_iterations": epochs})
    if kl_weight is not None and "bottleneck" in base and "bottleneck" not in given:
        given |= read({"bottleneck": f"gaussian:{kl_weight!r}"})
        kl_weight = None
    given = merged(base, given | {"method": method}, anew=network == "ae")
    words = experiment_words(given, network or ("stored" if base else "ae"), kl_weight)
    if not words.keys() & set(LIMITS):
        words["max_seconds"] = MINUTE
    return words
