"""Methods of one's own: each kind in a short file, on the command line, in a grid, and in `fit`."""

import json
import sys
from pathlib import Path

import numpy as np
import optax
import pytest
from commands import done, run

import optae
from optae.check import conforms
from optae.execution.jobs import job as job_of
from optae.execution.jobs import run_job
from optae.execution.plan import plan
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.methods import METHODS, method_spec, own
from optae.storage.cells import write_cell
from optae.storage.frame import load_cells

LION = """\
from dataclasses import dataclass
import numpy as np

@dataclass(frozen=True)
class Lion:
    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.99

    def init(self, theta):
        return 0 * theta

    def update(self, theta, grad, mean, xp=np):
        step = xp.sign(self.b1 * mean + (1 - self.b1) * grad)
        return theta - self.lr * step, self.b2 * mean + (1 - self.b2) * grad
"""
SEARCH = """\
from scipy.optimize import OptimizeResult

def search(fun, x0, args=(), rng=None, callback=None, step=0.1, tries=10**6, **options):
    x, value = x0, fun(x0)
    for nit in range(tries):
        other = x + step * rng.standard_normal(len(x))
        if (found := fun(other)) < value:
            x, value = other, found
        callback(x)
    return OptimizeResult(x=x, fun=value, nit=nit, success=True, message="no tries are left")
"""
OTHERS = """\
import numpy as np
import optax
from dataclasses import dataclass
from scipy.optimize import OptimizeResult, minimize

def clipped(learning_rate=1e-2, norm: float = 1):
    return optax.chain(optax.clip_by_global_norm(norm), optax.adam(learning_rate))

ready = optax.adam(1e-2)

def start(theta):
    return 0.0
def step(theta, grad, t, lr=1e-2, xp=np):
    return theta - lr * grad / xp.sqrt(xp.sum(grad**2)), t + 1
pair = (start, step)

def descent(fun, x0, args=(), jac=None, callback=None, rate: float = 1, **options):
    x = x0.copy()
    for nit in range(10):
        x = x - rate * 1e-3 * jac(x)
        fun(x)
        callback(x)
    return OptimizeResult(x=x, success=True, message="ten steps")
"""


@pytest.fixture
def mine(here):
    """A folder with the three files; returns a function that runs a command there."""
    for name, text in {"lion.py": LION, "search.py": SEARCH, "others.py": OTHERS}.items():
        (here / name).write_text(text)
    return run


def plain(output):
    return " ".join(output.split())


SMALL = ("--arch", "35,4,2", "--max-evaluations", 60)


@pytest.mark.parametrize("text", (LION, SEARCH))
def test_a_users_own_method_is_short(text):
    assert len(text.splitlines()) < 20


def test_a_grid_of_ones_own_methods_is_run_by_workers_compared_and_reproduced(mine, here):
    methods = ["lion.py:Lion", "./lion.py:Lion:lr=3e-3", "search.py:search:step=0.05"]
    asked = [word for method in methods for word in ("--method", method)]
    grid = ("bench", *asked, "--method", "adam", *SMALL, "--seeds", 2, "--jobs", 2, "--out", "g")
    done(*grid)
    frame = load_cells("g")
    assert sorted(frame["label"].unique()) == [
        "adam", "lion.py:Lion", "lion.py:Lion lr=0.003", "search.py:search step=0.05",
    ]  # fmt: skip
    assert (frame["status"] == "max_evaluations").all() and (frame["value"] < frame["start"]).all()
    assert "done before 8" in plain(done(*grid))
    assert "bit for bit" in done("verify", frame["path"].iloc[0])
    before = done("table", "g")
    (here / "lion.py").write_text(LION.replace("0.99", "0.98"))
    edited = [
        Experiment(arch=(35, 4, 2), method=word, max_evaluations=60) for word in frame["method"].unique()
    ]
    jobs = plan(edited, Path("g")).jobs
    assert {job.cell.experiment.method for job in jobs} == {"lion.py:Lion", "search.py:search"}
    for job in jobs:
        write_cell(Path("g"), job.cell.name, run_job(job)[0])
    labels = set(load_cells("g")["label"])
    assert len(labels) == 6 and sum("lion.py:Lion (" in label for label in labels) == 2, labels
    old = frame.loc[frame["label"] == "lion.py:Lion", "path"].iloc[0]
    result = run("verify", old)
    assert result.exit_code == 2 and "has changed" in result.output and "Traceback" not in result.output
    (here / "lion.py").unlink()
    result = run("verify", old)
    assert result.exit_code == 2 and "there is no file 'lion.py'" in result.output
    assert "lion.py:Lion" in done("table", "g") and "rows differ in method" not in before
    done("report", "g", "-o", "report.html")
    assert "--method lion.py:Lion --option lr=0.003" in (here / "report.html").read_text()


