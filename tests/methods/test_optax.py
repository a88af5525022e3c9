"""Optimizers of optax and optax.contrib take optax's own steps, or are refused with a reason."""

import jax
import numpy as np
import optax
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose
from optae.cli.main import main
from optax import contrib

import optae
from optae.methods import method_spec
from optae.methods.first_order import optax_names
from optae.training.fit import fit_together

MODEL = optae.Autoencoder([35, 4], loss="bce")
STEPS = 12


def problem_of(x, **words):
    return optae.Problem(MODEL, x, engine="jax", **words)


def by_hand(optimizer, x, valued=False, **facts):
    """The vectors and states of optax's own loop on our loss."""
    f, layout = optae.Objective(MODEL, x, engine="jax"), MODEL.layout
    step = jax.jit(lambda *at, **value: optimizer.update(*at, **facts, **value))
    with jax.enable_x64(True):
        arrays = {name: jax.numpy.asarray(array) for name, array in layout.unpack(MODEL.init(0)).items()}
        state, path = optimizer.init(arrays), []
        for _ in range(STEPS):
            value, grad = f.value_and_grad(layout.pack(arrays))
            grads = {name: jax.numpy.asarray(part) for name, part in layout.unpack(grad).items()}
            moves, state = step(grads, state, arrays, **({"value": value} if valued else {}))
            arrays = optax.apply_updates(arrays, moves)
            path.append((arrays, state))
    return path


