"""Rules that see the model's arrays as matrices run on its flat vector, in every loop and on every model."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest
from models import MODELS, predictor, targets_for
from numpy.testing import assert_allclose

import optae
from optae.engines.hardware import Hardware
from optae.methods import METHODS
from optae.methods.first_order.compiled_epochs import Epochs, at_rate
from optae.methods.first_order.layered import matrices
from optae.methods.first_order.layered.layers import on_vector, parts_of
from optae.methods.first_order.layered.muon import Muon
from optae.methods.first_order.layered.soap import Soap
from optae.methods.first_order.rules import Adam, GradientDescent, own_work
from optae.training.checkpoint import Checkpoint
from optae.training.trace import Trace

LAYERED = ["shampoo", "soap", "muon"]
SMALL = optae.Autoencoder([6, 2])
TINY = optae.Autoencoder([6, 3, 2])


@dataclass(frozen=True)
class Turns:
    """Gradient descent whose rate is 1 for matrices and 2 for vectors."""

    lr: float = 1.0

    def of(self, name, shapes):
        return self if len(shapes[name]) == 2 else GradientDescent(2 * self.lr)

    def init(self, theta):
        return theta.shape

    def update(self, theta, grad, state):
        assert theta.shape == grad.shape == state
        return theta - self.lr * grad, state

    def labour(self, shape):
        return 10.0 * shape[0]


def test_each_array_moves_by_its_own_rule_in_its_shape(rng):
    layout, (theta, grad) = TINY.layout, rng.normal(size=(2, TINY.size))
    rule = on_vector(Turns(), layout)
    moved, _ = rule.update(theta, grad, rule.init(theta))
    for name, slope in layout.unpack(grad).items():
        gone = layout.unpack(theta)[name] - layout.unpack(moved)[name]
        assert_allclose(gone, slope if name.endswith("weight") else 2 * slope)
    assert own_work(rule, TINY.size, 0.0) == 10.0 * (6 + 3 + 2 + 3)
    assert on_vector(GradientDescent(), layout) == GradientDescent()
    assert hash(rule) == hash(on_vector(Turns(), layout))


def test_a_users_rule_for_matrices_runs_from_its_class(x):
    problem = optae.Problem(MODELS["bce"], x)
    assert optae.fit(problem, Turns(0.01), max_iterations=3).value < problem.objective()(problem.start())


@pytest.mark.parametrize("name", LAYERED)
def test_biases_and_sides_beyond_the_bound_are_adams(name, monkeypatch):
    rule = METHODS[name]().rule
    parts = parts_of(rule, TINY.layout.shapes)
    assert {type(part) for array, part in parts.items() if array.endswith("bias")} == {Adam}
    if name != "muon":
        assert {type(part) for array, part in parts.items() if array.endswith("weight")} == {type(rule)}
        monkeypatch.setattr(matrices, "MOST", 2)
        assert type(parts_of(rule, TINY.layout.shapes)["encoder.0.weight"]) is Adam


def test_muon_is_for_hidden_matrices_unless_it_is_for_the_ends_too():
    weights = [name for name in TINY.layout.shapes if name.endswith("weight")]
    for ends, chosen in ((False, weights[1:-1]), (True, weights)):
        parts = parts_of(Muon(ends=ends), TINY.layout.shapes)
        assert [name for name, part in parts.items() if isinstance(part, Muon)] == chosen
    assert parts_of(at_rate(Muon(lr=0.1, rest=0.5), 0.1), {"w": (2, 2)})["w"].lr == pytest.approx(0.005)


@pytest.mark.parametrize("name", LAYERED)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_networks_that_predict_descend(name, loss, rng):
    model = predictor(loss, widths=(4, 6, 1, 3))
    problem = optae.Problem(model, *targets_for(model, rng))
    result = optae.fit(problem, METHODS[name](lr=0.01, batch=6), max_iterations=15)
    assert result.value < 0.99 * problem.referee()(problem.start())


@pytest.mark.parametrize("name", LAYERED)
def test_sampled_and_denoising_autoencoders_descend(name, x):
    for model in (MODELS["vae"], MODELS["denoising"]):
        problem = optae.Problem(model, x)
        result = optae.fit(problem, METHODS[name](lr=0.01, batch=8), max_iterations=6)
        assert result.value < problem.referee()(problem.start())


def test_lanes_that_train_together_walk_their_own_paths_and_compute_one_branch_only(rng):
    """A condition on each lane would be a `select` between both branches."""
    rule = on_vector(Soap(every=2), SMALL.layout)
    thetas, slopes = rng.normal(size=(2, SMALL.size)), rng.normal(size=(4, 2, SMALL.size))
    states = [rule.init(theta) for theta in thetas]
    with jax.enable_x64(True):
        both = thetas, jax.tree.map(lambda *leaves: np.stack(leaves), *states)
        lanes = jax.vmap(lambda theta, slope, state: rule.update(theta, slope, state, jax.numpy))
        text = str(jax.make_jaxpr(lanes)(both[0], slopes[0], both[1]))
        assert text.count("cond[") == 2 * 2  # for each matrix, one in the first step and one for its basis
        step = jax.jit(lanes)
        for slope in slopes:
            both = step(both[0], slope, both[1])
    for k, theta in enumerate(thetas):
        for slope in slopes:
            theta, states[k] = rule.update(theta, slope[k].copy(), states[k])
        assert_allclose(both[0][k], theta, atol=1e-9)


class Killed(BaseException):
    pass


def test_a_killed_run_ends_as_if_it_had_not_been_killed(x, tmp_path, monkeypatch):
    """It ends in the same basis, for which its state is the largest."""
    method = Epochs(Soap(every=3), 16, hardware=Hardware("float32"))

    def fit(checkpoint=None):
        problem = optae.Problem(SMALL, x[:, :6], engine="jax")
        return optae.fit(problem, method, max_iterations=5, checkpoint=checkpoint)

    offer = Trace.offer

    def dies(trace, value, theta):
        if trace.iterations == 4:
            raise Killed
        offer(trace, value, theta)

    kept = Checkpoint(tmp_path / "r.npz", 2, "mine")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Trace, "offer", dies)
        fit(kept)
    again, whole = fit(kept), fit()
    assert (again.theta == whole.theta).all() and again.operations == whole.operations


def test_gradients_that_are_not_finite_end_a_run_as_diverged(x):
    problem = optae.Problem(MODELS["linear-output"], x)
    for name in ("shampoo", "soap"):
        assert optae.fit(problem, METHODS[name](lr=1e200), max_iterations=100).status == "diverged"


@pytest.mark.parametrize("option", [{"every": 0}, {"every": -3}, {"every": 2.5}, {"b1": 1.0}])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        METHODS["soap"](**option)
    with pytest.raises(ValueError, match="rest"):
        METHODS["muon"](rest=0.0)
