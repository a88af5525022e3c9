"""What is charged is what is done: products and factorisations are intercepted, for every method."""

import re
import time

import numpy as np
import pytest
from models import DECK_A, MODELS
from operations import counted, seen

import optae
from optae.methods import METHODS
from optae.methods.gauss_newton.linear import factorised
from optae.methods.gauss_newton.linearised import Linearised
from optae.training.budget import Budget, Stop
from optae.training.trace import Trace

SMALL = optae.Autoencoder([12, 4, 2], **DECK_A)  # 112 parameters
BIASED = optae.Autoencoder([12, 4, 2])  # 130
TINY = optae.Autoencoder([6, 3, 2])  # 61
LEAST = optae.Autoencoder([4, 1])  # 13
CHOSEN = {"cobyqa": LEAST, "lm": BIASED} | dict.fromkeys(
    ("slsqp", "trust-exact", "least-squares-trf", "least-squares-lm"), TINY
)
OTHERS = ("powell-fast", "lm", *(name for name, spec in METHODS.items() if spec.engine == "jax"))  # compiled
WAYS = [(name, {}) for name in METHODS if name not in OTHERS]
WAYS += [("lm", {"solver": solver}) for solver in ("samples", "parameters", "cg")]


def pairs(result, n):
    """L-BFGS-B, of 10 pairs at most: 8 products of n numbers with each."""
    return sum(16 * min(k, 10) * n for k in range(1, result.iterations + 1))


def minpacks(result, n):
    """A QR decomposition of 32 x 6 residuals for each Jacobian, and one more triangle."""
    return result.evaluations["jacobian"] * (2 * n * n * (32 * 6 - n / 3) + n**3)


COMPILED = {  # by formula, as their products are not those of matrices in NumPy
    "l-bfgs": pairs,
    "l-bfgs-short": lambda result, n: result.evaluations["grad"] * 3 * 4 * 2 * n,  # dots with rows of pairs
    "slsqp": lambda result, n: result.iterations * 4 / 3 * n**3,
    "least-squares-lm": minpacks,
}


def watched(model, x):
    """A problem whose arrays are counted."""
    problem = optae.Problem(model, x[:, : model.widths[0]])
    objective = problem.objective()
    objective.draw = objective.draw.map(seen)
    return problem


@pytest.mark.parametrize(("method", "options"), WAYS, ids=str)
def test_every_methods_operations_are_those_carried_out(method, options, x):
    problem = watched(CHOSEN.get(method, SMALL), x)
    with counted() as total:
        result = optae.fit(problem, METHODS[method](**options), max_evaluations=300)
        done = total.total
    if method in ("dual-annealing", "basin-hopping"):
        inside = result.operations - done
        assert 0 < inside < 24 * 10 * problem.model.size * result.evaluations["grad"]
        return
    done += COMPILED.get(method, lambda *_: 0.0)(result, problem.model.size)
    assert result.operations == pytest.approx(done, rel=0.1 if method == "trust-exact" else 0.02)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("kind", ["value", "grad", "hvp", "jacobian"])
def test_one_evaluation_costs_its_price(model, kind, x):
    f = optae.Objective(model, x)
    if kind == "jacobian" and (model.residual_reason(x) or model is MODELS["linear-output"]):
        pytest.skip("no residuals, or slopes of 1, which are no array to watch")
    theta, f.draw = model.init(0), f.draw.map(seen)
    call = {"value": f, "grad": f.grad, "hvp": lambda t: f.hvp(t, t), "jacobian": f.jacobian}[kind]
    with counted() as total:
        call(theta)
        done = total.total
    price = getattr(f.prices, kind) + (f.prices.value if kind == "grad" else 0)
    assert price == pytest.approx(done, rel=1e-12)


def test_a_batch_costs_its_share(x):
    problem = optae.Problem(MODELS["bce"], x)
    prices = problem.objective().prices
    result = optae.fit(problem, METHODS["adam"](batch=8), max_iterations=3)
    assert result.operations == pytest.approx(3 * (prices.value + prices.grad))


