"""A wide network with few samples: Levenberg-Marquardt on 13.5 million parameters, beside Adam and L-BFGS.

    python benchmarks/wide.py [--seconds 60]

45,120 features, 300 tanh units, 3 numbers to predict, 38 samples of standard normal noise. A dense Jacobian
would have 114 x 13,537,203 numbers, 12 GB. Each method runs in a process of its own until the training mse
is 1e-6. Writes results/wide.md. Seconds are of the wall and of the processor; memory is the process's peak.
"""

import argparse
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from stamp import write

import optae
from optae.engines.streams import SAMPLES, stream
from optae.engines.threads import cores
from optae.methods import METHODS

WIDTHS, SAMPLES_OF_DATA, GOAL = (45_120, 300, 3), 38, 1e-6
WAYS = {"lm": {}, "l-bfgs": {"ftol": 0.0, "gtol": 0.0}, "adam": {"lr": 1e-4}}


def run(name: str, seconds: float) -> tuple[optae.Result, float]:
    """The result of one method, and the peak memory of this process in bytes."""
    rng = stream(0, SAMPLES)
    x, y = (
        rng.standard_normal((SAMPLES_OF_DATA, WIDTHS[0])),
        rng.standard_normal((SAMPLES_OF_DATA, WIDTHS[-1])),
    )
    problem = optae.Problem(optae.MLP(WIDTHS, loss="mse"), x, y)
    result = optae.fit(
        problem, METHODS[name](**WAYS[name]), target=GOAL, max_seconds=seconds, threads=cores()
    )
    return result, 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def alone(name: str, seconds: float) -> str:
    """A row of the table, from a fresh process, whose memory is the method's own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        result, peak = pool.submit(run, name, seconds).result()
    spent, calls = result.seconds, result.rows[-1].evaluations
    options = " ".join((name, *(f"{key}={value:g}" for key, value in WAYS[name].items())))
    return (
        f"| `{options}` | {result.status} | {result.value:.2g} | {result.iterations:,} | {calls:,.0f} |"
        f" {spent['solve']:.1f} | {spent['processor']:.1f} | {peak / 1e9:.2f} |"
    )


def main() -> None:
    """Run the methods one after the other and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    lines = [
        "# 13.5 million parameters, 38 samples",
        "",
        f"{'-'.join(map(str, WIDTHS))}, tanh, float64, until the training mse is {GOAL:g} or {seconds:g} s.",
        "`lm` solves in sample space, 114 x 114, and never forms the Jacobian of 12 GB.",
        "",
        "| method | ended by | mse | iterations | evaluations | seconds | processor s | peak GB |",
        "| --- | --- | --: | --: | --: | --: | --: | --: |",
        *(alone(name, seconds) for name in WAYS),
    ]
    print(write("wide", "\n".join(lines), f"{cores()} threads").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
