"""The same network, data and start in every library: each way trains until its referee ends it.

The network is 35-20-15-2-15-20-35 with biases, tanh, a linear latent layer and bce, in float64.
scikit-learn's MLPRegressor has neither: it minimises squared error, and its latent layer is tanh too.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any

import numpy as np
import scipy.optimize
from referee import Over, Referee

import optae

Way = Callable[..., None]  # of a problem, a referee and the keys of a choice
Choice = dict[str, Any]
RATES = [{"lr": rate} for rate in (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)]  # of every first-order method
LOOK = 10  # steps of a first-order method between two looks


def ours(
    method: str, problem: optae.Problem, referee: Referee, engine: str = "numpy", **options: Any
) -> None:
    """A method of optae: its own clock, which stands still while anyone looks and while code compiles."""
    mine = optae.Problem(problem.model, problem.x, engine=engine, seed=problem.seed)
    target = optae.Target(0, "max_pixel_error")
    made = optae.METHODS[method](**options)
    seen = optae.fit(mine, made, target=target, max_seconds=referee.limit).trace
    least = seen.loc[seen["max_pixel_error"].idxmin()]
    referee.wrong, referee.seconds = float(least["max_pixel_error"]), float(least["seconds"])


# plain NumPy and SciPy


def bare(problem: optae.Problem, referee: Referee) -> None:
    """scipy.optimize.minimize, L-BFGS-B, on an objective of plain NumPy."""
    x, shapes = problem.x, list(problem.model.layout.shapes.values())
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    linear = (len(shapes) // 4 - 1, len(shapes) // 2 - 1)

    def split(vector: np.ndarray) -> list[np.ndarray]:
        bounds = zip(ends[:-1], ends[1:], shapes, strict=True)
        return [vector[start:stop].reshape(shape) for start, stop, shape in bounds]

    def value_and_grad(theta: np.ndarray) -> tuple[float, np.ndarray]:
        parts, grad = split(theta), np.empty_like(theta)
        into, ys = split(grad), [x]
        for i, (weight, bias) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
            sums = ys[-1] @ weight + bias
            ys.append(sums if i in linear else np.tanh(sums))
        out = ys[-1]
        value = (np.logaddexp(0, out) - x * out).sum() / len(x)
        dy = (1 / (1 + np.exp(-out)) - x) / len(x)
        for i in reversed(range(len(ys) - 1)):
            da = dy if i in linear else dy * (1 - ys[i + 1] ** 2)
            into[2 * i][...], into[2 * i + 1][...] = ys[i].T @ da, da.sum(axis=0)
            dy = da @ parts[2 * i].T
        return value, grad

    theta = problem.start()
    np.testing.assert_allclose(value_and_grad(theta)[1], problem.objective().grad(theta), atol=1e-12)
    options = {"maxiter": 10**6, "maxfun": 10**6, "ftol": 0, "gtol": 0}
    scipy.optimize.minimize(
        value_and_grad, theta, jac=True, method="L-BFGS-B", options=options, callback=referee.look
    )


# PyTorch


def _parts(problem: optae.Problem) -> tuple[list[Any], Any]:
    """The start's arrays as tensors, and the data."""
    import torch

    arrays = [np.array(part) for part in problem.model.layout.unpack(problem.start()).values()]
    return [torch.tensor(array, requires_grad=True) for array in arrays], torch.tensor(problem.x)


