"""The same network, data and start in every library: each way trains until its referee ends it.

The network is 35-20-15-2-15-20-35 with biases, tanh, a linear latent layer and bce, in float64.
scikit-learn's MLPRegressor has neither: it minimises squared error, and its latent layer is tanh too.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import scipy.optimize
from referee import Over, Referee

import optae

Way = Callable[[optae.Problem, Referee], None]


def ours(method: str, problem: optae.Problem, referee: Referee, **options: Any) -> None:
    """A method of optae."""
    target = optae.Target(0, "max_pixel_error")
    result = optae.fit(
        problem,
        optae.METHODS[method](**options),
        target=target,
        on_progress=lambda trace: referee.look(trace.best_theta),
    )
    referee.look(result.theta)


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


def _network(problem: optae.Problem) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The start's arrays as tensors, and the loss of such."""
    import torch

    arrays = [np.array(part) for part in problem.model.layout.unpack(problem.start()).values()]
    x, score = torch.tensor(problem.x), torch.nn.BCEWithLogitsLoss(reduction="sum")
    linear = (len(arrays) // 4 - 1, len(arrays) // 2 - 1)

    def loss(parts: Sequence[Any]) -> Any:
        y = x
        for i, (weight, bias) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
            y = torch.addmm(bias, y, weight)
            y = y if i in linear else torch.tanh(y)
        return score(y, x) / len(x)

    return [torch.tensor(array, requires_grad=True) for array in arrays], loss


def _flat(parts: Sequence[Any]) -> np.ndarray:
    return np.concatenate([part.detach().numpy().ravel() for part in parts])


def torch_adam(problem: optae.Problem, referee: Referee) -> None:
    """Eager Adam, 3e-3."""
    import torch

    parts, loss = _network(problem)
    adam = torch.optim.Adam(parts, lr=3e-3)
    while True:
        for _ in range(10):  # steps between two looks
            adam.zero_grad()
            loss(parts).backward()
            adam.step()
        referee.look(_flat(parts))


def torch_lbfgs(problem: optae.Problem, referee: Referee) -> None:
    """torch.optim.LBFGS with its strong Wolfe search."""
    import torch

    parts, loss = _network(problem)
    lbfgs = torch.optim.LBFGS(parts, max_iter=5, line_search_fn="strong_wolfe", tolerance_change=0)

    def closure() -> Any:
        lbfgs.zero_grad()
        value = loss(parts)
        value.backward()
        return value

    while True:
        lbfgs.step(closure)
        referee.look(_flat(parts))


def pytorch_minimize(problem: optae.Problem, referee: Referee) -> None:
    """pytorch-minimize's l-bfgs, on one flat tensor."""
    import torch
    from torchmin import minimize

    parts, loss = _network(problem)
    sizes, shapes = [part.numel() for part in parts], [part.shape for part in parts]

    def flat_loss(theta: Any) -> Any:
        pieces = zip(torch.split(theta, sizes), shapes, strict=True)
        return loss([piece.reshape(shape) for piece, shape in pieces])

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


def sklearn(solver: str, problem: optae.Problem, referee: Referee) -> None:
    """MLPRegressor: squared error, tanh also in the latent layer."""
    from sklearn.neural_network import MLPRegressor

    few = 1 if solver == "adam" else 20
    net = MLPRegressor(
        hidden_layer_sizes=problem.model.widths[1:-1], activation="tanh", solver=solver, alpha=0,
        warm_start=True, max_iter=few, batch_size=len(problem.x), learning_rate_init=3e-3, max_fun=10**6,
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
                for _ in range(10):
                    net.partial_fit(problem.x, problem.x)
            else:
                net.fit(problem.x, problem.x)
            referee.look_at(net.predict(problem.x))


# optimistix


def optimistix(problem: optae.Problem, referee: Referee) -> None:
    """Levenberg-Marquardt on the residuals whose half sum of squares is the bce, step by compiled step."""
    import equinox as eqx
    import jax
    import optimistix as optx

    jax.config.update("jax_enable_x64", True)
    twin = optae.Problem(problem.model, problem.x, "jax", problem.seed)
    draw, solver = twin.objective().draw, optx.LevenbergMarquardt(rtol=1e-12, atol=1e-12)

    def residuals(theta: Any, _: Any) -> Any:
        return problem.model.residuals(theta, draw, jax.numpy), None

    theta, tags = jax.numpy.asarray(problem.start()), frozenset()
    shapes = jax.eval_shape(residuals, theta, None)
    state = solver.init(residuals, theta, None, {}, *shapes, tags)
    step = eqx.filter_jit(partial(solver.step, residuals, args=None, options={}, tags=tags))
    step(y=theta, state=state)
    referee.restart()
    while True:
        theta, state, _ = step(y=theta, state=state)
        referee.look(theta)


WAYS: dict[str, Way] = {
    "optae lm": partial(ours, "lm"),
    "optae l-bfgs": partial(ours, "l-bfgs", ftol=0.0, gtol=0.0),
    "optae adam": partial(ours, "adam", lr=3e-3),
    "SciPy L-BFGS-B, plain NumPy": bare,
    "PyTorch Adam, eager": torch_adam,
    "PyTorch LBFGS": torch_lbfgs,
    "pytorch-minimize l-bfgs": pytorch_minimize,
    "scikit-learn MLPRegressor adam": partial(sklearn, "adam"),
    "scikit-learn MLPRegressor lbfgs": partial(sklearn, "lbfgs"),
    "optimistix LevenbergMarquardt": optimistix,
}


def race(way: Way, problem: optae.Problem, limit: float) -> Referee:
    """One way from one start."""
    referee = Referee(problem, limit)
    with suppress(Over):
        way(problem, referee)
    return referee
