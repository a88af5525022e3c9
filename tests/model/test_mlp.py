"""Laws of networks that predict, for every loss and activation: derivatives, steps, predictions, metrics."""

import warnings

import numpy as np
import pytest
from models import LOSSES_OF, predictor, targets_for
from numpy.testing import assert_allclose, assert_array_equal

import optae
from optae.check import certify
from optae.evaluation.metrics import Target, measure
from optae.methods import METHODS
from optae.methods.gauss_newton.linear import SOLVERS, by_cg
from optae.methods.gauss_newton.linearised import Linearised
from optae.model.activations import ACTIVATIONS
from optae.model.bottlenecks import Gaussian, Point
from optae.model.chain import Chain
from optae.model.losses import LOSSES
from optae.model.network import Network
from optae.model.standard import Standard

EVERY_LOSS = pytest.mark.parametrize("loss", LOSSES_OF)


def close(a, b, relative=1e-12):
    assert np.linalg.norm(np.asarray(a) - b) <= relative * np.linalg.norm(b)


def agree(model, x, y, other, rng, jacobian=True):
    by_hand = optae.Objective(model, x, y)
    theirs = optae.Objective(model, x, y, engine=other)
    theta, v = model.init(0) + 0.1, rng.standard_normal(model.size)
    assert_allclose(theirs(theta), by_hand(theta), rtol=1e-12)
    close(theirs.grad(theta), by_hand.grad(theta))
    close(theirs.hvp(theta, v), by_hand.hvp(theta, v))
    if jacobian and model.residual_reason(y) is None:
        close(theirs.jacobian(theta), by_hand.jacobian(theta))
        close(by_hand.jacobian(theta).T @ by_hand.residuals(theta), by_hand.grad(theta))


@EVERY_LOSS
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_autograd_agrees_with_every_loss_and_activation(loss, hidden, rng):
    model = predictor(loss, hidden)
    agree(model, *targets_for(model, rng), "autograd", rng)


@pytest.mark.parametrize(
    ("loss", "hidden"), [*zip([*LOSSES_OF, "cross_entropy", "bce"], ACTIVATIONS, strict=True)]
)
def test_jax_agrees_with_every_loss_and_every_activation(loss, hidden, rng):
    model = predictor(loss, hidden)
    agree(model, *targets_for(model, rng), "jax", rng, jacobian=loss == "mse")


@EVERY_LOSS
def test_a_certificate_confirms_every_layer(loss, rng):
    model = predictor(loss, widths=(4, 5, 3))
    x, y = targets_for(model, rng)
    found = certify(model, x, ["numpy"], y=y)
    assert found.ok, found.summary


def outputs_jacobian(model, theta, x):
    """d outputs / d theta (n, k, size) by central differences of the scored outputs."""

    def out(t):
        return model.networks[-1].forward(model.layout.unpack(t), x)

    step = 1e-6
    return np.stack(
        [(out(theta + step * e) - out(theta - step * e)) / (2 * step) for e in np.eye(len(theta))], 2
    )


@EVERY_LOSS
@pytest.mark.parametrize("bias", [True, False])
def test_lms_step_is_the_dense_solution(loss, bias, rng):
    """It minimises g.s + s.(J^T H J)s / 2 + damping |C^-1 s|^2 / 2 over steps s, by each of the solvers."""
    model = predictor(loss, "softplus", bias=bias)
    x, y = targets_for(model, rng, 7)
    f, theta = optae.Objective(model, x, y), model.init(1)
    linear, jacobian = Linearised(model, f.draw, theta), outputs_jacobian(model, theta, x)
    out, columns = model.networks[-1].forward(model.layout.unpack(theta), x), []
    for v in jacobian.transpose(2, 0, 1):
        columns.append(np.einsum("nk,nks->s", model.criterion.bend(out, f.draw.target, v), jacobian))
    curvature = np.array(columns)
    c = np.stack([linear.step(e) for e in np.eye(model.size)], axis=1)
    for damping in (1e-3, 1.0):
        dense = c @ -np.linalg.solve(c.T @ curvature @ c + damping * np.eye(model.size), c.T @ f.grad(theta))
        for name in ("samples", "parameters"):
            step = linear.step(SOLVERS[name](linear)(damping)(linear.residuals))
            assert_allclose(step, dense, atol=1e-5 * np.abs(dense).max(), err_msg=name)
        by_products = linear.step(by_cg(linear, 10_000, 0.0)(damping)(linear.residuals))
        assert_allclose(by_products, dense, atol=1e-5 * np.abs(dense).max())