def _loss(parts: Sequence[Any], x: Any) -> Any:
    """The mean bce of what comes back for x (n, d)."""
    import torch

    y, linear = x, (len(parts) // 4 - 1, len(parts) // 2 - 1)
    for i, (weight, bias) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
        y = torch.addmm(bias, y, weight)
        y = y if i in linear else torch.tanh(y)
    score = torch.nn.functional.binary_cross_entropy_with_logits
    return score(y, x, reduction="sum") / len(x)


@cache
def _compiled_loss() -> Any:
    import torch

    return torch.compile(_loss)


def _flat(parts: Sequence[Any]) -> np.ndarray:
    return np.concatenate([part.detach().numpy().ravel() for part in parts])


def torch_adam(fused: bool, compiled: bool, problem: optae.Problem, referee: Referee, lr: float) -> None:
    """torch.optim.Adam in a plain loop."""
    import torch

    (parts, x), loss = _parts(problem), _compiled_loss() if compiled else _loss
    adam = torch.optim.Adam(parts, lr=lr, fused=fused)
    while True:
        for _ in range(LOOK):
            adam.zero_grad()
            loss(parts, x).backward()
            adam.step()
        referee.look(_flat(parts))


def torch_lbfgs(problem: optae.Problem, referee: Referee) -> None:
    """torch.optim.LBFGS with its strong Wolfe search."""
    import torch

    parts, x = _parts(problem)
    lbfgs = torch.optim.LBFGS(parts, max_iter=5, line_search_fn="strong_wolfe", tolerance_change=0)

    def closure() -> Any:
        lbfgs.zero_grad()
        value = _loss(parts, x)
        value.backward()
        return value

    while True:
        lbfgs.step(closure)
        referee.look(_flat(parts))


def pytorch_minimize(problem: optae.Problem, referee: Referee) -> None:
    """pytorch-minimize's l-bfgs, on one flat tensor."""
    import torch
    from torchmin import minimize

    parts, x = _parts(problem)
    sizes, shapes = [part.numel() for part in parts], [part.shape for part in parts]

    def flat_loss(theta: Any) -> Any:
        pieces = zip(torch.split(theta, sizes), shapes, strict=True)
        return _loss([piece.reshape(shape) for piece, shape in pieces], x)

    start = torch.tensor(problem.start())
    options = {"gtol": 0.0, "xtol": 0.0}
    minimize(
        flat_loss,
        start,
        "l-bfgs",
        max_iter=10**6,
        options=options,
        callback=lambda t: referee.look(t.numpy()),
    )


# scikit-learn


def sklearn(solver: str, problem: optae.Problem, referee: Referee, lr: float = 1e-3) -> None:
    """MLPRegressor: squared error, tanh also in the latent layer."""
    from sklearn.neural_network import MLPRegressor

    few = 1 if solver == "adam" else 20
    net = MLPRegressor(
        hidden_layer_sizes=problem.model.widths[1:-1], activation="tanh", solver=solver, alpha=0,
        warm_start=True, max_iter=few, batch_size=len(problem.x), learning_rate_init=lr, max_fun=10**6,
        tol=0, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(problem.x, problem.x)
        parts = list(problem.model.layout.unpack(problem.start()).values())
        net.coefs_, net.intercepts_ = [p.copy() for p in parts[::2]], [p.copy() for p in parts[1::2]]
        referee.restart()
        while True:
            if solver == "adam":
                for _ in range(LOOK):
                    net.partial_fit(problem.x, problem.x)
            else:
                net.fit(problem.x, problem.x)
            referee.look_at(net.predict(problem.x))


# optimistix


def optimistix(
    problem: optae.Problem,
    referee: Referee,
    solver: str = "LevenbergMarquardt",
    linear: str = "QR",
    of: str = "bce",
) -> None:
    """A least-squares solver, step by compiled step; half the residuals' sum of squares is the loss `of`."""
    import equinox as eqx
    import jax
    import lineax as lx
    import optimistix as optx

    jax.config.update("jax_enable_x64", True)
    linears = {
        "QR": lx.QR(),
        "normal CG": lx.Normal(lx.CG(rtol=1e-3, atol=1e-6)),
        "LSMR": lx.LSMR(rtol=1e-3, atol=1e-6),
    }
    model = optae.Autoencoder(problem.model.widths, loss=of)
    draw = optae.Problem(model, problem.x, engine="jax", seed=problem.seed).objective().draw
    made = getattr(optx, solver)(rtol=1e-12, atol=1e-12, linear_solver=linears[linear])

    def residuals(theta: Any, _: Any) -> Any:
        return model.residuals(theta, draw, jax.numpy), None

    theta, tags = jax.numpy.asarray(problem.start()), frozenset()
    shapes = jax.eval_shape(residuals, theta, None)
    state = made.init(residuals, theta, None, {}, *shapes, tags)
    step = eqx.filter_jit(partial(made.step, residuals, args=None, options={}, tags=tags))
    step(y=theta, state=state)
    referee.restart()
    while True:
        theta, state, _ = step(y=theta, state=state)
        referee.look(theta)


LINEAR = [{"linear": linear, "of": of} for linear in ("normal CG", "LSMR") for of in ("bce", "half_sse")]
LINEAR += [{"linear": "QR", "of": "bce"}, {"solver": "Dogleg", "linear": "QR", "of": "bce"}]
ONE: list[Choice] = [{}]
WAYS: dict[str, tuple[Way, list[Choice]]] = {  # and what is chosen from, on other seeds
    "optae lm": (partial(ours, "lm"), ONE),
    "optae l-bfgs": (partial(ours, "l-bfgs", ftol=0.0, gtol=0.0), ONE),
    "optae adam, numpy": (partial(ours, "adam"), RATES),
    "optae adam, jax": (partial(ours, "adam", engine="jax"), RATES),
    "SciPy L-BFGS-B, plain NumPy": (bare, ONE),
    "PyTorch Adam": (partial(torch_adam, False, False), RATES),
    "PyTorch Adam, fused": (partial(torch_adam, True, False), RATES),
    "PyTorch Adam, fused, compiled": (partial(torch_adam, True, True), RATES),
    "PyTorch LBFGS": (torch_lbfgs, ONE),
    "pytorch-minimize l-bfgs": (pytorch_minimize, ONE),
    "scikit-learn MLPRegressor adam": (partial(sklearn, "adam"), RATES),
    "scikit-learn MLPRegressor lbfgs": (partial(sklearn, "lbfgs"), ONE),
    "optimistix": (optimistix, LINEAR),
}


def race(way: Way, problem: optae.Problem, limit: float, **choice: Any) -> Referee:
    """One way from one start."""
    referee = Referee(problem, limit)
    with suppress(Over):
        way(problem, referee, **choice)
    return referee
