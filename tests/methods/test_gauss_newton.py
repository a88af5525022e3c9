"""Laws of `lm`: its step is the dense Jacobian's, however solved; it descends; letters come out exact."""

import time

import numpy as np
import pytest
from models import DECK_A, MODELS
from numpy.testing import assert_allclose

import optae
from optae.evaluation.metrics import Target
from optae.experiments.experiment import Experiment
from optae.methods import METHODS
from optae.methods.gauss_newton.damping import Damping
from optae.methods.gauss_newton.linear import SOLVERS, by_cg
from optae.methods.gauss_newton.linearised import Linearised
from optae.methods.gauss_newton.method import GaussNewton
from optae.model.activations import ACTIVATIONS, Identity, Tanh
from optae.model.initializers import INITS
from optae.model.network import Network, Sweep

PERFECT = Target(0, "max_pixel_error")
DECK_B = {"encoder": "logistic", "latent": "logistic", "decoder": "logistic"}


def about(model, x, rng, samples=7, scale=0.1):
    """A theta near the start, and the model's draw of a few samples linearised there."""
    theta = model.init(0) + scale * rng.standard_normal(model.size)
    f = optae.Objective(model, x[:samples])
    return f, theta, Linearised(model, f.draw, theta)


def dense(linear):
    return np.vstack(list(linear.pieces()))