class Three(Chain):
    """Three networks with two bottlenecks between them: a chain that no other model has."""

    widths, bias, loss_name, init_name, corruption, words = (5, 3, 2, 5), True, "bce", "glorot", None, {}

    def __init__(self, *between):
        tanh = ACTIVATIONS["tanh"](), ACTIVATIONS["identity"]()
        first = Network("a", (5, 4, between[0].width(2)), tanh)
        second = Network("b", (2, 3, 2), tanh)
        self._stages = first, between[0], second, between[1], Network("c", (2, 4, 5), tanh)

    @property
    def stages(self):
        return self._stages

    def draw(self, x, rng, y=None):
        return optae.Draw(x, x, rng.standard_normal((len(x), 2)))


@pytest.mark.parametrize(
    "between", [(Point(), Point()), (Gaussian(0.7), Point())], ids=["points", "gaussian"]
)
def test_derivatives_and_rows_follow_any_chain(between, rng):
    model, x = Three(*between), rng.random((6, 5))
    draw, theta, v = model.draw(x, rng), model.init(0) + 0.1, rng.standard_normal((2, model.size))

    def slope(f, t, along, h=1e-4):
        return (8 * (f(t + h / 2 * along) - f(t - h / 2 * along)) - f(t + h * along) + f(t - h * along)) / (
            6 * h
        )

    assert_allclose(
        model.value_and_grad(theta, draw)[1] @ v[0], slope(lambda t: model.loss(t, draw), theta, v[0])
    )
    found = slope(lambda t: model.value_and_grad(t, draw)[1], theta, v[0])
    assert_allclose(model.hvp(theta, v[0], draw), found, atol=1e-7)
    linear = Linearised(model, draw, theta)
    a, q = np.vstack(list(linear.pieces())), v[1]
    assert_allclose(linear.push(q), a @ q, atol=1e-10)
    assert_allclose(linear.pull(linear.residuals), a.T @ linear.residuals, atol=1e-10)
    assert_allclose(np.triu(linear.gram()), np.triu(a @ a.T), atol=1e-10)
    assert_allclose(
        linear.residuals @ (a @ q), model.value_and_grad(theta, draw)[1] @ linear.step(q), rtol=1e-9
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_every_method_trains_a_network_that_predicts(method, loss, rng):
    model = predictor(loss, widths=(4, 2, 3) if method == "least-squares-lm" else (4, 3, 3))
    problem = optae.Problem(model, *targets_for(model, rng), engine=METHODS[method].engine)
    if reason := METHODS[method]().refuses(problem):
        assert "residuals" in reason and loss == "cross_entropy", reason
        return
    result = optae.fit(problem, METHODS[method](), max_evaluations=80)
    assert result.status not in ("failed", "diverged"), result.message
    assert result.value <= problem.objective()(problem.start())
    assert set(result.metrics) == ({"accuracy"} if loss == "cross_entropy" else {"rmse", "r2"})


@pytest.mark.parametrize(("hidden", "words"), [("tanh", {}), ("relu", {"bias": True}), ("logistic", {})])
@EVERY_LOSS
def test_predictions_and_metrics_are_scikit_learns(loss, hidden, words, rng):
    metrics = pytest.importorskip("sklearn.metrics")
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    classes = loss in ("bce", "cross_entropy")
    if loss == "mse":
        pytest.skip("scikit-learn's outputs of numbers are identities")
    model = predictor(loss, hidden, **words)
    x, y = targets_for(model, rng, 30)
    labels = y.argmax(axis=1) if loss == "cross_entropy" else y
    kind = MLPClassifier if classes else MLPRegressor
    theirs = kind(hidden_layer_sizes=(6, 5), activation=hidden, max_iter=1, batch_size=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one pass does not converge
        theirs.fit(x, labels)
    theta = np.zeros(model.size)
    parts = model.layout.unpack(theta)
    for i, (weight, bias) in enumerate(zip(theirs.coefs_, theirs.intercepts_, strict=True)):
        parts[f"network.{i}.weight"][...], parts[f"network.{i}.bias"][...] = weight, bias
    found = model.predict(theta, x)
    assert_allclose(found, theirs.predict_proba(x) if classes else theirs.predict(x), rtol=1e-12)
    ours = measure(model, theta, x, y)
    if classes:
        assert ours == {"accuracy": metrics.accuracy_score(labels, theirs.predict(x))}
        return
    assert_allclose(ours["rmse"], metrics.root_mean_squared_error(y, theirs.predict(x)), rtol=1e-12)
    assert_allclose(ours["r2"], metrics.r2_score(y, theirs.predict(x)), rtol=1e-12)


def test_standards_are_applied_to_data_and_undone_in_predictions(rng):
    plain = predictor("half_sse", widths=(3, 4, 2))
    x, y = 1e3 * rng.random((20, 3)), 1e-3 * rng.random((20, 2)) + 5
    x[:, 1] = 7  # does not vary
    scaled = optae.MLP(**{**plain.words, "standard_x": Standard.of(x), "standard_y": Standard.of(y)})
    theta = plain.init(0)
    seen, goal = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1), (y - y.mean(0)) / y.std(0)
    assert_allclose(optae.Objective(scaled, x, y)(theta), optae.Objective(plain, seen, goal)(theta))
    assert_allclose(scaled.predict(theta, x), plain.predict(theta, seen) * y.std(0) + y.mean(0))
    assert optae.MLP.of(scaled.words) == scaled and hash(optae.MLP.of(scaled.words)) == hash(scaled)
    assert_allclose(measure(scaled, theta, x, y)["r2"], measure(plain, theta, seen, goal)["r2"])


def test_the_softmax_of_any_logits_is_precise(rng):
    """A saturated class: the loss and its gradient are about exp(-gap), not rounded to 0; none overflows."""
    c, target = LOSSES["cross_entropy"], np.array([[1.0, 0, 0]])
    for gap in (1.0, 40.0, 300.0, 1e5):
        out = np.array([[gap, 0.0, -gap]])
        rest = np.exp(-gap) + np.exp(-2 * gap)
        assert_allclose(c.value(out, target), np.log1p(rest), rtol=1e-14)
        assert_allclose(c.grad(out, target)[0, 0], -rest / (1 + rest), rtol=1e-14)
        assert_allclose(c.value(out, target[:, ::-1]), 2 * gap + np.log1p(rest), rtol=1e-14)
        assert np.isfinite(c.factor(out, target, 1e-8).solve(c.grad(out, target))).all()
    p, out = np.array([[0.2, 0.3, 0.5], [1e-3, 0.5, 0.499]]), rng.normal(size=(2, 3))
    f = c.factor(np.log(p), target, 0.0)
    for i in range(2):
        ours = f.rows()[i].T @ f.rows()[i]
        assert_allclose(ours, (np.diag(p[i]) - np.outer(p[i], p[i])) / 2, atol=1e-16)
    grad = c.grad(np.log(p), np.eye(3)[:2])
    assert_allclose(f.pull(f.solve(grad)), grad, atol=1e-15)
    assert_allclose(f.push(out), np.einsum("nkd,nd->nk", f.rows(), out), atol=1e-15)
    assert_array_equal(c.predicted(np.log(p)).sum(axis=1).round(15), 1)


def test_labels_are_rows_with_one_1(rng):
    model = predictor("cross_entropy")
    x, y = targets_for(model, rng)
    assert_array_equal(optae.Problem(model, x, y.argmax(axis=1)).y, y)
    numbers = predictor("half_sse", widths=(4, 3, 1))
    assert optae.Problem(numbers, x, np.arange(12)).y.shape == (12, 1)


def test_held_out_samples_are_measured_and_never_seen(rng):
    model = predictor("half_sse", widths=(4, 3, 1))
    x, y = targets_for(model, rng, 30)
    problem = optae.Problem(model, x[:20], y[:20], heldout=x[20:], heldout_y=y[20:])
    result = optae.fit(problem, METHODS["lm"](), max_iterations=5)
    alone = optae.fit(optae.Problem(model, x[:20], y[:20]), METHODS["lm"](), max_iterations=5)
    assert_array_equal(result.theta, alone.theta)
    unseen = measure(model, result.theta, x[20:], y[20:])
    assert {name: result.metrics[f"heldout_{name}"] for name in unseen} == unseen
    assert_allclose(result.trace["heldout_rmse"].iloc[-1], unseen["rmse"])
    assert "max_pixel_error" not in result.trace and "accuracy" not in result.trace
    reached = optae.fit(problem, METHODS["lm"](), target=Target(0.5, "r2"), max_iterations=50)
    assert reached.status == "target" and reached.metrics["r2"] >= 0.5


@pytest.mark.parametrize("splits", [False, True])
@pytest.mark.parametrize("options", [{}, {"batch": 4}], ids=str)
def test_seeds_train_together_as_alone_also_on_data_of_their_own(options, splits, rng):
    model = predictor("cross_entropy", widths=(4, 5, 3))
    x, y = targets_for(model, rng)
    parts = [slice(k, 8 + k) if splits else slice(None) for k in range(2)]
    problems = [optae.Problem(model, x[at], y[at], engine="jax", seed=s) for s, at in enumerate(parts)]
    problems = problems if splits else [optae.Problem(model, x, y, engine="jax", seed=s) for s in range(2)]
    method = METHODS["adam"](**options)
    assert method.suits(problems[0])
    from optae.training.fit import fit_together

    for one, problem in zip(fit_together(problems, method, max_iterations=4), problems, strict=True):
        assert_allclose(one.theta, optae.fit(problem, method, max_iterations=4).theta, atol=1e-9)


def test_compiled_epochs_take_targets_along(rng):
    from optae.engines.hardware import Hardware
    from optae.methods.first_order.compiled_epochs import Epochs

    model = predictor("cross_entropy", widths=(4, 5, 3), standard_x=Standard((1.0,) * 4, (3.0,) * 4))
    problem = optae.Problem(model, *targets_for(model, rng), engine="jax")
    loop = METHODS["adam"](batch=4)
    compiled = Epochs(loop.rule, 4, hardware=Hardware("float64"))
    thetas = [optae.fit(problem, method, max_iterations=3).theta for method in (loop, compiled)]
    assert_allclose(*thetas, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x, y: optae.Problem(predictor("mse"), x), "give `y`"),
        (lambda x, y: optae.Problem(predictor("mse"), x, "jax"), "engine='jax'"),
        (lambda x, y: optae.Problem(predictor("mse"), x, y[:-1]), "12 samples and 3 outputs"),
        (lambda x, y: optae.Problem(predictor("mse"), x, y + np.inf), "targets hold"),
        (lambda x, y: optae.Problem(predictor("bce"), x, y - 1), "scale them"),
        (lambda x, y: optae.Problem(predictor("cross_entropy"), x, 2 * y), "rows that sum to 1"),
        (lambda x, y: optae.Problem(predictor("cross_entropy"), x, np.arange(12)), "class 3 of sample 3"),
        (lambda x, y: optae.Problem(predictor("cross_entropy"), x[:, :2], y), "2 features"),
        (
            lambda x, y: optae.Problem(optae.Autoencoder([4, 2]), np.zeros((3, 4)), np.zeros((3, 4))),
            "leave `y`",
        ),
        (lambda x, y: optae.Autoencoder([4, 2], loss="cross_entropy"), "for classes, not pixels"),
        (lambda x, y: optae.MLP([4, 3, 1], loss="cross_entropy"), "2 or more"),
        (lambda x, y: optae.MLP([4, 3], loss="cross_entropy", output="tanh"), "needs an identity output"),
        (lambda x, y: optae.MLP([4, 3], loss="bce", output="tanh"), "needs a logistic output"),
        (lambda x, y: optae.MLP([4]), "too short"),
        (lambda x, y: optae.MLP([4, 3], loss="bce", standard_y=Standard.of(y)), "leave `standard_y` out"),
        (lambda x, y: optae.MLP([5, 3], standard_x=Standard.of(x)), "does not fit 5"),
        (
            lambda x, y: optae.fit(
                optae.Problem(predictor("mse"), x, y), METHODS["lm"](), target=Target(0, "max_pixel_error")
            ),
            "loss, rmse, r2",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(make, words, rng):
    x, y = targets_for(predictor("cross_entropy"), rng)
    with pytest.raises(ValueError, match=words) as error:
        make(x, y)
    assert "\n" not in str(error.value)
