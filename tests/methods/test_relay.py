"""Methods one after another, and fresh starts, in one budget and one trace."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import run
from models import MODELS

import optae
from optae.comparison.series import read
from optae.execution.jobs import job, run_job
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.experiments.readers import method_words
from optae.figures.comparison.convergence import convergence
from optae.figures.run import of_run
from optae.methods import METHODS, method_spec
from optae.storage.cells import write_cell
from optae.storage.frame import load_cells
from optae.storage.run import load_run

SMALL = {"arch": (35, 5, 2)}


def test_legs_share_one_budget_and_one_trace_and_each_begins_at_the_best(x):
    problem = optae.Problem(MODELS["bce"], x)
    result = optae.fit(problem, method_spec("adam:lr=0.01@0.2 > lm"), max_evaluations=100)
    first, second = result.legs
    assert (first["method"], second["method"]) == ("adam:lr=0.01", "lm") and first["evaluations"] == 0
    assert second["evaluations"] == 20 and first["status"] == result.status == "max_evaluations"
    assert result.rows[-1].evaluations == 100
    alone = optae.fit(problem, METHODS["adam"](lr=0.01), max_evaluations=20)
    at = next(row for row in result.rows if row.evaluations >= 21)
    assert at.best <= alone.value and result.value < alone.value
    best = [row.best for row in result.rows]
    assert best == sorted(best, reverse=True)


def test_what_a_leg_leaves_goes_to_the_next_and_a_target_ends_the_run(x):
    problem = optae.Problem(MODELS["bce"], x)
    found = optae.fit(problem, method_spec("l-bfgs:gtol=1.0 > adam"), max_evaluations=300)
    assert found.legs[0]["status"] == "converged" and found.legs[1]["evaluations"] < 300
    assert found.rows[-1].evaluations == 300
    goal = found.legs and found.rows[3].best
    early = optae.fit(problem, method_spec("adam@0.5 > lm"), max_evaluations=300, target=goal)
    assert early.status == "target" and len(early.legs) <= 2


@pytest.mark.parametrize(
    "word, words",
    [
        ("adam > lm", "'adam' never ends by itself: give its share"),
        ("adam@2 > lm", "'@2' is no share of the budget"),
        ("adam@0.2 > lm@0.3", "'lm' comes last and has the rest"),
        ("adam@0.2 >", "one method after another"),
        ("adam@0.2 > lmm", "did you mean 'lm'"),
        ("adam:lrr=1@0.2 > lm", "did you mean 'lr'"),
        ("adam:lr=-1@0.2 > lm", "give a positive number"),
        ("adam:restarts=2", "unknown option 'restarts'"),
        ("l-bfgs:restarts=-2", "give 0 or more"),
    ],
)
def test_what_is_no_chain_is_refused_in_one_line(word, words):
    result = run("train", "--method", word)
    assert result.exit_code == 2 and words in result.output and len(result.output.splitlines()) == 1


def test_curves_show_where_the_next_method_takes_over(here):
    asked = Experiment(method="adam@0.5 > lm", max_evaluations=20.0, **SMALL)
    data = asked.data()
    (files,) = run_job(job(cell(asked, data), data))
    write_cell(Path("g"), cell(asked, data).name, files)
    runs = read(load_cells("g"), "evaluations")
    assert runs.handovers(runs.problems[0], "adam@0.5 > lm") == [10.0]
    axes = convergence(load_cells("g"), cost="evaluations").axes[0]
    (bar,) = [line for line in axes.lines if line.get_marker() == "|"]
    assert bar.get_xdata()[0] == 10.0
    figure = next(
        picture for name, picture in of_run(load_run(next(Path("g").iterdir()))) if name == "curves"
    )
    assert [text.get_text() for text in figure.axes[0].texts] == ["lm"]


def test_a_chain_needs_a_limit_to_share(x):
    with pytest.raises(ValueError, match="give `max_seconds`"):
        optae.fit(optae.Problem(MODELS["bce"], x), method_spec("adam@0.2 > lm"))


def test_a_chain_has_one_spelling_and_one_cell(letters):
    words = {"method": "adam:lr=0.003@0.2 > lm", "options": ()}
    assert method_words("adam:lr=3e-3@.2>lm") == method_words("adam:b1=0.9,lr=0.003 @0.20 > lm") == words
    one = Experiment(**words).words
    assert one["engine"] == "numpy" and Experiment(method="adam@0.5 > optax:lion").words["engine"] == "jax"


def test_a_chain_is_run_stored_and_reproduced_with_seconds_too(here):
    words = ("--arch", "35,5,2", "--method", "adam:batch=8@0.3 > mine.py:half")
    Path("mine.py").write_text(
        "from scipy.optimize import OptimizeResult\n"
        "def half(fun, x0, args=(), jac=None, **options):\n"
        "    for i in range(10**9):\n        x0 = x0 - 0.01 * jac(x0)\n"
    )
    assert run("train", *words, "--max-seconds", 0.2, "--out", "r").exit_code == 0
    record = json.loads(Path("r/run.json").read_text())
    assert record["method"] == words[-1] and record["method_source"].startswith("scipy ")
    assert [leg["method"] for leg in record["legs"]] == ["adam:batch=8", "mine.py:half"]
    result = run("verify", "r")
    assert "bit for bit" in result.output, result.output
    Path("mine.py").unlink()
    assert words[-1] in run("table", "r").output
    assert run("verify", "r").exit_code == 2


@pytest.mark.parametrize("name", ["l-bfgs", "trust-ncg", "least-squares-trf"])
def test_a_method_that_ends_by_itself_starts_again_where_lm_does(x, name):
    problem = optae.Problem(optae.Autoencoder([35, 2], loss="half_sse", output="identity"), x)
    loose = {"gtol": 1.0} if "gtol" in METHODS[name].options else {}
    once = optae.fit(problem, METHODS[name](**loose), max_evaluations=4000)
    again = optae.fit(problem, METHODS[name](restarts=1, **loose), max_evaluations=4000)
    assert once.status in ("converged", "stopped") and again.extra["restarts"] == 1
    assert again.value <= once.value and "after 1 restart" in again.message
    assert again.rows[-1].evaluations > once.rows[-1].evaluations


def test_restarts_have_starts_and_random_numbers_of_their_own(x):
    seen = []

    def method(fun, x0, args=(), rng=None, **options):
        from scipy.optimize import OptimizeResult

        seen.append((x0[:2].tolist(), rng.random()))
        return OptimizeResult(x=x0, fun=fun(x0), success=True, message="done")

    from optae.methods.own import method_of
    from optae.methods.restarts import Restarted

    problem = optae.Problem(optae.Autoencoder([35, 2]), x)
    optae.fit(problem, Restarted(method_of(method), 2), max_evaluations=10)
    assert len(seen) == 3 and len({rng for _, rng in seen}) == 3 and seen[0][0] != seen[1][0]
    starts = [problem.model.init(np.random.default_rng([0, 4, k]))[:2].tolist() for k in (1, 2)]
    assert [start for start, _ in seen[1:]] == starts
