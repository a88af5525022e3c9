"""A loss, activation or corruption of one's own, each a few lines of a file."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import done, run

import optae
from optae.check import certify
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.model.losses import LOSSES
from optae.storage.frame import load_cells

HUBER = """\
import numpy as np

def huber(y, t, xp=np, delta=0.5):
    miss = xp.abs(y - t)
    return xp.where(miss < delta, 0.5 * miss**2, delta * (miss - 0.5 * delta))
"""
PARTS = '''\
import numpy as np

class Pseudo:
    """The pseudo-Huber loss, with its slope by hand."""
    delta: float = 0.5
    def __call__(self, y, t, xp=np):
        return self.delta**2 * (xp.sqrt(1 + ((y - t) / self.delta) ** 2) - 1)
    def slope(self, y, t):
        return (y - t) / np.sqrt(1 + ((y - t) / self.delta) ** 2)

class Wrong(Pseudo):
    def slope(self, y, t):
        return 1.01 * super().slope(y, t)

def poisson(y, t, xp=np):
    return y - t * xp.log(y)

def swish(a, xp=np, beta=1.0):
    return a / (1 + xp.exp(-beta * a))

class Cube:
    def __call__(self, a, xp=np):
        return a**3
    def slope(self, y, a):
        return 3 * a**2

def blur(x, rng, p=0.1):
    return (x + p * rng.random(x.shape)).clip(0, 1)
'''


@pytest.fixture
def parts(here):
    (here / "huber.py").write_text(HUBER)
    (here / "parts.py").write_text(PARTS)
    return here


def test_a_loss_of_ones_own_is_trained_on_by_workers_compared_and_reproduced(parts):
    assert len(HUBER.splitlines()) < 20
    grid = ["bench", "--loss", "huber.py:huber", "--loss", "huber.py:huber:delta=0.2", "--arch", "35,4,2"]
    grid += ["--method", "lm", "--max-evaluations", 40, "--jobs", 2, "--out", "g"]
    done(*grid)
    frame = load_cells("g")
    digest = frame["loss"].iloc[0].partition("@")[2].partition(":")[0]
    assert set(frame["loss"]) == {f"huber.py:huber@{digest}", f"huber.py:huber@{digest}:delta=0.2"}
    assert (frame["value"] < 0.7 * frame["start"]).all()  # lm, where much of the loss is flat
    path = frame["path"].iloc[0]
    assert "bit for bit" in done("verify", path)
    done("report", "g", "-o", "report.html")
    (parts / "huber.py").write_text(HUBER + "\n# another version\n")
    result = run("verify", path)
    assert result.exit_code == 2 and f"it was {digest}, and is" in result.output
    (parts / "huber.py").unlink()
    assert digest in done("table", "g", "--by", "loss", "--metric", "half_sse")
    assert "there is no file 'huber.py'" in run("verify", path).output


@pytest.mark.parametrize(
    "words",
    [
        {"loss": "huber.py:huber"},
        {"loss": "parts.py:Pseudo:0.3", "encoder": "parts.py:swish", "decoder": "parts.py:swish:beta=2"},
        {"loss": "parts.py:poisson", "encoder": "parts.py:Cube"},
    ],
)
def test_values_are_enough_and_every_engine_agrees(parts, x, words):
    model = optae.Autoencoder([35, 5, 2], output="logistic", **words)
    found = certify(model, x[:7])
    assert found.ok, found.summary
    assert optae.Autoencoder.of(model.words) == model


def test_check_grades_a_slope_by_hand(parts):
    result = run("check", "--arch", "35,5,2", "--loss", "parts.py:Wrong")
    assert result.exit_code == 1 and "WRONG" in result.output


def test_noise_of_ones_own_corrupts_and_a_run_keeps_its_version(parts):
    words = ("--noise", "parts.py:blur:0.3", "--encoder", "parts.py:swish:beta=2", "--arch", "35,4,2")
    done("train", *words, "--max-iterations", 3, "--out", "r")
    record = json.loads(Path("r/run.json").read_text())
    digest = record["noise"].partition("@")[2][:12]
    assert record["noise"] == f"parts.py:blur@{digest}:0.3"
    assert record["model"]["encoder"] == f"parts.py:swish@{digest}:2"
    assert "bit for bit" in done("verify", "r")
    assert optae.load_run("r").model.encoder.beta == 2
    assert "optae's own activations, not 'parts.py:swish" in run("explore", "r", "-o", "page.html").output


def test_another_version_is_another_cell_and_another_function(parts, letters):
    words = {"arch": (35, 4, 2), "loss": "huber.py:huber", "max_evaluations": 5}
    one, value = cell(Experiment(**words), letters), Experiment(engine="jax", **words).run().rows[0].loss
    (parts / "huber.py").write_text(HUBER.replace("0.5 * miss**2", "miss**2"))
    assert cell(Experiment(**words), letters).name != one.name
    assert Experiment(engine="jax", **words).run().rows[0].loss != value


BAD = {
    "def huber(y, t):\n    return ((y - t)**2).sum()\n": "gives an array of shape ()",
    "import numpy as np\ndef huber(y, t):\n    return z\n": "fails as such: huber.py, line 3: NameError",
    "huber = 3\n": "is a value (int): write a function or a class",
    "def huber(\n": "huber.py, line 1: SyntaxError",
    "def hubert(y, t): pass\n": "has no loss 'huber': choose one of 'hubert'",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_gets_one_plain_line(here, text):
    Path("huber.py").write_text(text)
    result = run("train", "--loss", "huber.py:huber")
    assert result.exit_code == 2 and BAD[text] in result.output and len(result.output.splitlines()) == 1


def test_what_needs_a_sum_of_squares_or_compiled_parts_says_so(parts):
    words = ("--arch", "35,4,2", "--max-evaluations", 5, "--loss", "huber.py:huber")
    assert "'huber.py:huber" in run("train", *words, "--method", "least-squares-trf").output
    assert "own losses and activations" in run("train", *words, "--method", "powell-fast").output


def test_a_registry_lists_its_own_names_and_finds_those_of_packages(monkeypatch):
    assert [*LOSSES] == ["half_sse", "mse", "bce", "cross_entropy"] and "nothing" not in LOSSES

    class Entry:
        name = "packaged"

        def load(self):
            return lambda y, t: np.abs(y - t) ** 1.5

    monkeypatch.setattr(
        "optae.registry.entries", lambda group: {"packaged": Entry()} if "loss" in group else {}
    )
    assert "packaged" in LOSSES
    model = optae.Autoencoder([35, 4, 2], loss="packaged")
    assert Experiment(loss="packaged").loss == "packaged" and model.criterion.per_sample