def test_a_line_of_powell_is_charged_for_the_units_it_touches(x):
    """A line through a weight of the third layer of 12-4-2-4-12: a unit, and its inputs to the last layer."""
    pytest.importorskip("numba")
    from optae.methods.powell.method import Descent

    problem, trace = optae.Problem(SMALL, x[:, :12]), Trace()
    trace.begin(problem.start(), problem.objective())
    descent = Descent(problem.objective(), problem.start(), trace, 0.01)
    assert trace.account.operations == problem.objective().prices.value
    weight = problem.model.layout.slots[2][1].start + 1  # to its second unit
    calls, operations = trace.calls, trace.account.operations
    descent._search(np.array([weight]), 0)
    each = 2 * 32 * (2 + (4 - 1) * 12)
    losses = (
        trace.account.operations - operations - 2 * 32 * 12
    ) / each  # once: the sums over the unit before it
    assert losses == int(losses) and losses == pytest.approx(trace.calls - calls, abs=2)


def test_a_large_matrix_is_factorised_in_pieces(rng):
    a = rng.normal(size=(60, 60))
    a, heard = a @ a.T + np.eye(60), []
    lower = np.tril(factorised(a.copy(order="F"), heard.append, whole=20, piece=16))
    np.testing.assert_allclose(lower, np.linalg.cholesky(a), rtol=1e-9)
    assert len(heard) == 4 and sum(heard) == pytest.approx(60**3 / 3, rel=0.35)
    with pytest.raises(np.linalg.LinAlgError):
        factorised(-a, heard.append, whole=20, piece=16)


def test_a_linearisation_looks_at_the_budget_at_every_piece(x):
    """The Gram matrix's rows of blocks, one a sample; before the first look nothing has been spent."""
    problem = optae.Problem(MODELS["bce"], x)
    f, heard = problem.objective(), []
    local = Linearised(problem.model, f.draw, problem.start(), operate=heard.append)
    local.gram()
    assert len(heard) >= len(x) + 4 and max(heard) < 0.2 * sum(heard)


def test_a_charge_ends_the_run_when_the_seconds_are_spent(x):
    problem, trace = optae.Problem(MODELS["bce"], x), Trace(Budget(max_seconds=0.05))
    trace.begin(problem.start(), problem.objective())
    with pytest.raises(Stop, match="seconds"):
        for _ in range(100):
            time.sleep(0.01)
            trace.operate(1.0)
    assert 0.05 <= trace.seconds < 1 and trace.account.operations < 100


def test_least_squares_by_lsmr_charges_its_products_and_the_other_is_refused_where_it_is_long(x):
    problem = optae.Problem(SMALL, x[:, :12])
    result = optae.fit(problem, METHODS["least-squares-trf"](tr_solver="lsmr"), max_evaluations=40)
    assert result.value < result.rows[0].loss and result.operations > 40 * problem.objective().prices.value
    large = optae.Problem(optae.Autoencoder([35, 100, 100, 50]), np.tile(x, (10, 1)))
    assert "no budget can end" in METHODS["least-squares-trf"]().refuses(large)
    assert METHODS["least-squares-trf"](tr_solver="lsmr").refuses(large) is None


@pytest.mark.parametrize("kind", ["value", "value_and_grad", "hvp", "jacobian"])
def test_jax_carries_out_the_operations_that_are_charged(kind, x):
    """By the products in the program that XLA compiles."""
    jax = pytest.importorskip("jax")
    model = MODELS["deep-mse"]
    f = optae.Objective(model, x, engine="jax")
    theta = model.init(0)
    with jax.enable_x64(True):
        arguments = (theta, theta, f.draw) if kind == "hvp" else (theta, f.draw)
        program = jax.jit(getattr(f.engine, kind)(model)).lower(*arguments).compile().as_text()
    price = f.prices.value + f.prices.grad if kind == "value_and_grad" else getattr(f.prices, kind)
    assert sum(dots(program)) == price


def dots(program):
    """Operations of every product in an XLA program's text."""
    shapes = dict(re.findall(r"(%[\w.\-]+) = \w+\[([\d,]*)\]", program))
    line = r"= \w+\[([\d,]*)\]\S* dot\((?:\w+\[[\d,]*\]\S* )?(%[\w.\-]+), .*?lhs_contracting_dims=\{(\d)\}"
    for out, left, axis in re.findall(line, program):
        if out:  # a product of two vectors is not counted
            yield 2 * np.prod(list(map(int, out.split(",")))) * int(shapes[left].split(",")[int(axis)])
