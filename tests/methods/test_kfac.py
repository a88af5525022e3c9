"""Laws of K-FAC: each step is that of the dense matrices, it descends, and it resumes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from models import predictor, targets_for
from numpy.testing import assert_allclose

import optae
from optae.engines.draw import Draw
from optae.engines.hardware import Hardware
from optae.experiments.experiment import Experiment
from optae.methods import METHODS
from optae.methods.compiled.batches import Batches
from optae.methods.kfac.factors import inverse
from optae.methods.kfac.method import KFAC
from optae.methods.kfac.quadratic import lowest
from optae.methods.kfac.rules import EASE, WATCH, Rules
from optae.methods.kfac.step import begin, step_of
from optae.methods.kfac.work import work
from optae.model.derivatives import gauss_newton_product, links
from optae.model.network import Sweep
from optae.training.checkpoint import Checkpoint
from optae.training.trace import Trace

RULES = Rules(damping=0.3, refresh=4, average=0.99)
METHOD = Batches(KFAC(Rules(damping=1.0)), 8)
SMALL = (3, 3, 2)
QUICKLY = {"xla_backend_optimization_level": 0}  # code that is compiled to run six times
CASES = {
    "half_sse": predictor("half_sse", widths=SMALL),
    "mse": predictor("mse", widths=SMALL, bias=False),
    "bce": predictor("bce", widths=SMALL, l2=0.1),
    "cross_entropy": predictor("cross_entropy", widths=(3, 2, 3)),
    "vae": optae.Autoencoder([3, 2, 1], bottleneck="gaussian:0.7"),
}


class Dense:
    """The same method, with every matrix formed: blocks by Kronecker products, and solutions by NumPy."""

    def __init__(self, model, rules, theta):
        self.model, self.rules, self.theta, self.mean = model, rules, theta, theta
        self.damping, self.gamma, self.k = rules.damping, (rules.damping + model.l2) ** 0.5, 0
        self.move, self.blocks, self.used = 0 * theta, None, None

    def step(self, draw, noise):
        self.k += 1
        value, grad = self.model.value_and_grad(self.theta, draw)
        self.blend(self.factors(draw, noise))
        columns = [gauss_newton_product(self.model, self.theta, unit, draw) for unit in np.eye(len(grad))]
        curvature = np.stack(columns) + self.damping * np.eye(len(grad))
        if self.k % self.rules.refresh == 0:
            shrink = EASE ** (self.rules.refresh / 2)
            gammas = [self.gamma, self.gamma * shrink, min(self.gamma / shrink, max(1, self.gamma))]
            tried = [self.proposal(grad, curvature, gamma, self.blocks) for gamma in gammas]
            best = int(np.argmin([expected for expected, _ in tried]))
            (expected, move), self.gamma, self.used = tried[best], gammas[best], (self.blocks, gammas[best])
        else:
            if self.k <= 3:
                self.used = self.blocks, self.gamma
            expected, move = self.proposal(grad, curvature, self.used[1], self.used[0])
        self.theta, self.move = self.theta + move, move
        if self.k % WATCH == 0:
            ratio = (self.model.loss(self.theta, draw) - value) / expected
            self.damping *= EASE**WATCH if ratio > 0.75 else EASE**-WATCH if ratio < 0.25 else 1
        share = min(1 - 1 / self.k, self.rules.average)
        self.mean = share * self.mean + (1 - share) * self.theta

    def factors(self, draw, noise):
        passes = links(self.model, self.model.layout.unpack(self.theta), draw)
        out, n = passes[-1].y, len(draw.x)
        criterion = self.model.criterion
        dy = n * criterion.grad(out, criterion.sampled(out, noise))[:, None, :]
        found = []
        for link in reversed(passes):
            layers, dy = link.responses(dy)
            found = layers + found
            if not isinstance(link, Sweep) and link.stiffness is not None:
                dy = dy + (np.sqrt(n * link.stiffness) * noise.standard_normal(link.h.shape))[:, None, :]
        ones = np.ones((n, int(self.model.bias)))
        return [(second(np.hstack([a, ones])), second(g[:, 0])) for a, g in found]

    def blend(self, new):
        share = min(1 - 1 / self.k, self.rules.decay)
        old = self.blocks or new
        self.blocks = [
            tuple(share * a + (1 - share) * b for a, b in zip(*pair, strict=True))
            for pair in zip(old, new, strict=True)
        ]

    def proposal(self, grad, curvature, gamma, blocks):
        towards, start = np.empty_like(grad), 0
        for a, g in blocks:
            pi = np.sqrt(np.trace(a) / len(a) / (np.trace(g) / len(g)))
            block = np.kron(a + pi * gamma * np.eye(len(a)), g + gamma / pi * np.eye(len(g)))
            at = slice(start, start := start + len(block))
            towards[at] = -np.linalg.solve(block, grad[at])
        plane = np.stack([towards, self.move], axis=1)[:, : 1 if self.k == 1 else 2]
        share = np.linalg.solve(plane.T @ curvature @ plane, -plane.T @ grad)
        move = plane @ share
        return 0.5 * move @ curvature @ move + grad @ move, move


def second(a):
    return a.T @ a / len(a)


def data_of(model, rng):
    if isinstance(model, optae.Autoencoder):
        return model.draw(rng.random((12, 3)), rng)
    return Draw(*targets_for(model, rng), None)


@pytest.mark.parametrize("case", CASES)
def test_steps_are_those_of_the_dense_matrices(case, rng):
    """Six steps: the inverses are refreshed, then kept, then searched; the damping changes once."""
    model = CASES[case]
    draw, theta = data_of(model, rng), model.init(1)
    dense, noise, calls = Dense(model, RULES, theta), np.random.default_rng(5), np.random.default_rng(5)
    with jax.enable_x64(True):
        step, state = step_of(model, RULES), jax.tree.map(jnp.asarray, begin(model, RULES, theta))
        run = jax.jit(
            lambda state, given: step(state, draw, Recorded(given), 0.0, jnp), compiler_options=QUICKLY
        )
        for _ in range(6):
            state, _ = run(state, given(model, draw, calls))
            dense.step(draw, noise)
            assert_allclose(model.layout.pack(state.arrays, jnp), dense.theta, rtol=1e-6, atol=1e-9)
            assert_allclose([state.damping, state.gamma], [dense.damping, dense.gamma], rtol=1e-6)
        assert_allclose(model.layout.pack(state.mean, jnp), dense.mean, rtol=1e-6, atol=1e-9)
    assert dense.damping != RULES.damping and dense.gamma != RULES.damping**0.5


def given(model, draw, rng):
    """The random numbers of one step, in the order in which it draws them."""
    n, shape = len(draw.x), draw.target.shape
    kinds = {"bce": (rng.random, shape), "cross_entropy": (rng.random, (n, 1))}
    draw_of, size = kinds.get(model.loss_name, (rng.standard_normal, shape))
    target = draw_of(size)
    return [target, rng.standard_normal((n, 2))] if model.random else [target]


class Recorded:
    """A generator whose numbers are given."""

    def __init__(self, numbers):
        self._numbers = iter(numbers)

    def random(self, shape):
        return next(self._numbers)

    standard_normal = random


def test_an_inverse_by_halves_is_the_inverse(rng):
    root = rng.standard_normal((11, 11))
    a = root @ root.T + np.eye(11)
    with jax.enable_x64(True):
        assert_allclose(jax.jit(inverse, static_argnums=1)(a, 3), np.linalg.inv(a), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("same", [False, True])
def test_the_step_in_the_plane_is_the_lowest(same, rng):
    """Two directions that are one, or of which one is 0, are no reason to divide by 0."""
    root = rng.standard_normal((2, 2))
    form, slope = root.T @ root, rng.standard_normal(2)
    if same:
        form, slope = np.ones((2, 2)), np.ones(2)
    x = np.array(lowest(form[0, 0], form[0, 1], form[1, 1], *slope))
    assert_allclose(form @ x, -slope, rtol=1e-5)
    assert_allclose(lowest(2.0, 0.0, 0.0, 3.0, 0.0), [-1.5, 0.0])


def problem(letters, **words):
    return optae.Problem(optae.Autoencoder([35, 4]), letters.x, engine="jax", **words)


@pytest.fixture(scope="module")
def whole(letters):
    return optae.fit(problem(letters), METHOD, max_iterations=12)


def test_it_goes_lower_than_adam(whole, letters):
    adam = optae.fit(problem(letters), METHODS["adam"](lr=0.01, batch=8), max_iterations=12)
    assert whole.value < 0.9 * adam.value and whole.iterations == 12
    assert whole.operations > 2 * adam.operations


def test_a_resumed_run_is_an_uninterrupted_one(whole, letters, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def fit():
        kept = Checkpoint(tmp_path / "r.npz", 2, "mine")
        return optae.fit(
            problem(letters), Batches(KFAC(Rules(damping=1.0)), 8), max_iterations=12, checkpoint=kept
        )

    offer = Trace.offer

    def dies(trace, value, theta):
        if trace.iterations == 7:
            raise Killed
        offer(trace, value, theta)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Trace, "offer", dies)
        fit()
    again = fit()
    assert (again.theta == whole.theta).all() and again.operations == whole.operations


def test_another_damping_is_not_compiled_again(whole, letters):
    other = optae.fit(problem(letters), Batches(KFAC(Rules(damping=3.0)), 8), max_iterations=2)
    assert other.seconds["compile"] == 0 and whole.seconds["compile"] > 0
    assert (other.theta != optae.fit(problem(letters), METHOD, max_iterations=2).theta).any()


def test_operations_do_not_depend_on_where_an_epoch_begins():
    model, rules = optae.Autoencoder([35, 6, 2]), Rules()
    parts = sum(work(model, rules, before, 7, 8) for before in range(0, 42, 7))
    assert parts == pytest.approx(work(model, rules, 0, 42, 8))


@pytest.mark.parametrize(
    ("option", "value"),
    [("damping", 0.0), ("decay", 1.0), ("statistics", 0.0), ("model", 2.0), ("refresh", 0), ("batch", 0)],
)
def test_an_option_out_of_range_is_named(option, value):
    with pytest.raises(ValueError, match=f"{option}.{value}"):
        METHODS["kfac"](**{option: value})


def test_words_of_hardware_reach_it():
    one = Experiment(dataset="font2", arch=(35, 2), method="kfac", precision="float32", look=3)
    assert one._method().hardware == Hardware("float32") and one._method().look == 3
    assert Experiment(dataset="font2", arch=(35, 2), method="kfac")._method().hardware.wide
    with pytest.raises(ValueError, match="is for first-order methods"):
        Experiment(dataset="font2", arch=(35, 2), method="kfac", precision="float32", clip=1.0)._method()
