"""Which noise is the hardest? Deck A says salt and pepper.

    OPTAE_DATA=folder/with/font.h python benchmarks/denoising_kinds.py

Every kind at the strength at which it moves a pixel by a mean square of 0.1; X, H, I, R of Font2 through
35-18-5-18-35, L-BFGS on 25 frozen copies of each letter, five seeds; scored on 500 fresh copies of each.
Writes results/denoising_kinds.csv and .md.
"""

from dataclasses import replace

from denoising import collect, over_seeds, scores, trained, write

from optae.evaluation.denoising import baselines
from optae.experiments.experiment import Experiment
from optae.experiments.identity import data_of
from optae.model.corruptions import corruption, level_of

NETWORK = Experiment(
    dataset="$OPTAE_DATA/font.h:Font2[XHIR]",
    arch=(35, 18, 5),
    noise="flip:0.1",
    copies=25,
    method="l-bfgs",
    max_iterations=200,
)
MOVED = 0.1  # mean square
SEEDS, DRAWS = 5, 500


def kinds() -> dict[str, str]:
    """Words of noise that all move a pixel as much."""
    ink = float(data_of(NETWORK.dataset).x.mean())
    return {
        "flip": f"flip:{MOVED:g}",
        "flip-exactly": f"flip-exactly:level={MOVED:g}",  # 3 of 35: a little less
        "salt-pepper": f"salt-pepper:{2 * MOVED:g}",
        "masking": f"masking:{MOVED / ink:.4g}",
        "shift, range 1": f"shift:p={3 * MOVED:.4g},range=1",
        "gaussian": f"gaussian:{MOVED**0.5:.4g}",
        "gaussian, clipped": f"gaussian:std={(2 * MOVED) ** 0.5:.4g},clip=true",  # half of it is clipped away
    }


def run(kind: str, seed: int) -> list[dict[str, object]]:
    """A network, and the nearest letter beside it."""
    experiment = replace(NETWORK, noise=kinds()[kind], seed=seed)
    facts, restore = trained(experiment)
    nearest = baselines(data_of(experiment.dataset), 2)
    ways = {"network": restore, **{name: way[0] for name, way in nearest.items() if name[:3] != "PCA"}}
    return [{**facts, **row} for row in scores(ways, experiment, level_of(corruption(kinds()[kind])), DRAWS)]


def main() -> None:
    """Runs what is missing, then writes the table, the hardest noise first."""
    keys = [{"kind": kind, "seed": seed} for kind in kinds() for seed in range(SEEDS)]
    frame = collect("denoising_kinds", ((key, lambda key=key: run(**key)) for key in keys))
    by_name = {name: group for name, group in frame.groupby("denoiser")}
    order = by_name["network"].groupby("kind").exact.mean().sort_values().index
    rows = []
    for kind in order:
        mine, noisy, nearest = (
            by_name[name][by_name[name].kind == kind] for name in ("network", "noisy input", "nearest letter")
        )
        cells = [over_seeds(mine[score]) for score in ("exact", "within_one", "recognised")]
        best = f"{100 * nearest.exact.mean():.4g}"
        rows.append([kinds()[kind], f"{noisy.mse.mean():.3f}", f"{noisy.wrong.mean():.2f}", *cells, best])
    write(
        "denoising_kinds",
        "Which noise is the hardest",
        "X, H, I, R of Font2, 35-18-5-18-35, L-BFGS on 25 frozen copies of each letter; 500 fresh copies of"
        " each, in per cent [range over five seeds]. The kinds move a pixel by about the same mean square.",
        ["noise", "mse", "wrong pixels", "exact", "within one", "recognised", "nearest letter, exact"],
        rows,
    )


if __name__ == "__main__":
    main()
