"""Our own L-BFGS: its two loops, its line search, and its loops on every engine."""

import numpy as np
import pytest

import optae
from optae.methods import METHODS
from optae.methods.first_order.lbfgs import CURVATURE, DECREASE, LBFGS, inverse_times


def rosenbrock(x):
    """The chained Rosenbrock function, its minimum 0 at ones, and its gradient."""
    bend = x[1:] - x[:-1] ** 2
    grad = np.zeros_like(x)
    grad[1:] += 200 * bend
    grad[:-1] -= 400 * x[:-1] * bend + 2 * (1 - x[:-1])
    return (100 * bend**2 + (1 - x[:-1]) ** 2).sum(), grad


def trials(f, theta, rule, most):
    """Yield every (theta, value, grad, state) of the rule's path."""
    state = rule.init(theta)
    for _ in range(most):
        value, grad = f(theta)
        moved, state = rule.informed(value).update(theta, grad.copy(), state)
        yield theta, value, grad, state
        theta = moved


def test_the_two_loops_are_the_dense_inverse_of_bfgs():
    path = list(trials(rosenbrock, np.full(6, -0.5), LBFGS(memory=4, max_step=0.1), 40))
    pairs, grad, eye = path[-1][3][1], path[-1][2], np.eye(6)
    dense = pairs.scale * eye
    for k in reversed(range(4)):  # the oldest first
        s, y, rho = (part[int(pairs.newest - k) % 4] for part in (pairs.s, pairs.y, pairs.rho))
        assert rho == pytest.approx(1 / (s @ y), rel=1e-12)
        left = eye - rho * np.outer(s, y)
        dense = left @ dense @ left.T + rho * np.outer(s, s)
    np.testing.assert_allclose(inverse_times(pairs, grad), dense @ grad, rtol=1e-10)


def test_every_step_meets_the_strong_wolfe_conditions():
    steps, search = 0, None
    for theta, value, grad, (new, _) in trials(rosenbrock, np.full(10, -1.0), LBFGS(max_step=1.0), 300):
        if search is not None and new.trials == 0:  # this trial ended the search
            steps += 1
            assert value <= search.value + DECREASE * search.step * search.slope
            assert abs(grad @ search.direction) <= -CURVATURE * search.slope
            np.testing.assert_array_equal(new.theta, theta)
        search = new
        if np.linalg.norm(grad) < 1e-6:
            break
    assert steps > 30 and value < 1e-12


@pytest.mark.parametrize("max_step", [1e-3, 1.0, 1e6])
def test_the_first_trial_of_a_search_moves_no_weight_by_more_than_max_step(max_step):
    for *_, (search, _) in trials(rosenbrock, np.linspace(-1, 1, 8), LBFGS(max_step=max_step), 200):
        if search.trials == 0:
            assert np.abs(search.step * search.direction).max() <= max_step * (1 + 1e-12) and search.step <= 1


def test_a_trial_beyond_the_edge_of_a_function_is_taken_back():
    def walled(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(-np.log(1 - x @ x) + x @ np.arange(3.0)), 2 * x / (1 - x @ x) + np.arange(3.0)

    path = list(trials(walled, np.zeros(3), LBFGS(max_step=100.0), 200))
    assert any(np.isnan(value) for _, value, _, _ in path)
    best = min((value, *theta) for theta, value, _, _ in path if np.isfinite(value))
    np.testing.assert_allclose(walled(np.array(best[1:]))[1], 0, atol=1e-6)


def test_at_a_minimum_it_stays_and_goes_on():
    values = [
        value for _, value, _, _ in trials(lambda x: (x @ x, 2 * x), np.ones(3), LBFGS(max_step=1.0), 400)
    ]
    assert min(values) == pytest.approx(0, abs=1e-20) and np.isfinite(values).all()


@pytest.mark.parametrize("engine", ["autograd", "jax"])
def test_engines_take_the_same_path(engine, x):
    model, short = optae.Autoencoder([35, 8, 2], loss="bce"), METHODS["l-bfgs-short"](memory=3)
    paths = [
        optae.fit(optae.Problem(model, x, engine=name), short, max_evaluations=40).rows
        for name in ("numpy", engine)
    ]
    for one, other in zip(*paths, strict=True):
        assert one.evaluations == other.evaluations and one.loss == pytest.approx(other.loss, rel=1e-8)


def test_its_own_products_are_charged(x):
    problem = optae.Problem(optae.Autoencoder([35, 8, 2]), x)
    adam, short = (
        optae.fit(problem, METHODS[name](), max_evaluations=10).rows[-1].operations
        for name in ("adam", "l-bfgs-short")
    )
    assert short - adam == 10 * 8 * 3 * problem.model.size


@pytest.mark.parametrize("option", [{"memory": 0}, {"max_step": 0.0}])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        METHODS["l-bfgs-short"](**option)
