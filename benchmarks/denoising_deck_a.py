"""Deck A's four denoising experiments: X, H, I, R through 35-18-5-18-35 under shifts toward the other colour.

    OPTAE_DATA=folder/with/font.h python benchmarks/denoising_deck_a.py

Range 0.5, probability 0.1 to 0.4; ReLU encoder, linear latent layer, decoder logistic:1.6, no biases, start
U(-1, 1), half_sse, 100 iterations; 5 frozen copies of each letter, as deck A had them, and, beside that, 20
fresh copies every 20 iterations. Scored on 1000 fresh copies of each letter. Writes
results/denoising_deck_a.csv and .md.
"""

from dataclasses import replace
from itertools import product

from denoising import collect, over_seeds, scores, trained, write

from optae.evaluation.denoising import baselines
from optae.experiments.experiment import Experiment
from optae.experiments.identity import data_of

NETWORK = Experiment(
    dataset="$OPTAE_DATA/font.h:Font2[XHIR]",
    arch=(35, 18, 5, 18, 35),
    encoder="relu",
    decoder="logistic:1.6",
    bias=False,
    init="uniform",
    loss="half_sse",
    noise="shift:p=0.1,range=0.5",
    copies=5,
    method="lm",
    max_iterations=100,
    max_seconds=60,
)
PROBABILITIES = (0.1, 0.2, 0.3, 0.4)
DECK_A = {0.1: 2.8e-42, 0.2: 2.8e-30, 0.3: 8.2e-79, 0.4: 2.3e-49}
REGIMES = {"frozen": ("lm", "l-bfgs", "powell-fast"), "fresh": ("lm", "l-bfgs")}
SEEDS, DRAWS = 3, 1000


def run(p: float, method: str, regime: str, seed: int) -> list[dict[str, object]]:
    """A network, and with the first one the baselines."""
    words = {"copies": 5, "redraw": None} if regime == "frozen" else {"copies": 20, "redraw": 20}
    experiment = replace(
        NETWORK, noise=f"shift:p={p},range=0.5", method=method, seed=seed, regime=regime, **words
    )
    facts, restore = trained(experiment)
    ways = {"network": restore}
    if (method, regime, seed) == ("lm", "frozen", 0):
        ways |= {name: way[0] for name, way in baselines(data_of(experiment.dataset), 5).items()}
    return [{**facts, **row} for row in scores(ways, experiment, p, DRAWS)]


def main() -> None:
    """Runs what is missing, then writes the table."""
    axes = product(PROBABILITIES, [(m, r) for r, methods in REGIMES.items() for m in methods], range(SEEDS))
    keys = [{"p": p, "method": m, "regime": r, "seed": s} for p, (m, r), s in axes]
    frame = collect("denoising_deck_a", ((key, lambda key=key: run(**key)) for key in keys))
    frame.loc[frame.denoiser != "network", ["method", "regime"]] = "-"
    rows = []
    for (p, regime, method, name), group in frame.groupby(["p", "regime", "method", "denoiser"]):
        error = f"{group.training_half_sse.median():.2g}" if name == "network" else "-"
        shares = [over_seeds(group[score], 4) for score in ("exact", "within_one", "recognised")]
        label = f"{method}, {regime}" if name == "network" else name
        rows.append([p, label, f"{DECK_A[p]:g}", error, *shares, f"{group.mse.mean():.2g}"])
    write(
        "denoising_deck_a",
        "Deck A's four denoising experiments",
        "X, H, I, R of Font2, 35-18-5-18-35, range 0.5. Training error: median half_sse over three seeds on"
        " the training noise. Then 1000 fresh copies of each letter, in per cent [range over seeds].",
        ["p", "denoiser", "deck A's error", "ours", "exact", "within one", "recognised", "mse, fresh"],
        rows,
        "A shift of at most half a tone never crosses 0.5: the noisy letters themselves are exact by their"
        " pixels, so nearness to 1e-30 on the copies that were trained on says nothing.",
    )


if __name__ == "__main__":
    main()
