"""Why the referee draws fresh noise: full-batch methods on a VAE's frozen noise, few draws of it and many.

    python benchmarks/frozen_noise.py [--seeds 3]

Writes results/frozen_noise.md. The network is 35-20-2-20-35 on font2; every method minimises bce + KL on its
own frozen draws of the noise, so many for each letter, and is scored on 64 draws that no method has seen.
"""

import argparse

import numpy as np
from stamp import write

from optae.experiments.experiment import Experiment
from optae.training.fit import Result

VAE = Experiment(dataset="font2", arch=(35, 20, 2), bottleneck="gaussian", loss="bce")
METHODS_AT = {"l-bfgs": 2000, "trust-krylov": 60, "lm": 60}  # iterations
DRAWS = (1, 4, 16, 64)
EPOCHS = 4000  # of Adam, on fresh noise


def experiments() -> list[Experiment]:
    """Every method at every number of draws; and Adam, which meets fresh noise at every step."""
    words = dict(vars(VAE))
    frozen = [
        Experiment(**{**words, "method": method, "draws": draws, "max_iterations": most})
        for method, most in METHODS_AT.items()
        for draws in DRAWS
    ]
    adam = {"method": "adam", "options": (("lr", 5e-3),), "max_iterations": EPOCHS}
    return [*frozen, Experiment(**{**words, **adam})]


def line(experiment: Experiment, seeds: int) -> str:
    """A row of the table; of a combination that cannot be, its reason."""
    draws = "fresh" if experiment.method == "adam" else str(experiment.draws)
    head = f"| {experiment.method} | {draws} "
    try:
        runs = [run(experiment, seed) for seed in range(seeds)]
    except ValueError as reason:
        return f"{head}| refused: {reason} | | | |"
    own, fresh = (np.median([pair[k] for pair in runs]) for k in (0, 1))
    own_text = "" if experiment.method == "adam" else f"{own:.2f}"
    gap = "" if experiment.method == "adam" else f"{fresh - own:.2f}"
    seconds = np.median([result.seconds["solve"] for _, _, result in runs])
    return f"{head}| {own_text} | {fresh:.2f} | {gap} | {seconds:.1f} |"


def run(experiment: Experiment, seed: int) -> tuple[float, float, Result]:
    """The loss on the method's own draw, the referee's on fresh noise, and the rest."""
    seeded = Experiment(**{**vars(experiment), "seed": seed})
    problem = seeded.problem(seeded.data())
    seeded.check(problem)
    result = seeded.run(problem)
    return problem.objective()(result.theta), problem.referee()(result.theta), result


def main() -> None:
    """Runs all, prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    lines = [
        "# Frozen noise, few draws and many",
        "",
        f"35-20-2-20-35 on font2, bce + KL in nats per letter, medians over {seeds} seeds. Few draws are",
        "learnt by heart: what such a method says of itself is no result. The referee scores on fresh noise.",
        "",
        "| method | draws a letter | on its own draws | on fresh noise | gap | seconds |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for experiment in experiments():
        lines.append(line(experiment, seeds))
        print(lines[-1], flush=True)
    write("frozen_noise", "\n".join(lines), "threads as they come")


if __name__ == "__main__":
    main()
