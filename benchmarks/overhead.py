"""What optae costs beside the bare arithmetic, as ratios in one run.

    python benchmarks/overhead.py

On deck A's network (2,060 parameters, 32 letters): a value and a value with its gradient against the same
arithmetic in bare NumPy, and optae's Powell and L-BFGS-B against bare scipy.optimize.minimize on the same
function for the same evaluations. Writes results/overhead.md. Each ratio is a median over pairs that take
turns, since seconds on a shared machine wander and ratios do not.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import scipy.optimize
from stamp import write
from threadpoolctl import threadpool_limits

import optae

WIDTHS = [35, 20, 15, 2, 15, 20, 35]
EVALUATIONS = {"powell": 20_000, "l-bfgs": 3_000}
PAIRS = 25  # of methods


def bare(x: np.ndarray) -> tuple[Callable, Callable]:
    """The same loss and gradient as a careful student writes them for this one network."""
    n = len(x)

    def forward(theta):
        w1, w2 = theta[:700].reshape(35, 20), theta[700:1000].reshape(20, 15)
        w3, w4 = theta[1000:1030].reshape(15, 2), theta[1030:1060].reshape(2, 15)
        w5, w6 = theta[1060:1360].reshape(15, 20), theta[1360:].reshape(20, 35)
        h1 = x @ w1
        h2 = h1 @ w2
        z = h2 @ w3
        h4 = 0.5 + 0.5 * np.tanh(0.8 * (z @ w4))
        h5 = 0.5 + 0.5 * np.tanh(0.8 * (h4 @ w5))
        return (w2, w3, w4, w5, w6), (h1, h2, z, h4, h5, 0.5 + 0.5 * np.tanh(0.8 * (h5 @ w6)))

    def value(theta):
        miss = (forward(theta)[1][-1] - x).ravel()
        return 0.5 / n * miss.dot(miss)

    def value_and_grad(theta):
        (w2, w3, w4, w5, w6), (h1, h2, z, h4, h5, y) = forward(theta)
        grad, miss = np.empty(2060), y - x
        d6 = (1 / n) * miss * (1.6 * y * (1 - y))
        np.matmul(h5.T, d6, out=grad[1360:].reshape(20, 35))
        d5 = (d6 @ w6.T) * (1.6 * h5 * (1 - h5))
        np.matmul(h4.T, d5, out=grad[1060:1360].reshape(15, 20))
        d4 = (d5 @ w5.T) * (1.6 * h4 * (1 - h4))
        np.matmul(z.T, d4, out=grad[1030:1060].reshape(2, 15))
        d3 = d4 @ w4.T
        np.matmul(h2.T, d3, out=grad[1000:1030].reshape(15, 2))
        d2 = d3 @ w3.T
        np.matmul(h1.T, d2, out=grad[700:1000].reshape(20, 15))
        np.matmul(x.T, d2 @ w2.T, out=grad[:700].reshape(35, 20))
        miss = miss.ravel()
        return 0.5 / n * miss.dot(miss), grad

    return value, value_and_grad


def seconds(f: Callable[[], object]) -> float:
    """Of the processor, of one call: what other processes take does not count."""
    started = time.process_time()
    f()
    return time.process_time() - started


def ratio(ours: Callable[[], object], theirs: Callable[[], object], pairs: int) -> tuple[float, float]:
    """Median ratio of pairs that take turns, and the median seconds of ours."""
    times = [(seconds(ours), seconds(theirs)) for _ in range(pairs)]
    return median(a / b for a, b in times), median(a for a, _ in times)


def calls(f: Callable, theta: np.ndarray, count: int = 200) -> Callable[[], None]:
    """Many calls, so that the clock's own cost vanishes."""

    def run() -> None:
        for _ in range(count):
            f(theta)

    return run


def methods(problem: optae.Problem) -> list[tuple[str, float, float]]:
    """optae's fit against bare scipy.optimize.minimize, for the same evaluations."""
    f, start, rows = problem.objective(), problem.start(), []
    for name, count in EVALUATIONS.items():
        gradient, limit = name == "l-bfgs", "maxfun" if name == "l-bfgs" else "maxfev"
        spent = []

        def theirs(gradient=gradient, limit=limit, count=count, spent=spent):
            options = {limit: count, "maxiter": 10**9}
            method, g = ("L-BFGS-B", f.value_and_grad) if gradient else ("Powell", f)
            found = scipy.optimize.minimize(g, start, method=method, jac=gradient or None, options=options)
            spent.append(found.nfev)

        theirs()  # SciPy ends a little late: the same number for both

        def ours(name=name, spent=spent):
            optae.fit(problem, optae.METHODS[name](), max_evaluations=spent[0])

        ours()
        rows.append((f"{name}, {spent[0]:,} evaluations", *ratio(ours, theirs, PAIRS)))
    return rows


def main() -> None:
    """Measures, checks that the arithmetic is the same, writes the table."""
    data = optae.load_dataset("font2")
    words = {"encoder": "identity", "decoder": "logistic:1.6", "bias": False, "loss": "half_sse"}
    problem = optae.Problem(optae.Autoencoder(WIDTHS, **words), data.x)
    f, theta = problem.objective(), problem.start()
    value, value_and_grad = bare(data.x)
    np.testing.assert_allclose(value(theta), f(theta), rtol=1e-13)
    np.testing.assert_allclose(value_and_grad(theta)[1], f.grad(theta), rtol=1e-11, atol=1e-15)
    pairs = {"a value": (f, value), "a value and its gradient": (f.value_and_grad, value_and_grad)}
    rows = []
    for name, (a, b) in pairs.items():
        factor, took = ratio(calls(a, theta), calls(b, theta), 101)
        rows.append((name, factor, took / 200))
    rows += methods(problem)
    lines = [
        "# What optae costs beside the bare arithmetic",
        "",
        "Deck A's network on font2. The first two against bare NumPy, the others against bare SciPy.",
        "",
        "| work | optae / bare | optae's time |",
        "| --- | --: | --: |",
        *(f"| {name} | {factor:.3f} | {took * 1e6:,.0f} us |" for name, factor, took in rows),
    ]
    print(write("overhead", "\n".join(lines), "one thread").read_text(encoding="utf-8"))


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
