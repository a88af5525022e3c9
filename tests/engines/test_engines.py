"""Laws: derivatives are derivatives, and the engines agree."""

import numpy as np
import pytest
from models import MODELS
from numpy.testing import assert_allclose

from optae import ENGINES, LOSSES, Autoencoder, Objective
from optae.engines import engine
from optae.model.activations import ACTIVATIONS

SMOOTH = ["deck-a", "bce", "linear-output", "vae"]


def close(a, b, relative=1e-12):
    assert np.linalg.norm(np.asarray(a) - b) <= relative * np.linalg.norm(b)


def slope_along(f, theta, v):
    """Central difference, Richardson's extrapolation."""
    d = [(f(theta + h * v) - f(theta - h * v)) / (2 * h) for h in (1e-3, 5e-4)]
    return (4 * d[1] - d[0]) / 3


@pytest.mark.parametrize("name", SMOOTH)
def test_the_gradient_is_the_derivative(name, x, rng):
    f = Objective(MODELS[name], x)
    theta, v = f.model.init(0), rng.standard_normal(f.model.size)
    assert_allclose(f.grad(theta) @ v, slope_along(f, theta, v), rtol=1e-7)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_hessian_product_is_the_gradients_derivative(name, x, rng):
    f = Objective(MODELS[name], x)
    theta, v = f.model.init(0), rng.standard_normal(f.model.size)
    close(f.hvp(theta, v), slope_along(f.grad, theta, v), 1e-7)


@pytest.mark.parametrize("name", ["deck-a", "bce", "linear-output"])
def test_the_jacobian_is_the_residuals_derivative(name, x, rng):
    f = Objective(MODELS[name], x)
    theta, v = f.model.init(0), rng.standard_normal(f.model.size)
    close(f.jacobian(theta) @ v, slope_along(f.residuals, theta, v), 1e-7)


@pytest.mark.parametrize("name", ["deck-a", "bce", "deep-mse", "asymmetric", "linear-output"])
def test_half_the_residuals_squares_are_the_loss(name, x):
    f = Objective(MODELS[name], x)
    theta = f.model.init(1)
    assert_allclose(0.5 * f.residuals(theta) @ f.residuals(theta), f(theta), rtol=1e-12)
    close(f.jacobian(theta).T @ f.residuals(theta), f.grad(theta))


@pytest.mark.parametrize("other", [name for name in ENGINES if name != "numpy"])
def test_engines_agree(model, x, other, rng):
    by_hand, theirs = Objective(model, x, seed=3), Objective(model, x, engine=other, seed=3)
    theta, v = 1.5 * model.init(0), rng.standard_normal(model.size)
    assert_allclose(theirs(theta), by_hand(theta), rtol=1e-12)
    close(theirs.grad(theta), by_hand.grad(theta))
    close(theirs.hvp(theta, v), by_hand.hvp(theta, v))
    if model.residual_reason(x) is None:
        close(theirs.residuals(theta), by_hand.residuals(theta))
        close(theirs.jacobian(theta), by_hand.jacobian(theta))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_know_their_derivatives(name):
    f, a, h = ACTIVATIONS[name](), np.array([-3.0, -0.7, 0.4, 2.0]), 1e-5
    slope = np.broadcast_to(f.slope(f(a.copy())), a.shape)
    assert_allclose(slope, (f(a + h) - f(a - h)) / (2 * h), atol=1e-9)
    up, down = (np.broadcast_to(f.slope(f(a + s)), a.shape) for s in (h, -h))
    bend = np.broadcast_to(f.curvature(f(a.copy())), a.shape)
    assert_allclose(bend, (up * 1.0 - down) / (2 * h), atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_weight_overflows_an_activation(name):
    y = ACTIVATIONS[name]()(np.array([-1e300, -1e33, 0.0, 1e33, 1e300]))
    assert not np.isnan(y).any()


@pytest.mark.parametrize("name", LOSSES)
def test_criteria_know_their_derivatives(name, rng):
    c, h = LOSSES[name], 1e-5
    out, target = rng.normal(size=(3, 4)), rng.integers(0, 2, (3, 4)).astype(float)
    target = np.eye(4)[:3] if c.classes else target
    v = rng.normal(size=(3, 4))
    along = (c.value(out + h * v, target) - c.value(out - h * v, target)) / (2 * h)
    assert_allclose(np.sum(c.grad(out, target) * v), along, rtol=1e-8)
    bend = (c.grad(out + h * v, target) - c.grad(out - h * v, target)) / (2 * h)
    assert_allclose(c.bend(out, target, v), bend, rtol=1e-7, atol=1e-12)
    if c.residual_reason(target):
        return
    assert_allclose(0.5 * np.sum(c.residuals(out, target) ** 2), c.value(out, target), rtol=1e-12)
    rise = (c.residuals(out + h, target) - c.residuals(out - h, target)) / (2 * h)
    assert_allclose(np.broadcast_to(c.residual_slope(out, target), out.shape), rise, rtol=1e-7)


def test_bce_survives_saturated_logits():
    logits, target = np.array([[1e5, -1e5, 800.0, -800.0]]), np.array([[1.0, 0.0, 0.0, 1.0]])
    c = LOSSES["bce"]
    assert c.value(logits, target) == 1600.0
    for part in (c.grad, c.curvature, c.residuals, c.residual_slope):
        assert np.isfinite(part(logits, target)).all()


def test_an_engine_is_imported_only_when_asked():
    assert engine("numpy").__name__ == "optae.engines.numpy"
    with pytest.raises(ValueError, match="did you mean 'jax'"):
        engine("jacks")


def test_jax_leaves_the_users_precision_alone(x):
    import jax.numpy as jnp

    assert Objective(MODELS["bce"], x, engine="jax").grad(MODELS["bce"].init(0)).dtype == np.float64
    assert jnp.zeros(1).dtype == jnp.float32


@pytest.mark.parametrize("name", ["f", "grad", "value_and_grad", "hvp", "residuals", "jacobian"])
def test_a_vector_of_another_shape_is_refused_and_a_list_is_taken(name):
    model = Autoencoder([4, 2], loss="half_sse")
    f, theta = Objective(model, np.eye(4)), model.init(0)
    other = {"f": lambda t: (f(t),), "hvp": lambda t: f.hvp(t, theta)}
    call = other.get(name) or getattr(f, name)
    assert all(map(np.array_equal, call(theta.tolist()), call(theta)))
    for wrong in (theta[:-1], theta[None], theta.tolist() * 2, 3.0):
        with pytest.raises(ValueError, match=rf"theta has shape .*: give the model's {model.size} numbers"):
            call(wrong)
