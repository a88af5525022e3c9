"""Additions as CONTRIBUTING.md describes them: a short file in one room, and a line in its registry."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location

import numpy as np
import pandas as pd
import pytest
from runs import Grid

import optae
from optae.check import certify
from optae.datasets import DATASETS, load_dataset
from optae.experiments.experiment import Experiment
from optae.figures.kinds import KINDS
from optae.methods import METHODS
from optae.methods.kinds import rule
from optae.model.activations import ACTIVATIONS
from optae.model.losses import LOSSES
from optae.pages.drawings import drawn
from optae.pages.sections import FigureSection

RULE = '''
from dataclasses import dataclass

@dataclass(frozen=True)
class Sign:
    """Steps of one length along the sign of the gradient (Riedmiller & Braun, 1993)."""

    lr: float = 1e-3

    def init(self, theta):
        return 0 * theta

    def update(self, theta, grad, state):
        return theta - self.lr * grad / (grad**2 + 1e-30) ** 0.5, state
'''
LAYERED = f"""{RULE}
    def of(self, name, shapes):
        return self

    def labour(self, shape):
        return 2.0 * shape[0] * shape[-1]
"""
ACTIVATION = '''
from dataclasses import dataclass

import numpy as np
from optae.model.activations import Activation

@dataclass(frozen=True)
class Exponential(Activation):
    """y = exp(a)."""

    unit = False

    def __call__(self, a, xp=np):
        return xp.exp(a)

    def slope(self, y, rest=None):
        return y.copy()

    def curvature(self, y, rest=None):
        return y.copy()
'''
LOSS = '''
from optae.model.losses import Criterion

class Quartic(Criterion):
    """Mean over samples of 1/4 the sum over pixels of (t - y)^4."""
    logits, per_sample, reduction = False, True, "mean over samples of 1/4 the sum of (t - y)^4"

    def value(self, out, target, xp=None):
        return 0.25 * ((out - target) ** 4).sum() / len(out)
    def each(self, out, target, xp=None):
        return 0.25 * ((out - target) ** 4).sum(axis=1)
    def grad(self, out, target):
        return (out - target) ** 3 / len(out)
    def curvature(self, out, target):
        return 3 * (out - target) ** 2 / len(out)
    def residuals(self, out, target, xp=None):
        return (out - target) ** 2 / (2 * len(out)) ** 0.5
    def residual_slope(self, out, target):
        return 2 * (out - target) / (2 * len(out)) ** 0.5
'''
DATA = '''
import numpy as np
from optae.datasets.dataset import Dataset

def stripes():
    """The four 2x2 images with two equal columns or rows."""
    x = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1]])
    return Dataset("stripes", x, ("left", "right", "top", "bottom"), (2, 2), "written by hand")
'''
FIGURE = '''
from optae.figures.style import sheet

def medians(frame, metric):
    """A bar for each method's median."""
    figure = sheet(6, 3, f"Median {metric}", "over all runs")
    values = frame.groupby("label")[metric].median()
    figure.subplots().bar(list(values.index), list(values))
    return figure
'''
EVERY = {
    "rule": RULE,
    "layered": LAYERED,
    "activation": ACTIVATION,
    "loss": LOSS,
    "data": DATA,
    "figure": FIGURE,
}


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A function that writes one of these into a file and imports it."""

    def load(name):
        path = tmp_path / f"added_{name}.py"
        path.write_text(EVERY[name])
        spec = spec_from_file_location(path.stem, path)
        module = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("name", EVERY)
def test_an_addition_is_short_and_in_one_room(name):
    lines = [line for line in EVERY[name].splitlines() if line.strip()]
    assert len(lines) < 20
    assert len(set(re.findall(r"optae\.(\w+)", EVERY[name]))) <= 1


def test_a_first_order_rule_runs_on_every_engine(added, monkeypatch):
    monkeypatch.setitem(METHODS, "sign", rule(added("rule").Sign))
    for engine in ("numpy", "autograd", "jax"):
        words = {"method": "sign", "engine": engine, "max_iterations": 30}
        result = Experiment(arch=(35, 6, 2), options=(("lr", 1e-2),), **words).run()
        assert result.value < result.rows[0].loss


def test_a_rule_that_sees_matrices_takes_the_same_steps_and_charges_its_labour(added, monkeypatch):
    ran = {}
    for name in ("rule", "layered"):
        monkeypatch.setitem(METHODS, name, rule(added(name).Sign))
        ran[name] = Experiment(arch=(35, 6, 2), method=name, max_iterations=5).run()
    assert np.array_equal(ran["rule"].theta, ran["layered"].theta)
    labour = sum(2 * shape[0] * shape[-1] for shape in optae.Autoencoder([35, 6, 2]).layout.shapes.values())
    assert ran["layered"].operations - ran["rule"].operations == 5 * labour


def test_an_activation_is_certified(added, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "exponential", added("activation").Exponential)
    model = optae.Autoencoder([35, 6, 2], encoder="exponential", loss="half_sse")
    found = certify(model, load_dataset("font2").x[:5])
    assert found.ok, found.summary


def test_a_loss_is_certified_and_trained_on_by_gauss_newton(added, monkeypatch):
    monkeypatch.setitem(LOSSES, "quartic", added("loss").Quartic())
    model = optae.Autoencoder([35, 6, 2], loss="quartic")
    found = certify(model, load_dataset("font2").x[:5], ("numpy", "autograd"))
    assert found.ok, found.summary
    result = Experiment(arch=(35, 6, 2), loss="quartic", method="lm", max_iterations=3).run()
    assert result.value < result.rows[0].loss


def test_a_data_set_is_loaded_by_its_name_and_trained_on(added, monkeypatch):
    monkeypatch.setitem(DATASETS, "stripes", added("data").stripes)
    data = load_dataset("stripes[left,top]")
    assert data.labels == ("left", "top") and np.array_equal(data.x[1], [1, 1, 0, 0])
    assert Experiment(dataset="stripes", arch=(4, 2), max_iterations=2).run().iterations == 2


def test_a_figure_is_a_kind_that_a_page_may_ask_for(added, monkeypatch):
    medians = added("figure").medians
    monkeypatch.setitem(KINDS, "medians", lambda frame, said: medians(frame, said.metric))
    frame = Grid().frame
    axes = drawn(frame, FigureSection("medians", metric="bce")).axes[0]
    heights = [bar.get_height() for bar in axes.patches]
    assert isinstance(frame, pd.DataFrame) and heights == frame.groupby("label")["bce"].median().tolist()
