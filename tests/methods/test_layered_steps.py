"""Steps of Shampoo, SOAP and Muon are those of independent computations: dense, by loops, and of optax."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose
from optax.contrib import muon
from scipy.linalg import fractional_matrix_power

from optae.methods.first_order.layered import matrices
from optae.methods.first_order.layered.muon import QUINTIC, ROUNDS, Muon
from optae.methods.first_order.layered.shampoo import Shampoo
from optae.methods.first_order.layered.soap import Soap

RIDGE = 1e-6
SHAPES = [(5, 3), (3, 5), (4, 4), (1, 6), (6, 1)]


def walk(rule, theta, grads):
    """The rule's vectors; it gets copies, as it may overwrite what it is given."""
    state, path = rule.init(theta), []
    for grad in grads:
        theta, state = rule.update(theta, grad.copy(), state)
        path.append(theta)
    return path


def sides(grads, decay):
    """The moving averages of G G' and G' G as sums of all their terms, after each step."""
    for t in range(1, len(grads) + 1):
        terms = [(1 - decay) * decay ** (t - 1 - i) * np.array(grads[i]) for i in range(t)]
        yield (
            sum(a @ g.T for a, g in zip(terms, grads, strict=False)),
            sum(a.T @ g for a, g in zip(terms, grads, strict=False)),
        )


def ridged(a):
    return a + RIDGE * np.linalg.norm(a, 2) * np.eye(len(a))


def adam(grads, rule):
    """Adam's means and steps, number by number."""
    m = v = 0.0
    for t, grad in enumerate(grads, start=1):
        m, v = rule.b1 * m + (1 - rule.b1) * grad, rule.b2 * v + (1 - rule.b2) * grad**2
        yield m, rule.lr * (m / (1 - rule.b1**t)) / (np.sqrt(v / (1 - rule.b2**t)) + rule.eps)


@pytest.mark.parametrize("shape", SHAPES)
def test_shampoo_is_the_root_of_a_kronecker_product_with_adams_length(shape, rng):
    """(L (x) R)^(-1/4) as one matrix of all weights, by Schur's decomposition; refreshed in steps 1 and 4."""
    rule, theta = Shampoo(lr=0.1, b1=0.8, b2=0.9, every=3), rng.normal(size=shape)
    grads = rng.normal(size=(5, *shape))
    found = walk(rule, theta, grads)
    for t, ((mean, step), (left, right)) in enumerate(
        zip(adam(grads, rule), sides(grads, rule.b2), strict=True)
    ):
        if t % rule.every == 0:
            root = fractional_matrix_power(np.kron(ridged(left), ridged(right)), -0.25).real
        direction = (root @ mean.ravel()).reshape(shape)
        theta = theta - np.linalg.norm(step) / np.linalg.norm(direction) * direction
        assert_allclose(found[t], theta, rtol=1e-6, atol=1e-8)


def test_shampoo_takes_the_square_root_of_the_only_side(rng, monkeypatch):
    monkeypatch.setattr(matrices, "MOST", 4)
    rule, theta, grads = Shampoo(lr=0.1), rng.normal(size=(6, 3)), rng.normal(size=(1, 6, 3))
    (mean, step), (_, right) = next(adam(grads, rule)), next(sides(grads, rule.b2))
    direction = mean @ fractional_matrix_power(ridged(right), -0.5)
    expected = theta - np.linalg.norm(step) / np.linalg.norm(direction) * direction
    assert_allclose(walk(rule, theta, grads)[0], expected, rtol=1e-6)