def test_a_run_of_ones_own_method_keeps_its_file_and_digest_and_tables_run_no_file(mine, here):
    done("train", "--method", here / "search.py:search", "--option", "tries=20", *SMALL, "--out", "r")
    record = json.loads(Path("r/run.json").read_text())
    assert record["method"] == "search.py:search" and record["options"] == {"tries": 20}
    assert record["method_source"] == f"random {own.source_of('search.py').digest}"
    assert record["status"] == "converged" and record["iterations"] == 20
    assert "bit for bit" in done("verify", "r")
    Path("search.py").write_text("raise SystemExit('this file was run')")
    assert "search.py:search tries=20" in done("table", "r") and "search.py" in done("show", "r")


def test_a_spec_names_ones_own_method_with_options_and_numbers_keep_their_type(mine):
    Path("spec.toml").write_text(
        "max_evaluations = 5\narch = '35,4,2'\n[[grid]]\n"
        "method = [{name = 'lion.py:Lion', lr = 1e-2}, 'others.py:descent:rate=0.5']"
    )
    assert "to run 2" in plain(done("bench", "spec.toml", "--out", "g", "--dry-run"))
    assert "norm" in done("methods", "others.py:clipped")


@pytest.mark.parametrize("word", ["lion.py:Lion", "others.py:pair"])
@pytest.mark.parametrize("words", ["--batch 8", "--engine jax", "--precision float32 --batch 8"])
def test_a_rule_runs_on_batches_on_jax_and_in_compiled_epochs(mine, word, words):
    done("train", "--method", word, "--arch", "35,4,2", "--max-iterations", 3, *words.split(), "--out", "r")
    record = json.loads(Path("r/run.json").read_text())
    assert record["value"] < record["start"] and record["iterations"] == 3


def test_functions_keep_the_laws_too(mine, x):
    spec = method_spec("others.py:pair")
    found = conforms("others.py:pair", spec, spec.engine, optae.Autoencoder([35, 6, 2]), x)
    assert found.ok, found.summary
    assert "keeps all 6 laws" in done("check", "--method", "others.py:descent:rate=2")


