"""Deck B's variational autoencoders: its emoji, its MNIST on a CPU, and the loss that its TPU reached.

    OPTAE_DATA=folder/around/mnist python benchmarks/deck_b_vae.py [emoji cpu tpu] [--seeds 5]

Writes results/deck_b_vae.csv, a row a run (a run that is there already is kept), and results/deck_b_vae.md.
Losses are the mean over the last epoch's batches of bce + KL, in nats per image, as deck B's are; seconds are
of solving, compiling apart. Networks, images, batches and epochs are deck B's, Adam's rate and schedule ours.
"""

import argparse
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from optae.environment import environment
from optae.experiments import Experiment
from optae.fit import Result

RESULTS = Path(__file__).parent.parent / "results"
VAE = Experiment(
    bottleneck="gaussian", encoder="relu", decoder="relu", engine="jax", precision="float32", method="adam"
)


@dataclass(frozen=True)
class Task:
    """A run of deck B, and what it took."""

    experiment: Experiment
    goal: float  # the training loss to reach
    limit: float  # seconds
    deck_b: str


MNIST = (784, 512, 256, 2)
TASKS = {
    "emoji": Task(
        replace(
            VAE,
            dataset="emoji",
            arch=(400, 256, 128, 2),
            options=(("lr", 1e-3), ("batch", 32)),
            max_iterations=20,
        ),
        86.0,
        30.0,
        "86 in 16 minutes",
    ),
    "cpu": Task(
        replace(
            VAE,
            dataset="mnist:30000",
            arch=MNIST,
            options=(("lr", 2e-3), ("batch", 64)),
            schedule="linear:0.2",
            max_iterations=5,
        ),
        155.5,
        15.0,
        "155.5 in 25 minutes",
    ),
    "tpu": Task(
        replace(
            VAE,
            dataset="mnist",
            arch=MNIST,
            init="he",
            options=(("lr", 5e-3), ("b2", 0.98), ("batch", 128)),
            schedule="cosine:0.5",
            max_iterations=7,
        ),
        141.378,
        25.0,
        "141.378 in 51 s, on a TPU",
    ),
}


def row(name: str, task: Task, seed: int) -> dict[str, object]:
    """One run: its last epoch's loss, and when the goal was first reached."""
    result = replace(task.experiment, seed=seed).run()
    losses = epochs(result)
    reached = losses[losses.loss <= task.goal]
    return {
        "task": name,
        "seed": seed,
        "epochs": result.iterations,
        "loss": losses.loss.iloc[-1],
        "seconds": round(result.seconds["solve"], 2),
        "reached_epoch": reached.iteration.min(),
        "reached_seconds": round(reached.seconds.min(), 2),
        "compile_seconds": round(result.seconds["compile"], 1),
        "heldout_negative_elbo": result.heldout[-1]["negative_elbo"],
        "threads": len(os.sched_getaffinity(0)),
    }


def epochs(result: Result) -> pd.DataFrame:
    """The rows of a trace that are epochs: the first is the start, the last repeats the best."""
    return result.trace.iloc[1:-1]


def main() -> None:
    """Runs what is missing, then writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="emoji, cpu, tpu; all if none is named")
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    path = RESULTS / "deck_b_vae.csv"
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {(known["task"], known["seed"]) for known in rows}
    for name in arguments.tasks or TASKS:
        for seed in range(arguments.seeds):
            if (name, seed) not in done:
                rows.append(row(name, TASKS[name], seed))
                print(rows[-1], flush=True)
                pd.DataFrame(rows).sort_values(["task", "seed"]).to_csv(path, index=False)
    (RESULTS / "deck_b_vae.md").write_text(table(pd.DataFrame(rows)), encoding="utf-8")


def table(frame: pd.DataFrame) -> str:
    """A line a task, beside deck B's figure."""
    threads = ", ".join(map(str, sorted(set(frame.threads))))
    lines = [
        "# Deck B's variational autoencoders",
        "",
        f"Made by `python benchmarks/deck_b_vae.py` on {environment()['processor']}, cores: {threads},",
        "float32. Loss: bce + KL, mean over the last epoch's batches, nats per image. Seconds: of solving.",
        "",
        "| task | network | settings | seeds | loss, worst | goal | epochs to it | seconds to it, worst "
        "| all epochs, s | compiling, s | held out -ELBO | deck B |",
        "| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --- |",
    ]
    for name, group in frame.groupby("task"):
        task = TASKS[str(name)]
        words, arch = dict(task.experiment.options), "-".join(map(str, task.experiment.arch))
        settings = f"{task.experiment.dataset}, batch {words['batch']}, Adam {words['lr']:g}"
        settings += f", b2 {words['b2']:g}" if "b2" in words else ""
        settings += f", {task.experiment.schedule or 'constant'}, start {task.experiment.init}"
        missed = int(group.reached_seconds.isna().sum())
        late = f"{missed} missed" if missed else f"{group.reached_seconds.max():.1f} of {task.limit:g}"
        lines.append(
            f"| {name} | {arch} | {settings} | {len(group)} | {group.loss.max():.3f} | {task.goal} "
            f"| {group.reached_epoch.max():g} | {late} | {group.seconds.max():.1f} "
            f"| {group.compile_seconds.max():.1f} | {group.heldout_negative_elbo.mean():.2f} "
            f"| {task.deck_b} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
