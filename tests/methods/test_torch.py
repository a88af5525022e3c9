"""Optimizers of PyTorch take their own steps on our gradients, or are refused with a reason."""

import sys

import numpy as np
import pytest

import optae
from optae.methods import method_spec


def test_without_pytorch_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ValueError, match="needs PyTorch, which is missing: pip install torch"):
        method_spec("torch:Adam")


torch = pytest.importorskip("torch", reason="PyTorch is not installed")

MODEL = optae.Autoencoder([35, 6, 2], loss="bce")


def by_hand(optimizer, x, steps, **options):
    """PyTorch's own loop, on our gradients."""
    objective = optae.Problem(MODEL, x).objective()
    arrays = {name: torch.tensor(array) for name, array in MODEL.layout.unpack(MODEL.init(0)).items()}
    stepper = optimizer([array.requires_grad_() for array in arrays.values()], **options)
    for _ in range(steps):
        theta = MODEL.layout.pack({name: array.detach().numpy() for name, array in arrays.items()})
        grads = MODEL.layout.unpack(objective.value_and_grad(theta)[1])
        for name, array in arrays.items():
            array.grad = torch.tensor(grads[name])
        stepper.step()
    return MODEL.layout.pack({name: array.detach().numpy() for name, array in arrays.items()})


@pytest.mark.parametrize(
    "name, options, ours",
    [
        ("Adam", {"lr": 0.01, "betas": (0.8, 0.99)}, {"lr": 0.01, "betas_1": 0.8, "betas_2": 0.99}),
        (
            "SGD",
            {"lr": 0.05, "momentum": 0.9, "nesterov": True},
            {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        ),
        ("RMSprop", {}, {}),
        ("NAdam", {}, {}),
        ("Rprop", {}, {}),
    ],
)
def test_steps_are_the_librarys_own_bit_for_bit(name, options, ours, x):
    method = method_spec(f"torch:{name}")(**ours)
    theta, vectors = MODEL.init(0), []
    loop = method._loop(optae.Problem(MODEL, x)).rule
    objective, state = optae.Problem(MODEL, x).objective(), loop.init(theta)
    for _ in range(20):
        theta, state = loop.update(theta, objective.value_and_grad(theta)[1], state)
        vectors.append(theta)
    np.testing.assert_array_equal(theta, by_hand(getattr(torch.optim, name), x, 20, **options))
    assert len({vector.tobytes() for vector in vectors}) == 20


def test_it_agrees_with_our_adam(x):
    problem = optae.Problem(MODEL, x)
    ours, theirs = (
        optae.fit(problem, method_spec(name)(lr=0.01), max_evaluations=50) for name in ("adam", "torch:Adam")
    )
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-9)
    assert [row.evaluations for row in ours.rows] == [row.evaluations for row in theirs.rows]


def test_batches_are_those_of_every_method(x):
    problem = optae.Problem(MODEL, x)
    ours, theirs = (
        optae.fit(problem, method_spec(name)(batch=8), max_iterations=4) for name in ("adam", "torch:Adam")
    )
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-9)


class Averaging(torch.optim.SGD):
    """Gradient descent whose `eval` puts the mean of all vectors so far in place of the last, as is usual."""

    @torch.no_grad()
    def step(self, closure=None):
        super().step(closure)
        for p in self.param_groups[0]["params"]:
            self.state[p].setdefault("path", []).append(p.clone())

    @torch.no_grad()
    def eval(self):
        for p in self.param_groups[0]["params"]:
            self.state[p]["last"] = p.clone()
            p.copy_(torch.stack(self.state[p].get("path", [p.clone()])).mean(dim=0))

    @torch.no_grad()
    def train(self):
        for p in self.param_groups[0]["params"]:
            p.copy_(self.state[p]["last"])


def test_an_optimizer_that_averages_is_measured_at_its_average(monkeypatch, x):
    monkeypatch.setattr(torch.optim, "Averaging", Averaging, raising=False)
    problem, method = optae.Problem(MODEL, x), method_spec("torch:Averaging")(lr=0.05)
    result = optae.fit(problem, method, max_iterations=6)
    path = [by_hand(torch.optim.SGD, x, steps, lr=0.05) for steps in range(1, 7)]
    means = [np.mean(path[:steps], axis=0) for steps in range(1, 7)]
    values = [problem.objective()(mean) for mean in means]
    np.testing.assert_allclose(result.value, min(values), rtol=1e-12)
    np.testing.assert_allclose(result.theta, means[int(np.argmin(values))], rtol=1e-9)


@pytest.mark.parametrize(
    "name, reason",
    [("LBFGS", "inside its step"), ("SparseAdam", "dense"), ("Muon", "2D")],
)
def test_what_cannot_run_is_refused_with_a_reason(name, reason, x):
    with pytest.raises(ValueError, match=reason):
        optae.fit(optae.Problem(MODEL, x), method_spec(f"torch:{name}")(), max_evaluations=5)


def test_every_name_runs_or_is_refused(x):
    from optae.methods.first_order.torch import names

    problem, ran, refused = optae.Problem(MODEL, x), [], []
    for name in names():
        method = method_spec(f"torch:{name}")()
        if method.refuses(problem):
            refused.append(name)
        else:
            ran.append(name)
            assert optae.fit(problem, method, max_evaluations=5).evaluations["value"] == 5
    assert {"Adam", "AdamW", "SGD", "NAdam", "RAdam", "Adamax", "Adagrad"} <= {*ran} and "LBFGS" in refused


def test_jax_is_refused_and_an_unknown_name_gets_a_suggestion(x):
    with pytest.raises(ValueError, match=r"does not run on engine jax: choose numpy or autograd"):
        optae.fit(optae.Problem(MODEL, x, engine="jax"), method_spec("torch:Adam")(), max_evaluations=5)
    with pytest.raises(ValueError, match="did you mean 'NAdam'"):
        method_spec("torch:NAdm")