BROKEN = {
    "up": ("def up(theta, grad, s, lr=1e-2):\n    return theta + lr * grad, s\n"
           "method = (lambda theta: 0.0, up)", "descends", "step against the gradient"),
    "deaf": ("def method(fun, x0, args=(), **options):\n    x = x0\n    while True:\n"
             "        try:\n            fun(x)\n        except Exception:\n            pass\n",
             "obeys the budget", "let the exception"),
    "line search": ("def method(fun, x0, args=(), jac=None, **options):\n    while True:\n"
                    "        g = jac(x0)\n        for t in (1e-2, 1e-3):\n            try:\n"
                    "                fun(x0 - t * g)\n"
                    "            except Exception:\n                continue\n        x0 = x0 - t * g\n",
                    "obeys the budget", "it spent 38 evaluations of 37"),
    "dice": ("import numpy as np\nfrom scipy.optimize import OptimizeResult\n"
             "def method(fun, x0, args=(), **options):\n    while True:\n"
             "        fun(x0 * (1 - 0.1 * np.random.default_rng().random(len(x0))))\n",
             "repeats by its seed", "parameter `rng`"),
    "numpy only": ("import numpy as np\ndef step(theta, grad, s, lr=1e-2):\n"
                   "    return theta - lr * np.sign(grad), s\nmethod = (lambda theta: 0.0, step)",
                   "same path on jax", "give `update` a parameter xp"),
    "nothing": ("def method(fun, x0, args=(), **options):\n    fun(x0)\n", "runs", "returns NoneType"),
    "typo": ("def method(fun, x0, args=(), **options):\n    fun(x)\n", "runs", "line 2: NameError"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_check_says_which_law_is_broken_and_what_to_do(here, name):
    text, law, remedy = BROKEN[name]
    Path("mine.py").write_text(text)
    result = run("check", "--method", "mine.py:method", "--json")
    found = {row["name"]: row["fault"] for row in json.loads(result.stdout)["laws"] if row["fault"]}
    assert result.exit_code == 1 and remedy in found[law], found


def test_a_method_that_fails_on_the_way_is_a_failed_run_that_names_its_line(here):
    Path("mine.py").write_text("def method(fun, x0, args=(), **options):\n    fun(x0)\n    return y\n")
    result = run("train", "--method", "mine.py:method", *SMALL, "--out", "r")
    assert result.exit_code == 1 and "failed: mine.py, line 3: NameError: name 'y'" in result.output


BAD = {
    "def f(:\n": "mine.py, line 1: SyntaxError",
    "x = 1 / 0\n": "mine.py, line 1: ZeroDivisionError: division by zero",
    "import no_such_module\n": "ModuleNotFoundError",
    "raise SystemExit(3)\n": "SystemExit: 3",
    "def other(): pass\n": "has no method 'method': choose one of 'other'; name it as mine.py:NAME",
    "method = 3\n": "is a value (int), not a method: write a frozen dataclass",
    "class method: pass\n": "a class without fields",
    "def method(fun): pass\n": "takes fun alone",
    "def method(a=1): return a\n": "is a value (int), not a method",
    "from dataclasses import dataclass\n@dataclass\nclass method:\n    def init(self, theta): pass\n"
    "    def update(self, theta, grad, state): pass\n": "@dataclass(frozen=True)",
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass method:\n    lr: float\n"
    "    def init(self, theta): pass\n    def update(self, theta, grad, state): pass\n": "without a default",
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass method:\n    lr: float = 1\n"
    "    def init(self, theta): pass\n": "has no update",
}


@pytest.mark.parametrize("command", [("train",), ("bench", "--max-seconds", 1, "--out", "g"), ("check",)])
@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_gets_one_plain_line(here, text, command):
    Path("mine.py").write_text(text)
    result = run(*command, "--method", "mine.py:method")
    assert result.exit_code == 2 and BAD[text] in result.output, result.output
    assert len(result.output.splitlines()) == 1 and "Traceback" not in result.output


def test_a_file_without_a_name_and_a_file_that_is_not_there_get_a_remedy(mine):
    assert "say which method in it: choose one of 'Lion'" in run("train", "--method", "lion.py").output
    assert "there is no file 'no.py'" in run("train", "--method", "no.py:Lion").output
    assert "choose one of lr, b1" in run("train", "--method", "lion.py:Lion:rate=1").output
    assert "mine.py:NAME" in run("train", "--method", "frobnicate").output


def test_files_beside_it_are_part_of_a_method(here):
    Path("help_mine.py").write_text("RATE = 1e-3\n")
    Path("mine.py").write_text(LION.replace("import numpy", "from help_mine import RATE\nimport numpy"))
    first = method_spec("mine.py:Lion")
    before = first.own
    Path("help_mine.py").write_text("RATE = 2e-3\n")
    assert method_spec("mine.py:Lion").own != before
    assert "help_mine" not in sys.modules and str(here) not in sys.path
    Path("mine.py").write_text(
        LION.replace("1e-3", "RATE").replace("import numpy", "from help_mine import RATE\nimport numpy")
    )
    assert method_spec("mine.py:Lion").options["lr"] == 2e-3


def test_line_ends_and_names_of_files_do_not_change_a_digest(here):
    Path("a.py").write_bytes(LION.encode())
    Path("b.py").write_bytes(LION.replace("\n", "\r\n").encode())
    assert method_spec("a.py:Lion").own == method_spec("b.py:Lion").own


def test_a_worker_takes_the_planned_version_whatever_is_on_its_disk(mine, here, letters):
    experiment = Experiment(arch=(35, 4, 2), method="lion.py:Lion", max_evaluations=5)
    planned = job_of(cell(experiment, letters), letters)
    (one,) = run_job(planned)
    for change in (lambda: Path("lion.py").write_text("raise ValueError"), lambda: Path("lion.py").unlink()):
        change()
        (other,) = run_job(planned)
        assert other["theta.safetensors"] == one["theta.safetensors"]
    with pytest.raises(ValueError, match="there is no file"):
        method_spec("lion.py:Lion")


# from Python


def test_fit_takes_the_objects_themselves(mine, x):
    problem = optae.Problem(optae.Autoencoder([35, 4, 2]), x)
    compiled = optae.Problem(problem.model, x, engine="jax")
    lion, search = (own.find(word, "method")[0] for word in ("lion.py:Lion", "search.py:search"))
    by_name = optae.fit(problem, METHODS["adam"](), max_evaluations=30)
    for method in (lion, lion(lr=1e-2), search, METHODS["adam"], own.find("others.py:pair", "method")[0]):
        result = optae.fit(problem, method, max_evaluations=30)
        assert result.value < result.rows[0].loss and result.status == "max_evaluations"
    theirs = optae.fit(compiled, optax.adam(1e-3), max_evaluations=30)
    assert np.allclose(theirs.theta, by_name.theta, rtol=1e-6)
    with pytest.raises(ValueError, match="write a frozen dataclass"):
        optae.fit(problem, 3)
    with pytest.raises(ValueError, match="never ends by itself"):
        optae.fit(problem, "adam")


def test_a_registered_method_is_a_name_whose_file_counts(mine, monkeypatch):
    lion = own.find("lion.py:Lion", "method")[0]
    monkeypatch.setattr("optae.methods.METHODS", dict(METHODS))
    optae.register("lion", lion)
    assert method_spec("lion").own == method_spec("lion.py:Lion").own
    with pytest.raises(ValueError, match="exists"):
        optae.register("adam", lion)
    with pytest.raises(ValueError, match="give a function that returns it"):
        optae.register("tuple", optax.adam(1e-3))
    assert Experiment(method="lion", options=(("lr", 1e-2),)).words["method_source"].startswith("rule ")


@pytest.mark.parametrize("kind", ["method", "minimizer", "transformation"])
def test_a_skeleton_works_as_it_is(here, kind):
    command = done("new", kind, "own.py").partition("next: optae ")[2].rstrip(")\n").split()
    assert "keeps all" in done(*command)
    assert "choose another name" in run("new", kind, "own.py").output
    assert "choose one of method" in run("new", "hovercraft", "b.py").output
