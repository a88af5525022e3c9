"""Products with the Gauss-Newton matrix in JAX are those written by hand, for every loss and bottleneck."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from models import MODELS, predictor, targets_for
from numpy.testing import assert_allclose

from optae.engines.draw import Draw
from optae.methods.compiled.heads import GaussNewton, dot, first, opened
from optae.model.criterion import Likelihood
from optae.model.derivatives import gauss_newton_product
from optae.model.losses import LOSSES

CASES = {loss: predictor(loss) for loss in LOSSES} | {name: MODELS[name] for name in ("deck-a", "vae")}


@pytest.mark.parametrize("case", CASES)
def test_products_are_those_by_hand(case, x, rng):
    model = CASES[case]
    draw = Draw(*targets_for(model, rng), None) if case in LOSSES else model.draw(x[:7], rng)
    theta, v = model.init(1), rng.standard_normal(model.size)
    with jax.enable_x64(True):
        parts, tangent = (jax.tree.map(jnp.asarray, model.layout.unpack(a)) for a in (theta, v))
        matrix = GaussNewton(model, parts, draw)
        found, pushed = matrix.product(tangent), matrix.push(tangent)
        assert_allclose(dot(pushed, matrix.bend(pushed)), dot(tangent, found), rtol=1e-9)
    exact = gauss_newton_product(model, theta, v, draw)
    assert_allclose(model.layout.pack(found, jnp), exact, atol=1e-9 * np.abs(exact).max())


def test_a_shift_of_a_samples_sums_acts_as_a_bias_of_its_own(x, rng):
    """The same shift for every sample is a change of the bias; layers without biases take shifts too."""
    model, draw = MODELS["bce"], MODELS["bce"].draw(x[:5], rng)
    parts = model.layout.unpack(model.init(0))
    shifts = {name: rng.standard_normal(a.shape) for name, a in parts.items() if name.endswith("bias")}
    moved = {name: a + shifts.get(name, 0.0) for name, a in parts.items()}
    many = {name: np.tile(shift, (5, 1)) for name, shift in shifts.items()}
    (shifted,), inputs = opened(model, parts, draw, many, np)
    assert_allclose(shifted, opened(model, moved, draw, xp=np)[0][0])
    assert [a.shape[1] for a in inputs] == [*model.widths[:-1]]
    bare = MODELS["deck-a"]
    none = {bias: np.zeros((5, net.widths[i + 1])) for net in bare.networks
            for i, (_, bias, _) in net.numbered}  # fmt: skip
    theta = bare.layout.unpack(bare.init(0))
    (same,), _ = opened(bare, theta, draw, none, np)
    assert_allclose(same, opened(bare, theta, draw, xp=np)[0][0])


@pytest.mark.parametrize("loss", LOSSES)
def test_sampled_targets_have_the_losss_curvature(loss, rng):
    """The mean of the squared slopes at targets that the model draws is the Hessian in the outputs."""
    criterion = LOSSES[loss]
    assert isinstance(criterion, Likelihood)
    out = np.tile([[0.3, -1.0, 0.8]], (40_000, 1))
    slope = len(out) * criterion.grad(out, criterion.sampled(out, rng))
    exact = len(out) * np.stack(
        [criterion.bend(out, 0.0, np.tile(unit, (len(out), 1)))[0] for unit in np.eye(3)]
    )
    assert_allclose(slope.T @ slope / len(out), exact, atol=0.03 * np.abs(exact).max())


def test_the_first_samples_are_a_draw(x, rng):
    draw = MODELS["vae"].draw(x, rng)
    assert [len(a) for a in first(draw, 3)] == [3, 3, 3] and (first(draw, 3).x == x[:3]).all()
