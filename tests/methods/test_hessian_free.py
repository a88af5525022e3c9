"""Laws of truncated Gauss-Newton steps: solutions are the dense ones, and the loss falls."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from models import MODELS
from numpy.testing import assert_allclose

import optae
from optae.methods import METHODS
from optae.methods.compiled.batches import Batches
from optae.methods.hessian_free.cg import solve
from optae.methods.hessian_free.preconditioners import by_fisher, by_sketch, sketch, squared_gradients
from optae.methods.hessian_free.rules import PRECONDITIONERS, Rules
from optae.methods.hessian_free.step import _backtracked
from optae.methods.restarts import Restarted
from optae.training.checkpoint import Checkpoint

SIZE = 12


@pytest.fixture
def wide():
    with jax.enable_x64(True):
        yield


@pytest.fixture
def system(rng):
    """A positive definite matrix (SIZE, SIZE), and a right-hand side."""
    root = rng.standard_normal((SIZE, SIZE))
    return root @ root.T + 0.1 * np.eye(SIZE), rng.standard_normal(SIZE)


def condition_of(name, a, rng):
    if name == "fisher":
        return by_fisher(jnp.diag(jnp.asarray(a)), jnp.float64(0.1))
    if name == "nystrom":
        return by_sketch(
            sketch(lambda v: a @ v, jnp.asarray(rng.standard_normal((SIZE, 4)))), jnp.float64(0.1)
        )
    return lambda v: v


@pytest.mark.parametrize("name", PRECONDITIONERS)
def test_conjugate_gradients_end_at_the_solution(name, system, rng, wide):
    """With their values on the way, which fall, and the places of those that were kept."""
    a, b = system
    rules = Rules(steps=60, progress=0.0)
    found = solve(lambda v: a @ v, jnp.asarray(b), jnp.asarray(0.1 * b), condition_of(name, a, rng), rules)
    assert_allclose(found.last, np.linalg.solve(a, b), rtol=1e-6, atol=1e-9)
    values, there = np.array(found.values), np.isfinite(found.values)
    assert there.sum() == np.searchsorted(rules.kept, int(found.steps)) + 1
    assert (np.diff(values[there]) <= 1e-12).all()
    points = np.array(found.points)[there]
    assert_allclose(values[there], [0.5 * x @ a @ x - b @ x for x in points], atol=1e-9)
    assert_allclose(points[-1], found.last)


def test_martens_rule_ends_it_early(system, wide):
    a, b = system

    def steps(progress):
        found = solve(lambda v: a @ v, jnp.asarray(b), jnp.zeros(SIZE), lambda v: v, Rules(progress=progress))
        return int(found.steps)

    assert 10 < steps(0.05) < steps(0.0)


def test_a_sketch_of_full_rank_is_the_inverse(system, rng, wide):
    a, b = system
    known = sketch(lambda v: a @ v, jnp.asarray(rng.standard_normal((SIZE, SIZE))))
    assert_allclose(np.sort(known.values), np.linalg.eigvalsh(a), rtol=1e-6)
    inverse = by_sketch(known, jnp.float64(0.3))
    least = float(known.values[-1]) + 0.3  # by which the paper scales it
    assert_allclose(inverse(b), least * np.linalg.solve(a + 0.3 * np.eye(SIZE), b), rtol=1e-6)


@pytest.mark.parametrize("case", ["bce", "deck-a"])
def test_squared_gradients_are_those_of_single_samples(case, x, rng, wide):
    model = MODELS[case]
    theta, draw = model.init(0), model.draw(x[:4], rng)
    each = [model.value_and_grad(theta, draw.at(slice(i, i + 1)))[1] for i in range(4)]
    found = squared_gradients(model, model.layout.unpack(theta), draw, jnp)
    assert_allclose(found, np.mean(np.square(each), axis=0), rtol=1e-6, atol=1e-15)


def test_backtracking_stops_where_the_loss_rises(wide):
    found = solve(lambda v: v, jnp.ones(2), jnp.zeros(2), lambda v: v, Rules(steps=8))
    points = jnp.arange(8.0)[:, None] * jnp.ones(2)
    values = jnp.where(jnp.arange(8) < 6, -1.0, jnp.inf)
    trial = _backtracked(found._replace(points=points, values=values), lambda p: (p[0] - 3) ** 2)
    assert int(trial.slot) == 3 and float(trial.value) == 0


METHOD = {
    "hessian-free": METHODS["hessian-free"](batch=16, damping=0.1),
    "lm": METHODS["lm"](batch=16, damping=0.1),
}


@pytest.mark.parametrize("name", METHOD)
def test_it_descends_and_resumes(name, letters, tmp_path):
    model = optae.Autoencoder([35, 4], loss="half_sse", output="identity")
    problem = optae.Problem(model, letters.x, engine="jax")
    method = METHOD[name]
    whole = optae.fit(problem, method, max_iterations=8)
    assert whole.value < 0.5 * whole.rows[0].loss
    kept = Checkpoint(tmp_path / "r.npz", 1, "mine")
    for count in (3, 8):
        again = optae.fit(problem, method, max_iterations=count, checkpoint=kept)
    assert (again.theta == whole.theta).all() and again.operations == whole.operations


@pytest.mark.parametrize(
    ("option", "value"),
    [("damping", 0.0), ("steps", 0), ("keep", 1.5), ("model", 2.0), ("preconditioner", "x"), ("rank", 0)],
)
def test_an_option_out_of_range_is_named(option, value):
    with pytest.raises(ValueError, match=f"{option}={value}"):
        METHODS["hessian-free"](**{option: value})


def test_lm_on_all_the_data_is_what_it_was():
    assert isinstance(METHODS["lm"](), Restarted) and isinstance(METHODS["lm"](batch=8), Batches)
    with pytest.raises(ValueError, match="solver=cg is for `lm` on all the data"):
        METHODS["lm"](batch=8, solver="cg")
    problem = optae.Problem(optae.Autoencoder([35, 4]), np.zeros((9, 35)))
    assert "choose engine jax" in METHODS["lm"](batch=8).refuses(problem)
