"""Laws of saturated units: values and derivatives are relatively right, as far as float64 reaches.

The reference is the closed form in extended precision, by exp(-|a|), which nothing cancels. Below
`SMALLEST` NumPy's logistic function stops.
"""

import numpy as np
import pytest

from optae import ENGINES, Autoencoder, Objective

LOGITS = np.array([0, 0.1, 1, 3, 5, 8, 10, 14, 20, 40, 300, 700, 1430, 1e5])
LOGITS = np.concatenate([-LOGITS[:0:-1], LOGITS])
SMALLEST = 3e-304
CLOSE = 1e-11
Real = np.longdouble
OUTPUTS = ["logistic", "logistic:0.5", "tanh", "softplus", "identity", "relu"]
SCORED = [
    *(("half_sse", word) for word in OUTPUTS),
    ("mse", "logistic"),
    *(("bce", word) for word in OUTPUTS[:2]),
]

pytestmark = pytest.mark.skipif(np.finfo(Real).eps > 1e-18, reason="extended precision is not to be had here")


def logistic(a):
    s = np.exp(-abs(a))
    y, rest = np.where(a > 0, 1, s) / (1 + s), np.where(a > 0, s, 1) / (1 + s)
    slope = s / (1 + s) ** 2
    return y, rest, slope, slope * -np.sign(a) * (1 - s) / (1 + s)


def output(word, a):
    """f(a), 1 - f(a), f'(a) and f''(a)."""
    name, _, parameter = word.partition(":")
    k, one = Real(parameter or 1), np.ones_like(a)
    if name == "logistic":
        y, rest, slope, bend = logistic(k * a)
        return y, rest, k * slope, k * k * bend
    if name == "tanh":
        _, rest, slope, bend = logistic(2 * a)
        return np.tanh(a), 2 * rest, 4 * slope, 8 * bend
    if name == "softplus":
        y = np.maximum(a, 0) + np.log1p(np.exp(-abs(a)))
        return y, 1 - y, *(logistic(a)[i] for i in (0, 2))
    slope = one if name == "identity" else np.where(a > 0, one, 0)
    return slope * a, 1 - slope * a, slope, 0 * a


def by_hand(loss, word, target):
    """Value, its slope and its curvature at every logit, of one sample and pixel."""
    a, t = LOGITS.astype(Real), Real(target)
    y, rest, slope, bend = output(word, a)
    miss = (1 - t) * y - t * rest
    if loss == "bce":
        k = Real(word.partition(":")[2] or 1)
        value = np.where(a > 0, 1 - t, -t) * k * a + np.log1p(np.exp(-abs(k * a)))
        return value, k * miss, k * slope
    scale = 2 if loss == "mse" else 1
    return scale * miss**2 / 2, scale * miss * slope, scale * (slope**2 + miss * bend)


def agree(found, reference, what):
    reference = np.asarray(reference, dtype=float)
    error = np.abs(found - reference)
    right = (error <= CLOSE * np.abs(reference)) | (error <= SMALLEST)
    assert right.all(), (what, LOGITS[~right], found[~right], reference[~right])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("target", [0.0, 1.0, 0.25])
@pytest.mark.parametrize(("loss", "word"), SCORED)
def test_an_output_is_right_at_every_logit(loss, word, target, engine):
    """theta is the output's bias: its sum, whatever the input."""
    model = Autoencoder([1, 1, 1], encoder="identity", output=word, loss=loss)
    f, unit = Objective(model, np.array([[target]]), engine=engine), np.array([0.0, 0.0, 0.0, 1.0])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        pairs = [f.value_and_grad(a * unit) for a in LOGITS]
        found = {
            "value": [f(a * unit) for a in LOGITS],
            "value with its gradient": [value for value, _ in pairs],
            "gradient": [grad[3] for _, grad in pairs],
            "Hessian product": [f.hvp(a * unit, unit)[3] for a in LOGITS],
        }
        value, slope, bend = by_hand(loss, word, target)
    for (what, numbers), reference in zip(found.items(), (value, value, slope, bend), strict=True):
        agree(np.array(numbers), reference, what)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("word", OUTPUTS[:4])
def test_a_hidden_unit_is_right_at_every_sum(word, engine):
    """theta is the code's bias; the output adds nothing to the code, and its target is 0."""
    model = Autoencoder([1, 1, 1], encoder="identity", latent=word, output="identity", loss="half_sse")
    f, unit = Objective(model, np.zeros((1, 1)), engine=engine), np.array([0.0, 1.0, 0.0, 0.0])
    thetas = [a * unit + np.array([0.0, 0.0, 1.0, 0.0]) for a in LOGITS]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        y, _, slope, bend = output(word, LOGITS.astype(Real))
        agree(np.array([f.grad(theta)[1] for theta in thetas]), y * slope, "gradient")
        agree(np.array([f.hvp(theta, unit)[1] for theta in thetas]), slope**2 + y * bend, "Hessian product")


@pytest.mark.parametrize("loss", ["half_sse", "bce"])
@pytest.mark.parametrize("engine", ENGINES)
def test_residuals_are_right_at_every_logit(loss, engine):
    model = Autoencoder([1, 1, 1], encoder="identity", output="logistic", loss=loss)
    f, unit = Objective(model, np.ones((1, 1)), engine=engine), np.array([0.0, 0.0, 0.0, 1.0])
    value, slope, _ = by_hand(loss, "logistic", 1.0)
    with np.errstate(over="ignore", under="ignore"):
        residuals = np.array([f.residuals(a * unit)[0] for a in LOGITS])
        jacobian = np.array([f.jacobian(a * unit)[0, 3] for a in LOGITS])
    enough = value > SMALLEST
    agree((0.5 * residuals**2)[enough], value[enough], "half the residual's square")
    agree((residuals * jacobian)[enough], slope[enough], "the gradient by residuals")
