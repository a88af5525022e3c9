"""optae train: one network, one method, one run folder."""

import math
import os
from pathlib import Path
from typing import Any

import click

from optae.datasets import Dataset
from optae.engines import ENGINES
from optae.execution.workers import limit_threads
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.experiments.noise_regime import described
from optae.files import claim
from optae.methods import method_spec
from optae.storage.folders import default_folder
from optae.storage.run import save_run
from optae.training.checkpoint import Checkpoint
from optae.training.fit import Result
from optae.training.problem import Problem

from .options import DEFAULT, check_noise, model_options, noise_options, pairs
from .progress import live
from .sources import source_options, spelled
from .tables import print_table
from .training import experiment_words, join, training_options

MINUTE = 60.0  # seconds, where nobody gives a budget
LIMITS = ("max_evaluations", "max_iterations", "max_seconds")


@click.command()
@model_options
@source_options
@training_options
@noise_options
@click.option(
    "--method",
    default=DEFAULT.method,
    show_default=True,
    help="One of `optae methods`, or optax:NAME for any optimizer of optax.",
)
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the method; repeatable."
)
@click.option("--engine", default=None, help=f"{', '.join(ENGINES)}.  [default: numpy, or jax for optax]")
@click.option("--seed", default=0, show_default=True, help="Of the start, the batches and all noise.")
@click.option(
    "--max-seconds",
    type=float,
    help="Of solving, compilation apart.  [default: 60, unless one of the next two is given]",
)
@click.option("--max-evaluations", type=float, help="Calls of the loss on all the data, of any kind.")
@click.option(
    "--max-iterations", type=float, help="Of the method's own: a Powell sweep, an epoch, a trust-region step."
)
@click.option(
    "--target", help="Stop when the loss is this small, or a metric good enough: max_pixel_error=0."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run folder.  [default: runs/DATASET-METHOD-SEED]"
)
@click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    help="Of BLAS, and of XLA.  [default: one for BLAS, or all where products are large]",
)
@click.option(
    "--checkpoint",
    type=int,
    metavar="EPOCHS",
    help="Keep a checkpoint every so many epochs; the same command again goes on from it.",
)
def train(
    out: Path | None,
    checkpoint: int | None,
    threads: int | None,
    options: tuple[str, ...],
    engine: str | None,
    **words: Any,
) -> None:
    """Train one network by one method, and keep what came out.

    Ctrl-C stops it with the best vector so far. The run folder holds run.json, trace.csv, theta.safetensors
    and pictures; `optae generate` goes on from there.

    \b
    optae train
    optae train --method powell --arch 35,20,15,2,15,20,35
    optae train --method adam --option lr=3e-3 --target max_pixel_error=0
    optae train --noise flip:0.1 --arch 35,64,10 --option lr=3e-3 --copies 8
    optae train --noise shift:p=0.2,range=0.5 --copies 5 --method lm --dataset 'font2[XHIR]'
    optae train --dataset font.h:Font2 --encoder identity --decoder logistic:1.6 --no-bias \\
                --init uniform --loss half_sse --method powell --max-iterations 100
    """
    if threads is not None:
        limit_threads(threads)
    leads = join(words.pop("distributed"), words)
    parts = [words.pop(name) for name in ("data_folder", "emoji_font", "emoji_characters")]
    words["dataset"] = spelled(words["dataset"], *parts)
    experiment = _experiment({**words, "engine": engine or ""}, options)
    check_noise(experiment, words)
    data = experiment.data()
    problem = experiment.problem(data)
    experiment.check(problem)
    folder = out or default_folder(experiment)
    if leads:
        claim(folder)
    kept = _checkpoint(checkpoint, folder, experiment, data)
    with live(experiment.loss) as look:
        result = experiment.run(problem, look, snapshots=True, checkpoint=kept, threads=threads)
    if not leads:
        return
    save_run(folder, experiment, data, result)
    _draw(folder, problem, data, result)
    if kept:
        kept.path.unlink(missing_ok=True)
    print_table(summary(experiment, result, *data.x.shape))
    click.echo(
        f"{result.status}: {result.message}\n\n{folder}{os.sep}  ({', '.join(sorted(os.listdir(folder)))})"
    )


def _draw(folder: Path, problem: Problem, data: Dataset, result: Result) -> None:
    """The pictures, by matplotlib, which is imported only now."""
    from optae.figures import run

    run.draw(folder, problem.model, data, result)


def _checkpoint(every: int | None, folder: Path, experiment: Experiment, data: Dataset) -> Checkpoint | None:
    """Beside the run folder. Raises ValueError where another run's lies there."""
    if every is None:
        return None
    kept = Checkpoint(folder.with_name(f"{folder.name}.checkpoint.npz"), every, cell(experiment, data).name)
    kept.check()
    if kept.path.exists():
        click.echo(f"going on from {kept.path}", err=True)
    return kept


def _experiment(words: dict[str, Any], options: tuple[str, ...]) -> Experiment:
    typed = method_spec(words["method"]).read(pairs(options))
    words = experiment_words(words, typed)
    budget = {name: words.pop(name) for name in LIMITS}
    if not any(budget[name] for name in LIMITS[:2]):
        budget["max_seconds"] = MINUTE if budget["max_seconds"] is None else budget["max_seconds"]
    limits = {name: math.inf if value is None else value for name, value in budget.items()}
    return Experiment(**words, **limits, options=tuple(typed.items()))


def _heldout(seen: dict[str, float], pixels: int) -> dict[str, str]:
    """Of images that no training saw, in nats per image, per pixel beside it."""
    bound = seen["negative_elbo"]
    parts = f"{seen['misfit']:.5g} misfit + {seen['divergence']:.4g} divergence"
    return {
        "held out: -ELBO, nats per image": f"{bound:.6g} ({bound / pixels:.4g} a pixel) = {parts}",
        "held out: importance-weighted": f"{seen['negative_iwae']:.6g}",
        "active latent units": f"{seen['active_units']:.0f}",
    }


def summary(experiment: Experiment, result: Result, samples: int, pixels: int) -> list[dict[str, str]]:
    """The short table at the end: of the start, and of the best vector."""
    metrics, seconds = result.metrics, result.seconds
    compiled = f" + {seconds['compile']:.3g} compiling" if seconds["compile"] else ""
    counts = [f"{count:,.10g} {kind}" for kind, count in result.evaluations.items() if count]
    facts = {
        f"{experiment.loss} at the start": f"{result.rows[0].loss:.6g}",
        f"{experiment.loss}{' on unseen noise' * bool(experiment.noise)}": f"{result.value:.6g}",
        "half_sse, mse, bce": f"{metrics['half_sse']:.4g}, {metrics['mse']:.4g}, {metrics['bce']:.4g}",
        "wrong pixels at worst": f"{metrics['max_pixel_error']}",
        "letters exact, within one": f"{metrics['exact']}, {metrics['within_one']} of {samples}",
        "iterations": f"{result.iterations:,}",
        "evaluations": ", ".join(counts) or "none",
        "seconds": f"{seconds['solve']:.3g} solving{compiled}, {seconds['processor']:.3g} of the processor",
    }
    if result.clock_note:
        facts["the clock"] = result.clock_note
    if result.heldout:
        facts |= _heldout(result.heldout[-1], pixels)
    if experiment.noise:
        facts |= {"noise": f"{experiment.noise}; {described(experiment.words)}"}
    return [{experiment.method: name, "": value} for name, value in facts.items()]
