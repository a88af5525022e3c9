"""Batches of a method whose steps are its own: they grow in a few sizes, over the same permutations."""

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_allclose

import optae
from optae.engines import engine
from optae.methods.compiled.batches import Batches, packed

MODEL = optae.Autoencoder([35, 2], loss="mse")


@dataclass(frozen=True)
class Plain:
    """Gradient descent, which counts its steps; 2 operations a step besides those of the loss."""

    def refuses(self, model):
        return None

    @property
    def code(self):
        return self

    def begin(self, model, theta):
        return model.layout.unpack(theta), np.int32(0)

    def step(self, model):
        def loss(arrays, draw, time, xp):
            value = model.loss_of(arrays, draw, xp)
            return value, value

        def move(arrays, grads, count, time, xp):
            return {name: arrays[name] - 0.5 * grads[name] for name in arrays}, count + 1

        return engine("jax").compiler.descent(loss, move)

    def theta(self, model, carry):
        return packed(model, carry[0])

    def work(self, model, before, steps, batch, counted):
        assert counted == steps
        return 2.0 * steps

    def count(self, carry):
        return float(carry[1])


def test_growing_batches_train_as_by_hand(letters):
    problem = optae.Problem(MODEL, letters.x, engine="jax", seed=3)
    result = optae.fit(problem, Batches(Plain(), 8, growth=4.0), max_iterations=3)
    theta, orders = problem.start(), problem.orders(1)
    for size in (8, 16, 32):
        for batch in next(orders).reshape(-1, size):
            theta = theta - 0.5 * optae.Objective(MODEL, letters.x[batch]).grad(theta)
    assert_allclose(result.theta, theta, rtol=1e-9)
    price = problem.objective().prices
    assert result.operations == pytest.approx(3 * (price.value + price.grad) + 2 * (4 + 2 + 1))


def test_batches_grow_in_a_few_sizes():
    sizes = [*islice(Batches(Plain(), growth=40.0).sizes(60_000, 1000), 60)]
    assert sizes == sorted(sizes) and len({*sizes}) <= 7 and sizes[0] == 1000 and sizes[-1] == 60_000
    assert {*islice(Batches(Plain()).sizes(60_000, 1000), 9)} == {1000}


def test_what_cannot_run_is_refused():
    problem = optae.Problem(MODEL, np.zeros((3, 35)))
    assert "choose engine jax" in Batches(Plain()).refuses(problem)
    with pytest.raises(ValueError, match="growth=-1"):
        Batches(Plain(), growth=-1)
    with pytest.raises(ValueError, match="batch 0"):
        Batches(Plain(), 0)
