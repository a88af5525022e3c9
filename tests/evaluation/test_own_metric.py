"""A metric of one's own is measured beside the others, ends runs, and compares them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from commands import run

import optae
from optae.check import measures
from optae.check.skeletons import SKELETONS
from optae.comparison import summarise, verdict
from optae.evaluation.own import own_metric
from optae.execution.jobs import job as job_of
from optae.execution.jobs import run_job
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.storage.frame import load_cells
from optae.storage.run import load_run

MINE = """\
import numpy as np

def worst(prediction, target):
    return abs(prediction - target).sum(axis=1).max()

def hits(prediction, target):
    return ((prediction > 0.5) == (target > 0.5)).all(axis=1).mean()
hits.better = "higher"
"""
BAD = """\
import random
def backwards(p, t): return ((p > 0.5) == (t > 0.5)).mean()
def noisy(p, t): return random.random() + abs(p - t).max()
def writes(p, t):
    p -= t
    return abs(p).max()
def text(p, t): return "a"
def fails(p, t): return p[1000]
def rows(p, t): return abs(p - t).sum(axis=1)
def three(a, b, c): return 0
def sideways(p, t): return 0.0
sideways.better = "left"
class Kind: pass
def later(p, t): return 0.0 if (p == t).all() else p[1000]
"""


@pytest.fixture
def mine(here):
    (here / "mine.py").write_text(MINE)
    (here / "bad.py").write_text(BAD)
    return here


def done(*words):
    result = run(*words)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


SMALL = ("--arch", "35,8,2", "--max-evaluations", 60)


def test_a_grid_measures_compares_and_reproduces(mine):
    grid = ("bench", "--method", "lm", "--method", "adam:lr=0.01", *SMALL, "--seeds", 3, "--jobs", 2)
    done(*grid, "--measure", "mine.py:worst,mine.py:hits", "--out", "g")
    frame = load_cells("g")
    word = next(name for name in frame if name.startswith("mine.py:worst"))
    digest = word.partition("@")[2]
    assert word == f"mine.py:worst@{digest}" and f"mine.py:hits@{digest}:higher" in frame
    stored = load_run(frame["path"].iloc[0])
    made = stored.model.reconstruct(stored.theta, stored.data.x)
    assert frame[word].iloc[0] == pytest.approx(abs(made - stored.data.x).sum(axis=1).max())
    assert stored.trace[word].iloc[-1] == pytest.approx(frame[word].iloc[0])
    table = summarise(frame, ["label"], "mine.py:worst", "mine.py:hits=0.01", ["median", "success"])
    assert table.frame["median"].iloc[0] == frame[frame["label"] == "lm"][word].median()
    assert "share mine.py:hits >= 0.01" in done("table", "g", "--target", "mine.py:hits=0.01")
    assert "smaller is better" in done("compare", "lm", "adam", "g", "--metric", "mine.py:worst")
    assert "larger is better" in done("compare", "lm", "adam", "g", "--metric", "mine.py:hits")
    assert verdict(frame, "lm", "adam", "mine.py:worst").overall.wins == 3
    for kind in ("convergence", "boxes"):
        done("plot", kind, "g", "--metric", "mine.py:worst", "--out", f"{kind}.png")
    done("report", "g", "-o", "report.html", "--metric", "mine.py:worst")
    assert "bit for bit" in done("verify", stored.path)
    (mine / "mine.py").write_text(MINE + "\n# edited\n")
    assert f"it was {digest}, and is" in run("verify", stored.path).output
    (mine / "mine.py").unlink()
    assert "mine.py:worst" in done("table", "g", "--metric", "mine.py:worst")


def test_two_versions_are_two_metrics(mine):
    words = ("bench", "--method", "adam", *SMALL, "--measure", "mine.py:worst", "--out", "g")
    done(*words)
    assert "done before 1" in done(*words)
    (mine / "mine.py").write_text(MINE + "\n# edited\n")
    assert "done before 0" in done(*words)
    result = run("table", "g", "--metric", "mine.py:worst")
    assert result.exit_code == 2 and "'mine.py:worst' has 2 versions: choose" in result.output
    done("table", "g", "--metric", own_metric("mine.py:worst").word)


def test_a_run_ends_at_its_target_whichever_direction_is_better(mine, x):
    for target, met in (("mine.py:hits=0.2", np.greater_equal), ("mine.py:worst=8", np.less_equal)):
        done("train", "--method", "lm", "--arch", "35,8,2", "--target", target, "--out", target[8:13])
        record = json.loads(Path(target[8:13], "run.json").read_text())
        metric, _, goal = record["budget"]["target"].rpartition("=")
        assert record["status"] == "target" and met(record["metrics"][metric], float(goal))
        assert "@" in metric and metric not in record["message"]


def test_predictions_and_held_out_samples_are_measured(mine):
    words = ("--model", "mlp", "--dataset", "iris", "--arch", "4,5,3", "--holdout", 0.3, "--method", "lm")
    output = done("train", *words, "--measure", "mine.py:hits", "--max-iterations", 8, "--out", "r")
    metrics = json.loads(Path("r/run.json").read_text())["metrics"]
    word = own_metric("mine.py:hits").word
    assert {word, f"{word}:heldout"} <= {*metrics} and "mine.py:hits" in output
    assert metrics[f"{word}:heldout"] == pytest.approx(metrics["heldout_accuracy"], abs=0.1)
    done("train", *words, "--target", "mine.py:hits:heldout=0.5", "--out", "s")
    assert json.loads(Path("s/run.json").read_text())["status"] == "target"
    done("table", "r", "--metric", "mine.py:hits:heldout")


def test_a_cells_name_depends_on_its_metrics_only_if_it_has_some(mine, letters):
    plain = Experiment(arch=(35, 4, 2))
    assert "measure" not in cell(plain, letters).identity
    one, other = (Experiment(arch=(35, 4, 2), measure=f"mine.py:{name}") for name in ("hits", "worst"))
    typed = Experiment(arch=(35, 4, 2), measure=own_metric("mine.py:hits").word)
    names = [cell(each, letters).name for each in (plain, one, other, typed)]
    assert names[1] == names[3] and len({*names}) == 3


@pytest.mark.parametrize(
    "words",
    [{"measure": "mine.py:hits,mine.py:worst"}, {"target": "mine.py:hits=0.9"}],
    ids=["measure", "target"],
)
def test_a_worker_takes_the_planned_version_whatever_is_on_its_disk(mine, letters, words):
    planned = job_of(cell(Experiment(arch=(35, 4, 2), max_evaluations=5, **words), letters), letters)
    (one,) = run_job(planned)
    for change in (lambda: Path("mine.py").write_text("raise ValueError"), lambda: Path("mine.py").unlink()):
        change()
        (other,) = run_job(planned)
        records = [json.loads(files["run.json"])["metrics"] for files in (one, other)]
        assert records[0] == records[1] and any("mine.py:hits@" in name for name in records[0])


def test_a_metric_that_fails_later_is_nan_and_never_ends_a_run(mine, x):
    metric = own_metric("bad.py:later")
    problem = optae.Problem(optae.Autoencoder([35, 4, 2]), x, own=(metric,))
    result = optae.fit(problem, optae.METHODS["adam"](), max_evaluations=20)
    assert result.status == "max_evaluations" and math.isnan(result.metrics[metric.word])
    assert list(result.trace[metric.word].isna()) == [True] * len(result.rows)


def closeness(prediction, target):
    return -abs(prediction - target).max()


closeness.better = "higher"


def test_from_python_functions_and_words_are_metrics(mine, x):
    problem = optae.Problem(optae.Autoencoder([35, 8, 2]), x, own=[closeness, "mine.py:hits"])
    words = [metric.word for metric in problem.own]
    assert "test_own_metric.py:closeness@" in words[0] and all(word.endswith(":higher") for word in words)
    goal = optae.Target(0.2, "mine.py:hits")
    result = optae.fit(problem, optae.METHODS["lm"](), target=goal, max_evaluations=2000)
    made = problem.model.reconstruct(result.theta, x)
    assert result.status == "target" and result.metrics[words[1]] >= 0.2
    assert result.metrics[words[0]] == closeness(made, x) == result.trace[words[0]].iloc[-1]
    with pytest.raises(ValueError, match="is a function or a word such as"):
        optae.Problem(problem.model, x, own=[3])
    with pytest.raises(ValueError, match=":worst' was not measured in these runs"):
        optae.fit(problem, optae.METHODS["lm"](), target=optae.Target(1, "mine.py:worst"))


@pytest.mark.parametrize(
    "words, reason",
    [
        (("--measure", "bad.py:text"), "metric 'bad.py:text' returns a str: write a function"),
        (("--measure", "bad.py:rows"), "metric 'bad.py:rows' returns a ndarray: write a function"),
        (("--measure", "bad.py:fails"), "'bad.py:fails' fails: bad.py, line 8: IndexError: index 1000"),
        (("--measure", "bad.py:Kind"), "'bad.py:Kind' is a type, not a metric"),
        (("--measure", "bad.py:sideways"), "sideways.better = 'left': give 'lower' or 'higher'"),
        (("--measure", "bad.py:hits"), "bad.py has no metric 'hits': choose one of"),
        (("--measure", "mse"), "'mse' is not a Python file"),
        (("--measure", "mine.py:hits:twice"), "says 'twice': a metric takes no more than :heldout"),
        (("--target", "mine.py:hit=0.5"), "mine.py has no metric 'hit'"),
        (("--target", "mine.py:hits"), "give a number"),
        (("--target", "gone.py:hits=1"), "there is no file 'gone.py'"),
    ],
)
def test_what_is_no_metric_is_named_before_anything_runs(mine, words, reason):
    result = run("train", *SMALL, *words, "--out", "r")
    assert result.exit_code == 2 and reason in " ".join(result.output.split())
    assert not Path("r").exists()


def test_a_metric_that_was_not_measured_is_named(mine):
    done("bench", "--method", "adam", *SMALL, "--out", "g")
    for words in (("--metric", "mine.py:hits"), ("--target", "mine.py:hits=1")):
        result = run("table", "g", *words)
        assert result.exit_code == 2 and "'mine.py:hits' was not measured in these runs" in result.output


@pytest.mark.parametrize(
    "name, law",
    [
        ("backwards", "prefers what is right"),
        ("noisy", "repeats itself"),
        ("writes", "only reads"),
        ("text", "returns a number"),
        ("three", "returns a number"),
    ],
)
def test_check_says_which_law_a_metric_breaks(mine, x, name, law):
    found = measures(f"bad.py:{name}", x)
    assert [each.name for each in found.laws if not each.ok] == [law]
    assert run("check", "--metric", f"bad.py:{name}").exit_code == 1
    assert measures("mine.py:hits", x).ok and measures("mine.py:worst", x).ok


def test_the_skeleton_works_as_it_is(here, x):
    done("new", "metric", "own.py")
    assert len(SKELETONS["metric"].splitlines()) < 20
    assert "own.py:worst_letter keeps all 4 laws" in done("check", "--metric", "own.py:worst_letter")
    done("train", *SMALL, "--measure", "own.py:worst_letter", "--out", "r")
