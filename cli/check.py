"""optae check: certify the models' gradients, or grade a gradient of your own."""

import json
import math
import sys
from contextlib import redirect_stdout
from dataclasses import asdict

import click

from optae.check import Certificate, Grade, certify, grade, load_function, template
from optae.engines import ENGINES
from optae.experiments.experiment import Experiment
from optae.experiments.schema import Words

from .options import MODEL, field_option, read
from .sources import say
from .tables import print_table

SAMPLES = 31  # at most; a prime, so that a wrong factor of the sample count is recognised


@click.command(params=[field_option(name) for name in MODEL])
@click.option(
    "--engine",
    "engines",
    multiple=True,
    help=f"Engine to certify: {', '.join(ENGINES)}; repeatable.  [default: all]",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Seed of the points, the directions and all noise.",
)
@click.option(
    "--gradient",
    metavar="FILE.py[:NAME]",
    help="Homework mode: grade the function gradient(theta, x), or NAME(theta, x), in this file.",
)
@click.option(
    "--template", "wants_template", is_flag=True, help="Print a Python file to start the homework from."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON, for programs.")
def check(
    engines: tuple[str, ...],
    seed: int,
    gradient: str | None,
    wants_template: bool,
    as_json: bool,
    **words: object,
) -> None:
    """Certify the gradients, layer by layer, or grade your own gradient.

    Every engine is compared with numpy, and numpy with finite differences that move one layer at a time.
    The exit code is 0 if everything is right, 1 if a layer is wrong, and 2 for bad input.

    \b
    optae check --arch 35,15,2 --loss half_sse
    optae check --arch 35,15,2 --loss half_sse --template > mine.py
    optae check --arch 35,15,2 --loss half_sse --gradient mine.py
    """
    _check_flags(engines, gradient, wants_template, as_json)
    experiment = Experiment(**read(words))
    data = experiment.data()
    say(data.remarks)
    experiment.problem(data)  # raises ValueError where the data do not fit the network
    model = experiment.model(data)
    if wants_template:
        click.echo(template(model, data), nl=False)
        return
    x = data.x[:SAMPLES]
    facts = {"model": model.words, "dataset": data.name, "samples": len(x), "seed": seed}
    verdict: Certificate | Grade
    if gradient is None:
        verdict = certify(model, x, engines or ENGINES, seed)
    else:
        with redirect_stdout(sys.stderr):  # the user's file may print; the verdict goes to stdout
            verdict = grade(model, x, load_function(gradient), seed)
    _print(verdict, facts, as_json)
    click.get_current_context().exit(0 if verdict.ok else 1)


def _check_flags(engines: tuple[str, ...], gradient: str | None, wants_template: bool, as_json: bool) -> None:
    if wants_template and (gradient is not None or engines or as_json):
        raise ValueError("--template prints a Python file: give it without --gradient, --engine and --json")
    if gradient is not None and engines:
        raise ValueError(f"--engine {engines[0]}: homework is graded by numpy; leave --engine out")


def _print(verdict: Certificate | Grade, facts: Words, as_json: bool) -> None:
    if as_json:
        record = {
            **facts,
            "ok": verdict.ok,
            "start": verdict.start,
            "summary": verdict.summary,
            **asdict(verdict),
        }
        click.echo(json.dumps(_plain(record), indent=2, allow_nan=False))
        return
    model = facts["model"]
    arch = "-".join(map(str, model["widths"]))
    click.echo(
        f"{arch}, {model['loss']}, {facts['samples']} samples of {facts['dataset']}, seed {facts['seed']}"
    )
    for rows in _tables(verdict):
        print_table(rows)
    if isinstance(verdict, Certificate) and verdict.note:
        click.echo(verdict.note)
    click.secho(verdict.summary, fg="green" if verdict.ok else "red")


def _tables(verdict: Certificate | Grade) -> list[list[dict[str, str]]]:
    if isinstance(verdict, Grade):
        return [verdict.rows()]
    return [verdict.engine_rows(), verdict.tensor_rows()]


def _plain(value: object) -> object:
    """Return a value that JSON can hold: an infinite or missing number becomes a word."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