SPECIAL = {  # with matrices of their own, a pair among the options, truths in the state
    "muon": (contrib.muon(0.01), {"learning_rate": 0.01}),
    "prodigy": (contrib.prodigy(betas=(0.8, 0.99)), {"betas_1": 0.8, "betas_2": 0.99}),
    "dog": (contrib.dog(), {}),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_steps_are_optaxs_own(name, x):
    optimizer, options = SPECIAL[name]
    result = optae.fit(problem_of(x), method_spec(f"optax:{name}")(**options), max_iterations=STEPS)
    f = optae.Objective(MODEL, x)
    values = [f(MODEL.layout.pack(arrays)) for arrays, _ in by_hand(optimizer, x)]
    assert_allclose(result.value, min(f(MODEL.init(0)), *values), rtol=1e-9)


def test_momo_is_told_the_loss(x):
    result = optae.fit(problem_of(x), method_spec("optax:momo")(), max_iterations=STEPS)
    path = by_hand(contrib.momo(), x, valued=True)
    assert_allclose(result.value, min(optae.Objective(MODEL, x)(MODEL.layout.pack(a)) for a, _ in path))


def test_sophia_is_told_the_loss_and_its_hessian_products_are_charged(x):
    f, options = optae.Objective(MODEL, x), {"learning_rate": 0.01, "update_interval": 3}

    def loss(arrays):
        return MODEL.loss_of(arrays, f.draw, jax.numpy)

    path = by_hand(contrib.sophia(**options), x, obj_fn=loss)
    result = optae.fit(problem_of(x), method_spec("optax:sophia")(**options), max_iterations=STEPS)
    adam = optae.fit(problem_of(x), method_spec("optax:adam")(), max_iterations=STEPS)
    assert_allclose(result.value, min(f(MODEL.layout.pack(arrays)) for arrays, _ in path), rtol=1e-9)
    assert_allclose(result.operations - adam.operations, STEPS / 3 * problem_of(x).objective().prices.hvp)


def test_a_batch_of_sophia_costs_a_part_of_a_hessian_product(x):
    method, adam = method_spec("optax:sophia")(batch=8), method_spec("optax:adam")(batch=8)
    ours, theirs = (optae.fit(problem_of(x), m, max_iterations=5) for m in (method, adam))
    steps, product = 20, problem_of(x).objective().prices.hvp / 4
    assert_allclose(ours.operations - theirs.operations, steps * product / 10)


@pytest.mark.parametrize("batch", [None, 32])
def test_a_schedule_free_optimizer_is_measured_at_its_average(batch, x):
    """The vectors that it takes gradients of are not its result (Defazio et al., 2024)."""
    f, optimizer = optae.Objective(MODEL, x), contrib.schedule_free_sgd(0.3)
    method = method_spec("optax:schedule_free_sgd")(learning_rate=0.3, batch=batch, shuffle=False)
    result = optae.fit(problem_of(x), method, max_iterations=STEPS)
    path = by_hand(optimizer, x)
    with jax.enable_x64(True):
        averages = [contrib.schedule_free_eval_params(state, arrays) for arrays, state in path]
    values = [f(MODEL.layout.pack(arrays)) for arrays in averages]
    assert_allclose(result.value, min(values), rtol=1e-9)
    assert_allclose(result.theta, MODEL.layout.pack(averages[int(np.argmin(values))]), rtol=1e-9)
    assert min(values) != pytest.approx(min(f(MODEL.layout.pack(arrays)) for arrays, _ in path))
    assert result.evaluations["grad"] == STEPS and not method.suits(problem_of(x))


@pytest.mark.parametrize("name", ["dog", "noisy_sgd"])
def test_seeds_together_keep_truths_and_keys_in_a_state(name, x):
    """They were cast to floating-point numbers, which stopped dog and noisy_sgd."""
    problems, method = [problem_of(x, seed=seed) for seed in (0, 1)], method_spec(f"optax:{name}")()
    group = fit_together(problems, method, max_iterations=5)
    alone = optae.fit(problems[1], method, max_iterations=5)
    assert [result.status for result in group] == ["max_iterations"] * 2
    assert_allclose(group[1].theta, alone.theta, atol=1e-9)


def test_every_name_runs_or_is_refused_with_a_reason(x):
    reasons = {name: method_spec(f"optax:{name}")().refuses(problem_of(x)) for name in optax_names.names()}
    refused = {name: reason for name, reason in reasons.items() if reason}
    assert {*refused} == {"dpsgd", "mechanize", "sam", "schedule_free"}
    assert all(reason.startswith(f"optax:{name} ") for name, reason in refused.items())
    known = {"adam", "ademamix", "adopt", "muon", "prodigy", "schedule_free_adamw", "sophia", "momo"}
    assert known <= {*reasons}


def test_an_option_that_optax_has_as_none_may_be_given(x):
    """`optax:sgd` had no momentum."""
    f = optae.Objective(MODEL, x)
    method = method_spec("optax:sgd")(learning_rate=0.01, momentum=0.9)
    path = by_hand(optax.sgd(0.01, momentum=0.9), x)
    result = optae.fit(problem_of(x), method, max_iterations=STEPS)
    assert_allclose(result.value, min(f(MODEL.layout.pack(arrays)) for arrays, _ in path), rtol=1e-9)
    spec = method_spec("optax:schedule_free_sgd")
    assert spec.read({"warmup_steps": "5", "weight_decay": "0.1"}) == {"warmup_steps": 5, "weight_decay": 0.1}
    with pytest.raises(ValueError, match="option momentum='x': give a number"):
        method_spec("optax:sgd").read({"momentum": "x"})


def test_a_part_of_optimizers_says_where_it_belongs():
    for name in ("scale_by_adam", "normalize", "schedule_free_eval_params"):
        with pytest.raises(ValueError, match=f"optax:{name} is no optimizer by itself: .*optae new"):
            method_spec(f"optax:{name}")
    with pytest.raises(ValueError, match="unknown optimizer of optax 'muonn': did you mean 'muon'"):
        method_spec("optax:muonn")


OWN = """\
import optax
from optax import contrib

def sharp(learning_rate=0.05, rho=0.05):
    return contrib.sam(optax.sgd(learning_rate), optax.chain(contrib.normalize(), optax.sgd(rho)))

def mechanic():
    return contrib.mechanize(optax.adam(1e-2))

def averaged(norm=1.0):
    return optax.chain(optax.clip_by_global_norm(norm), contrib.schedule_free_sgd(0.3))

def searching():
    return optax.chain(optax.sgd(0.1), optax.scale_by_backtracking_linesearch(10))
"""


def test_wrappers_of_optimizers_run_from_a_file(here, x):
    (here / "mine.py").write_text(OWN)
    for name in ("sharp", "mechanic", "averaged"):
        method = method_spec(f"mine.py:{name}")()
        result = optae.fit(problem_of(x), method, max_iterations=STEPS)
        assert result.iterations == STEPS and result.value < result.rows[0].loss, name
        assert method._loop(problem_of(x)).rule.averages == (name == "averaged")
    with pytest.raises(ValueError, match="its line search evaluates the loss inside a step"):
        optae.fit(problem_of(x), method_spec("mine.py:searching")(), max_iterations=STEPS)


def test_the_command_line_lists_them_and_refuses_in_one_line(here):
    listed = CliRunner().invoke(main, ["methods", "--optax"]).output
    assert "optax:prodigy" in listed and "optax:lion" in listed
    options = CliRunner().invoke(main, ["methods", "optax:prodigy"]).output
    assert "betas_1" in options and "0.999" in options
    assert '"beta3": null' in CliRunner().invoke(main, ["methods", "optax:prodigy", "--json"]).output
    refused = CliRunner().invoke(main, ["train", "--method", "optax:sam", "--max-iterations", "3"])
    assert refused.exit_code == 2 and "optax:sam changes another optimizer" in refused.output