def gram_schmidt(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        column = a[:, j]
        for _ in range(2):
            column = column - q @ (q.T @ column)
        q[:, j] = column / np.linalg.norm(column)
    return q


def basis_of(a):
    """All eigenvectors, largest eigenvalue first, with the diagonal that decides between equal ones."""
    diagonal = np.modf(np.arange(len(a)) * (np.sqrt(5) - 1) / 2)[0]
    values, vectors = np.linalg.eig(a + 0.01 * np.trace(a) * np.diag(diagonal))
    return vectors.real[:, np.argsort(-values.real)]


def iterated(a, q):
    """A power iteration and Gram-Schmidt, and the order of the columns by eigenvalue."""
    values = np.array([c @ a @ c for c in q.T])
    order = np.lexsort((np.arange(len(a)), -np.maximum(values, RIDGE * values.max())))
    return order, gram_schmidt((a + RIDGE * values.max() * np.eye(len(a))) @ q[:, order])


@pytest.mark.parametrize("shape", SHAPES)
def test_soap_is_adam_on_coordinates_in_the_kronecker_product_of_both_bases(shape, rng):
    """In a basis of all weights, turned after Adam's steps 2 and 4; Adam begins with the second gradient."""
    rule, start = Soap(lr=0.1, b1=0.8, b2=0.9, every=2), rng.normal(size=shape)
    grads = rng.normal(size=(6, *shape))
    averages = list(sides(grads, rule.b2))
    bases = [basis_of(side) for side in averages[0]]
    found, theta = walk(rule, start, grads), start.ravel()
    assert_allclose(found[0], start)
    mean, squares = np.zeros(theta.size), np.zeros(theta.size)
    for t in range(1, 6):
        dense, grad = np.kron(*bases), grads[t].ravel()
        mean = rule.b1 * mean + (1 - rule.b1) * grad  # in the axes of the weights
        squares = rule.b2 * squares + (1 - rule.b2) * (dense.T @ grad) ** 2
        scale = np.sqrt(squares / (1 - rule.b2**t)) + rule.eps
        theta = theta - rule.lr * dense @ (dense.T @ mean / (1 - rule.b1**t) / scale)
        assert_allclose(found[t], theta.reshape(shape), rtol=1e-6, atol=1e-8)
        if t % rule.every == 0:
            orders, bases = zip(*(iterated(*at) for at in zip(averages[t], bases, strict=True)), strict=True)
            squares = squares.reshape(shape)[np.ix_(*orders)].ravel()


def test_soap_keeps_the_axes_of_a_side_that_is_left_alone(rng, monkeypatch):
    """In a matrix of one column that is Adam, a step late."""
    monkeypatch.setattr(matrices, "MOST", 4)
    rule, theta, grads = Soap(lr=0.1), rng.normal(size=(6, 1)), rng.normal(size=(4, 6, 1))
    found, steps = walk(rule, theta, grads), adam(grads[1:], rule)
    for vector, (_, step) in zip(found[1:], steps, strict=True):
        theta = theta - step
        assert_allclose(vector, theta, rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_muon_maps_the_singular_values_of_its_momentum(shape, rng):
    rule, theta, grads = Muon(lr=0.1, mass=0.7), rng.normal(size=shape), rng.normal(size=(3, *shape))
    for t, vector in enumerate(walk(rule, theta, grads)):
        mean = sum(0.3 * 0.7 ** (t - i) * grads[i] for i in range(t + 1))
        u, s, vt = np.linalg.svd(0.7 * mean + 0.3 * grads[t], full_matrices=False)
        s /= np.linalg.norm(s)
        for _ in range(ROUNDS):
            s = np.polynomial.polynomial.polyval(s, [0, QUINTIC[0], 0, QUINTIC[1], 0, QUINTIC[2]])
        theta = theta - 0.1 * np.sqrt(max(1, shape[1] / shape[0])) * (u * s) @ vt
        assert_allclose(vector, theta, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES[:2])
def test_muons_first_step_is_optaxs(shape, rng):
    theta, grad = rng.normal(size=shape), rng.normal(size=shape)
    with jax.enable_x64(True):
        theirs = muon(0.02)
        at, slope = jax.numpy.asarray(theta), jax.numpy.asarray(grad)
        move, _ = theirs.update(slope, theirs.init(at), at)
    assert_allclose(walk(Muon(lr=0.02), theta, [grad])[0] - theta, move, rtol=1e-6, atol=1e-9)