@pytest.mark.parametrize("solver", ["samples", "parameters"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("loss", ["half_sse", "mse", "bce"])
def test_the_step_is_the_dense_jacobians(loss, bias, solver, x, rng):
    """theta's step p minimises |r + A p|^2 + damping |C^-1 p|^2, with A = H^1/2 d out / d theta."""
    model = optae.Autoencoder([35, 5, 3, 2], loss=loss, bias=bias, decoder="logistic", encoder="tanh")
    f, theta, linear = about(model, x, rng)
    out = model.scored_network.forward(
        model.layout.unpack(theta), model.encode(theta, f.draw.x)
    )  # what the loss scores
    slope = np.broadcast_to(model.criterion.residual_slope(out, f.draw.target), out.shape)
    root = np.sqrt(np.broadcast_to(model.criterion.curvature(out, f.draw.target), out.shape))
    a = f.jacobian(theta) * (root / slope).reshape(-1, 1)
    r = (model.criterion.grad(out, f.draw.target) / root).ravel()
    c = np.stack([linear.step(e) for e in np.eye(model.size)], axis=1)
    for damping in (1e-4, 1.0):
        tall = np.vstack([a @ c, damping**0.5 * np.eye(model.size)])
        q = np.linalg.lstsq(tall, np.concatenate([-r, np.zeros(model.size)]))[0]
        p = linear.step(SOLVERS[solver](linear)(damping)(linear.residuals))
        assert_allclose(p, c @ q, atol=1e-8 * np.abs(p).max())


def test_the_solvers_agree(model, x, rng):
    _, _, linear = about(model, x, rng)
    samples, parameters, cg = (
        solver(linear)(1e-2)(linear.residuals)
        for solver in (SOLVERS["samples"], SOLVERS["parameters"], lambda a: by_cg(a, 10_000, 0.0))
    )
    assert_allclose(parameters, samples, atol=1e-8 * np.abs(samples).max())
    assert_allclose(cg, samples, atol=1e-6 * np.abs(samples).max())


def test_products_and_matrices_are_of_one_jacobian(model, x, rng):
    f, theta, linear = about(model, x, rng)
    a = dense(linear)
    v, q = rng.standard_normal(len(a)), rng.standard_normal(model.size)
    assert linear.shape == a.shape
    assert_allclose(np.triu(linear.gram()), np.triu(a @ a.T), atol=1e-10)
    assert_allclose(np.triu(linear.normal()), np.triu(a.T @ a), atol=1e-10)
    assert_allclose(linear.pull(v), a.T @ v, atol=1e-10)
    assert_allclose(linear.push(q), a @ q, atol=1e-10)
    assert_allclose(linear.product(q), a.T @ (a @ q), atol=1e-9)
    slope = (f.grad(theta) - model.l2 * theta) @ linear.step(q)  # test_l2 has the rows of L2
    assert_allclose(linear.residuals @ linear.push(q), slope, rtol=1e-9, atol=1e-12)


def test_a_sampled_bottlenecks_rows_are_the_penaltys_curvature(x, rng):
    """Where the decoder ignores the code, A^T A is the penalty's Hessian, but for its h's own curvature."""
    model = optae.Autoencoder([35, 2], bottleneck=optae.Gaussian(0.7), loss="half_sse", output="identity")
    theta = 0.3 * rng.standard_normal(model.size)
    model.layout.unpack(theta)["decoder.0.weight"][...] = 0
    f = optae.Objective(model, x[:5])
    linear, inside = Linearised(model, f.draw, theta), model.encoder_network.layout.size
    v = np.concatenate([rng.standard_normal(inside), np.zeros(model.size - inside)])
    q = np.linalg.solve(np.stack([linear.step(e) for e in np.eye(model.size)], axis=1), v)
    assert_allclose(linear.push(q) @ linear.push(q), v @ f.hvp(theta, v), rtol=1e-6)


def test_damping_is_measured_where_the_diagonal_has_mean_one(x, rng):
    for model in (MODELS["bce"], optae.Autoencoder([35, 6, 2], **DECK_B), MODELS["deck-a"]):
        _, _, linear = about(model, x, rng)
        diagonal = np.square(dense(linear)).sum(axis=0)
        for name, part in model.layout.unpack(diagonal).items():
            assert_allclose(part.mean(), 1, rtol=1e-8, err_msg=name)


def test_saturated_outputs_do_not_divide_by_zero(x):
    model = MODELS["bce"]
    linear = Linearised(model, optae.Objective(model, x).draw, 300 * model.init(0))
    assert np.isfinite(linear.residuals).all()
    assert np.isfinite(SOLVERS["samples"](linear)(0.01)(linear.residuals)).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_it_descends_on_every_model(model, solver, x):
    problem = optae.Problem(model, x[:8])
    if model.l2 and solver == "samples":
        assert METHODS["lm"](solver=solver).refuses(problem)
        return
    start = problem.objective()(problem.start())
    result = optae.fit(problem, METHODS["lm"](solver=solver), max_iterations=12)
    assert result.status in ("max_iterations", "converged"), result.message
    assert problem.objective()(result.theta) < 0.7 * start
    spent = result.evaluations
    assert (spent["hvp"] > 0) == (solver == "cg") and (spent["jacobian"] == 0) == (solver == "cg")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_descends_with_every_activation(activation, x):
    model = optae.Autoencoder([35, 8, 3], encoder=activation, decoder=activation, output="logistic")
    problem = optae.Problem(model, x[:10])
    result = optae.fit(problem, METHODS["lm"](), max_iterations=15)
    assert result.value < 0.5 * problem.objective()(problem.start())


@pytest.mark.parametrize("engine", ["autograd", "jax"])
def test_every_engine_walks_the_same_path(engine, x):
    paths = [
        optae.fit(optae.Problem(MODELS["bce"], x, engine=name), METHODS["lm"](), max_iterations=4).theta
        for name in ("numpy", engine)
    ]
    assert_allclose(paths[1], paths[0], atol=1e-7)


def test_it_obeys_its_budget(x):
    problem, method = optae.Problem(MODELS["bce"], x), METHODS["lm"]()
    result = optae.fit(problem, method, max_iterations=3)
    assert (result.status, result.iterations, result.evaluations["jacobian"]) == ("max_iterations", 3, 3)
    for most in (1, 2, 3, 50):
        result = optae.fit(problem, method, max_evaluations=most)
        assert result.status == "max_evaluations" and sum(result.evaluations.values()) == most
    started = time.perf_counter()
    assert optae.fit(problem, METHODS["lm"](solver="cg"), max_seconds=0.2).status == "max_seconds"
    assert time.perf_counter() - started < 5
    halfway = optae.fit(problem, method, target=result.value, max_iterations=100)
    assert halfway.status == "target" and halfway.value <= result.value


def test_it_starts_again_while_a_target_or_a_budget_remains(x):
    model = optae.Autoencoder([35, 3, 1], loss="half_sse", encoder="relu", decoder="relu")
    problem = optae.Problem(model, x[:8])
    once = optae.fit(problem, METHODS["lm"]())
    assert once.status == "converged" and "restart" not in once.message
    never = optae.fit(problem, METHODS["lm"](restarts=2), target=-1.0)
    assert never.status == "converged" and never.message.endswith("after 2 restarts")
    assert never.value <= once.value
    again = optae.fit(problem, METHODS["lm"](restarts=2), target=-1.0)
    assert_allclose(again.theta, never.theta, rtol=0)
    budget = optae.fit(problem, METHODS["lm"](), max_iterations=never.iterations - 1)
    assert budget.status == "max_iterations" and "after 2 restarts" in budget.message


@pytest.mark.parametrize("seed", [0, 1])
def test_every_letter_is_reconstructed_exactly(seed, x):
    model = optae.Autoencoder([35, 60, 50, 30, 2])
    result = optae.fit(optae.Problem(model, x, seed=seed), METHODS["lm"](), target=PERFECT, max_iterations=60)
    assert result.status == "target", result.message


@pytest.mark.parametrize("widths", [[35, 15, 2], [35, 60, 50, 30, 2]])
def test_deck_bs_logistic_network_reconstructs_every_letter(widths, x):
    problem = optae.Problem(optae.Autoencoder(widths, **DECK_B), x)
    result = optae.fit(problem, METHODS["lm"](), target=PERFECT, max_iterations=150)
    assert result.status == "target", result.message


def test_deck_as_exceptional_network_is_surpassed_at_once(x):
    problem = optae.Problem(optae.Autoencoder([35, 20, 15, 2], init="uniform", **DECK_A), x)
    result = optae.fit(problem, METHODS["lm"](), target=0.127039, max_iterations=60)
    assert result.status == "target", result.message


@pytest.mark.parametrize("gain", ["", ":1.6"])
def test_a_centred_start_is_a_tanh_networks(gain, x):
    """The same function, and the start that a logistic network with biases takes by itself."""
    logistic, tanh = (
        optae.Autoencoder([35, 9, 4, 2], encoder=word, latent=word, decoder=word, output="logistic" + gain)
        for word in ("logistic" + gain, "tanh")
    )
    assert_allclose(logistic.reconstruct(logistic.init(3), x), tanh.reconstruct(tanh.init(3), x), rtol=1e-12)
    named = optae.Autoencoder(**{**logistic.words, "init": "centred"})
    assert_allclose(named.init(3), logistic.init(3), rtol=0)
    asked = Experiment(arch=logistic.widths, **dict.fromkeys(("encoder", "latent", "decoder"), "logistic"))
    centred = optae.Autoencoder([35, 9, 4, 2], **DECK_B, init="centred")
    assert_allclose(asked.model(asked.data()).init(3), centred.init(3), rtol=0)
    with pytest.raises(ValueError, match="use glorot"):
        optae.Autoencoder([35, 2], init="centred", bias=False)


@pytest.mark.parametrize("init", sorted(set(INITS) - {"centred", "sparse", "torch"}))
def test_other_starts_draw_weights_in_order_and_leave_biases_zero(init):
    parts = optae.Autoencoder([35, 9, 2], init=init).layout.unpack(
        optae.Autoencoder([35, 9, 2], init=init).init(5)
    )
    rng = np.random.default_rng(5)
    for array in parts.values():
        if array.ndim == 1:
            assert not array.any()
            continue
        bound = 1 if init == "uniform" else (6 / sum(array.shape)) ** 0.5
        drawn = rng.standard_normal(array.shape) if init == "he" else rng.uniform(-bound, bound, array.shape)
        assert_allclose(array, (2 / len(array)) ** 0.5 * drawn if init == "he" else drawn, rtol=0)


def test_a_start_like_pytorchs_draws_biases_too_within_a_root_of_the_inputs():
    model = optae.Autoencoder([35, 9, 2], init="torch")
    rng, parts = np.random.default_rng(5), model.layout.unpack(model.init(5))
    for inputs, layer in ((35, "encoder.0"), (9, "encoder.1"), (2, "decoder.0"), (9, "decoder.1")):
        for part in ("weight", "bias"):
            drawn = rng.uniform(-(inputs**-0.5), inputs**-0.5, parts[f"{layer}.{part}"].shape)
            assert_allclose(parts[f"{layer}.{part}"], drawn, rtol=0)
    assert optae.Autoencoder([35, 9, 2], init="torch", bias=False).size == 2 * (35 * 9 + 9 * 2)


def test_a_sparse_start_gives_each_unit_15_inputs():
    model = optae.Autoencoder([35, 100, 9, 2], init="sparse")
    parts = model.layout.unpack(model.init(5))
    for name, array in parts.items():
        if array.ndim == 2:
            assert ((array != 0).sum(axis=0) == min(15, len(array))).all(), name
        else:
            assert not array.any(), name
    drawn = parts["encoder.0.weight"][parts["encoder.0.weight"] != 0]
    assert abs(drawn.std() - 1) < 0.1 and abs(drawn.mean()) < 0.1
    chosen = (parts["encoder.0.weight"] != 0).mean(axis=1)
    assert chosen.min() > 0.2  # no input is left out


def test_invalid_options_are_refused_up_front(x):
    for wrong in ({"solver": "sample"}, {"damping": 0.0}, {"restarts": -1}, {"ftol": -1.0}, {"patience": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            METHODS["lm"](**wrong)
    wide = optae.Problem(optae.Autoencoder([35, 2000, 2]), x)
    with pytest.raises(ValueError, match="solver=cg"):
        optae.fit(wide, METHODS["lm"](solver="parameters"), max_iterations=1)


def test_the_cheapest_solver_is_chosen():
    def chosen(widths, n, **words):
        problem = optae.Problem(optae.Autoencoder(widths, **words), np.zeros((n, widths[0])))
        return GaussNewton()._solver(problem)

    assert chosen([35, 60, 50, 30, 2], 32) == "samples"
    assert chosen([4, 1], 5000) == "parameters"
    assert chosen([64, 100, 50, 10], 1797) == "cg"
    assert chosen([35, 60, 50, 30, 2], 32, bottleneck=optae.Gaussian()) == "samples"


# any residuals

SINC = Network("net", (1, 20, 1), (Tanh(), Identity()))


def curve(points):
    """Residuals of y = sinc(10 x) on so many points, half their sum of squares the mse; and Jacobian."""
    x = np.linspace(-1, 1, points)[:, None]
    scale, y = (2 / points) ** 0.5, np.sinc(10 * x)

    def residuals(theta):
        return scale * (SINC.forward(SINC.layout.unpack(theta), x) - y).ravel()

    def jacobian(theta):
        rows = np.empty((points, 1, SINC.layout.size))
        into = {name: rows[:, :, at].reshape(points, 1, *shape) for name, at, shape in SINC.layout.slots}
        Sweep(SINC, SINC.layout.unpack(theta), x).sensitivities(np.full((points, 1, 1), scale), into)
        return rows.reshape(points, -1)

    return residuals, jacobian


def test_sinc_to_1e_8():
    """61 parameters; 1000 points, the batch of the public trainers, judged on their 20,000."""
    start = np.random.default_rng(0).uniform(-1, 1, SINC.layout.size)
    found = optae.levenberg_marquardt(curve(1000)[0], start, curve(1000)[1], target=9e-9)
    assert SINC.layout.size == 61 and found.value <= 9e-9, found.message
    assert np.square(curve(20_000)[0](found.theta)).sum() / 2 <= 1e-8


def test_any_residuals_by_either_form(rng):
    """Rosenbrock's valley; and a linear system with more unknowns than rows, whose least squares vanish."""

    def valley(t):
        return np.array([10 * (t[1] - t[0] ** 2), 1 - t[0]])

    found = optae.levenberg_marquardt(
        valley, np.array([-1.2, 1]), lambda t: np.array([[-20 * t[0], 10], [-1, 0]])
    )
    assert_allclose(found.theta, 1, atol=1e-7)
    assert found.evaluations > found.iterations > 0 and found.jacobians >= found.iterations
    wide, b = rng.standard_normal((3, 8)), rng.standard_normal(3)
    found = optae.levenberg_marquardt(lambda t: wide @ t - b, np.zeros(8), lambda t: wide)
    assert_allclose(wide @ found.theta, b, atol=1e-8)
    assert found.message == "the gradient vanishes"


def test_a_target_stops_any_residuals():
    def residuals(t):
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(t) - 2  # no number left of 0

    def jacobian(t):
        return np.diag(1 / t)

    found = optae.levenberg_marquardt(residuals, np.array([30.0]), jacobian, rules=Damping(damping=1e-6))
    assert_allclose(found.theta, np.exp(2), rtol=1e-8)
    few = optae.levenberg_marquardt(residuals, np.array([30.0]), jacobian, max_iterations=1)
    assert few.iterations == 1 and few.message == "spent 1 iterations"
    near = optae.levenberg_marquardt(residuals, np.array([30.0]), jacobian, target=0.1)
    assert 0 < near.value <= 0.1
