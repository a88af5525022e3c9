"""optae check: certify the models' gradients, grade a gradient of your own, or try a method of your own."""

import json
import math
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import asdict, replace
from functools import partial
from typing import NoReturn

import click

from optae.check import Certificate, Grade, certify, conforms, grade, load_function, measures, template
from optae.check.conformance import Conformance
from optae.engines import ENGINES
from optae.experiments.experiment import Experiment
from optae.experiments.readers import method_words
from optae.experiments.schema import Words
from optae.model.autoencoder import Autoencoder
from optae.model.chain import Chain
from optae.text import one_line

from .options import MODEL, field_option, read
from .output import say
from .sources import say_remarks
from .tables import print_table

SMALL = (8, 2)  # hidden and latent width of the network on which methods are tried
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
    help="Homework mode: grade the function gradient(theta, x), or NAME(theta, x), in this file. The file is"
    " run as code: read it first, if it is not yours.",
)
@click.option(
    "--method",
    metavar="WORD",
    help="Try a method: mine.py:NAME of a file of your own, which is run as code, or any other."
    "  [default network: the data's width,8,2]",
)
@click.option(
    "--metric", metavar="WORD", help="Try a metric: mine.py:NAME of a file of your own, which is run as code."
)
@click.option(
    "--template", "wants_template", is_flag=True, help="Print a Python file to start the homework from."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON, for programs.")
def check(
    engines: tuple[str, ...],
    seed: int,
    gradient: str | None,
    method: str | None,
    metric: str | None,
    wants_template: bool,
    as_json: bool,
    **words: object,
) -> None:
    """Certify the gradients, layer by layer, or grade your own gradient, or try your own method or metric.

    Every engine is compared with numpy, and numpy with finite differences that move one layer at a time.
    A method must descend, end where its budget ends, repeat itself for a seed, and take the same path on
    every engine that it runs on. A metric must return a number, repeat itself, and prefer what is right. The
    exit code is 0 if everything is right, 1 if a layer is wrong or a law is
    broken, and 2 for bad input.

    \b
    optae check --arch 35,15,2 --loss half_sse
    optae check --arch 35,15,2 --loss half_sse --template > mine.py
    optae check --arch 35,15,2 --loss half_sse --gradient mine.py
    optae check --method mine.py:Lion
    optae check --metric mine.py:worst_letter
    """
    tried = {"--method": method, "--metric": metric}
    _check_flags(engines, gradient, tried, wants_template, as_json)
    if method is not None:
        _try(method, seed, as_json, read(words))
    experiment = Experiment(**read(words))
    data = experiment.data()
    say_remarks(data.remarks)
    problem = experiment.problem(data)
    if metric is not None:
        with redirect_stdout(sys.stderr):  # the user's file may print
            laws = measures(metric, problem.target, seed)
        _say_laws(laws, as_json)
    model, x = problem.model, problem.x[:SAMPLES]
    if wants_template:
        say(template(_autoencoder(model), data), nl=False)
        return
    facts = {"model": model.words, "dataset": data.name, "samples": len(x), "seed": seed}
    verdict: Certificate | Grade
    if gradient is None:
        y = None if problem.y is None else problem.y[:SAMPLES]
        verdict = certify(model, x, engines or ENGINES, seed, y=y)
    else:
        with redirect_stdout(sys.stderr):  # the user's file may print; the verdict goes to stdout
            verdict = grade(_autoencoder(model), x, load_function(gradient), seed)
    _print(verdict, facts, as_json)
    click.get_current_context().exit(0 if verdict.ok else 1)


def _autoencoder(model: Chain) -> Autoencoder:
    """Return the model. Raises ValueError for a network that is not an autoencoder."""
    if not isinstance(model, Autoencoder):
        raise ValueError("homework is the gradient of an autoencoder: leave `model` mlp out")
    return model


def _try(word: str, seed: int, as_json: bool, words: Words) -> None:
    """Print which laws a method keeps, and exit."""
    experiment = Experiment(**{**words, **method_words(word)})
    data = experiment.data()
    if not experiment.arch:
        experiment = replace(experiment, arch=(data.x.shape[1], *SMALL))
    with redirect_stdout(sys.stderr):  # the user's file may print
        model = experiment.problem(data).model
        made = partial(experiment.method_spec, **dict(experiment.options))
        verdict = conforms(word, made, experiment.resolved.engine, model, data.x[:SAMPLES], seed)
    _say_laws(verdict, as_json)


def _say_laws(verdict: Conformance, as_json: bool) -> NoReturn:
    """Print which laws are kept, and exit."""
    if as_json:
        click.echo(json.dumps({"ok": verdict.ok, "summary": verdict.summary, **asdict(verdict)}, indent=2))
    else:
        print_table(verdict.rows())
        click.secho(verdict.summary, fg="green" if verdict.ok else "red")
    click.get_current_context().exit(0 if verdict.ok else 1)


def _check_flags(
    engines: tuple[str, ...],
    gradient: str | None,
    tried: Mapping[str, str | None],
    wants_template: bool,
    as_json: bool,
) -> None:
    given = [flag for flag, word in tried.items() if word is not None]
    if len(given) > 1:
        raise ValueError(f"{given[0]} is tried by itself: give it without {given[1]}")
    if given and (gradient is not None or engines or wants_template):
        raise ValueError(
            f"{given[0]} is tried by itself: give it without --gradient, --engine and --template"
        )
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
        say(json.dumps(_plain(record), indent=2, allow_nan=False))
        return
    model = facts["model"]
    arch = "-".join(map(str, model["widths"]))
    say(f"{arch}, {model['loss']}, {facts['samples']} samples of {facts['dataset']}, seed {facts['seed']}")
    for rows in _tables(verdict):
        print_table(rows)
    if isinstance(verdict, Certificate) and verdict.note:
        say(verdict.note)
    click.secho(one_line(verdict.summary), fg="green" if verdict.ok else "red")


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
