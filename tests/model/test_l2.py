"""Laws of L2: the loss gains l2 |theta|^2 / 2, and so do its derivatives, in engines, methods and slices."""

import numpy as np
import pytest
from models import predictor, targets_for
from numpy.testing import assert_allclose, assert_array_equal

import optae
from optae.methods import METHODS
from optae.methods.first_order.compiled_epochs import Epochs
from optae.methods.first_order.rules import GradientDescent
from optae.methods.gauss_newton.decayed import Decayed
from optae.methods.gauss_newton.linear import SOLVERS, by_cg
from optae.methods.gauss_newton.linearised import Linearised
from optae.methods.gauss_newton.sliced import Sliced
from optae.model.derivatives import gauss_newton_product

L2 = 0.03


def pair(rng, **words):
    """The objectives of one network with L2 and without it, a point, and a direction."""
    plain, shrunk = (predictor("mse", l2=l2, **words) for l2 in (None, L2))
    x, y = targets_for(plain, rng)
    theta, v = rng.standard_normal((2, plain.size))
    return optae.Objective(plain, x, y), optae.Objective(shrunk, x, y), theta, v


@pytest.mark.parametrize("engine", ["numpy", "autograd", "jax"])
@pytest.mark.parametrize("bias", [True, False])
def test_the_loss_gains_half_the_squared_norm(engine, bias, rng):
    plain, _, theta, v = pair(rng, bias=bias)
    model = predictor("mse", bias=bias, l2=L2)
    shrunk = optae.Objective(model, plain.draw.x, plain.draw.target, engine=engine)
    assert_allclose(shrunk(theta), plain(theta) + 0.5 * L2 * theta @ theta, rtol=1e-13)
    assert_allclose(shrunk.grad(theta), plain.grad(theta) + L2 * theta, atol=1e-13)
    assert_allclose(shrunk.hvp(theta, v), plain.hvp(theta, v) + L2 * v, atol=1e-12)
    assert_allclose(0.5 * np.sum(shrunk.residuals(theta) ** 2), shrunk(theta), rtol=1e-13)
    assert_allclose(shrunk.jacobian(theta).T @ shrunk.residuals(theta), shrunk.grad(theta), atol=1e-12)


def test_the_gauss_newton_matrix_gains_a_multiple_of_the_identity(rng):
    plain, shrunk, theta, v = pair(rng)
    found, without = (gauss_newton_product(f.model, theta, v, f.draw) for f in (shrunk, plain))
    assert_allclose(found, without + L2 * v, atol=1e-13)


def local_models(f, theta):
    halves = slice(0, 5), slice(5, len(f.draw.x))
    return Linearised(f.model, f.draw, theta), Sliced(halves, f.model, f.draw, theta)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("which", [0, 1], ids=["whole", "sliced"])
def test_lms_step_is_the_dense_solution(bias, which, rng):
    _, f, theta, _ = pair(rng, bias=bias)
    inner = local_models(f, theta)[which]
    local = Decayed(inner, theta, L2)
    c = np.stack([local.step(e) for e in np.eye(f.model.size)], axis=1)
    curvature = np.stack([gauss_newton_product(f.model, theta, e, f.draw) for e in np.eye(f.model.size)])
    assert_allclose(local.pull(local.residuals), c.T @ f.grad(theta), atol=1e-10)
    dense = c @ -np.linalg.solve(c.T @ curvature @ c + 0.1 * np.eye(f.model.size), c.T @ f.grad(theta))
    solvers = SOLVERS["parameters"], lambda local: by_cg(local, 10_000, 0.0)
    for solver in solvers:
        step = local.step(solver(local)(0.1)(local.residuals))
        assert_allclose(step, dense, atol=1e-6 * np.abs(dense).max())


def test_lm_refuses_the_solver_whose_matrix_would_have_a_row_for_each_parameter(x):
    problem = optae.Problem(optae.Autoencoder([35, 3, 2], l2=L2), x)
    with pytest.raises(ValueError, match=r"use solver=cg or parameters"):
        optae.fit(problem, METHODS["lm"](solver="samples"), max_iterations=1)
    assert optae.fit(problem, METHODS["lm"](), max_iterations=3).value < problem.objective()(problem.start())


@pytest.mark.parametrize("loss", ["half_sse", "bce"])
@pytest.mark.parametrize("bias", [True, False])
def test_compiled_powell_takes_scipys_path(loss, bias, x):
    """Pixels that are white in every letter have weights that only L2 sees."""
    pytest.importorskip("numba")
    blank = x.copy()
    blank[:, 3] = 0.0
    model = optae.Autoencoder([35, 4, 2], loss=loss, bias=bias, init="glorot", l2=L2)
    problem = optae.Problem(model, blank)
    compiled, scipys = (
        optae.fit(problem, METHODS[name](), max_evaluations=2500) for name in ("powell-fast", "powell")
    )
    assert_array_equal(compiled.theta, scipys.theta)
    assert compiled.value == scipys.value
    assert_allclose(problem.objective()(compiled.theta), compiled.value, rtol=1e-13)


def test_compiled_epochs_descend_the_same_loss(x):
    model = optae.Autoencoder([35, 4, 2], l2=L2)
    problem = optae.Problem(model, x, engine="jax")
    found = optae.fit(problem, Epochs(GradientDescent(0.1), len(x)), max_iterations=1)
    theta = problem.start()
    theta -= 0.1 * problem.objective().grad(theta)
    assert_allclose(found.value, problem.objective()(theta), rtol=1e-5)


@pytest.mark.parametrize("l2", [-1.0, np.inf, np.nan])
def test_a_weight_that_is_none_is_refused(l2):
    with pytest.raises(ValueError, match="give a weight from 0"):
        optae.MLP([3, 2], l2=l2)


def test_words_name_it_if_it_is_not_zero():
    assert optae.MLP([3, 2], l2=0).words == optae.MLP([3, 2]).words
    model = optae.MLP([3, 2], l2=1e-5)
    assert model.words["l2"] == 1e-5
    assert optae.MLP.of(model.words) == model != optae.MLP([3, 2])


def test_an_experiment_without_it_is_the_one_with_a_weight_of_zero():
    from optae.experiments.experiment import Experiment

    assert Experiment(l2=0.0) == Experiment()
    assert Experiment.from_words(Experiment(l2=1e-5).words).l2 == 1e-5
