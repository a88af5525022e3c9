"""optae curvature: the eigenvalues of the loss's Hessian and Gauss-Newton matrix at a stored run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .media import keep, made_for_a_medium
from .tables import print_table

if TYPE_CHECKING:
    import numpy as np

    from optae.engines.draw import Draw
    from optae.evaluation.curvature import Curvature
    from optae.storage.run import Run

SOURCE = "optae curvature"
SNAPSHOTS = 200_000  # parameters above which the snapshots' sharpness takes too long


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(1, 100), help="Eigenvalues to print."
)
@click.option(
    "--probes",
    type=click.IntRange(1, 1000),
    help="Random vectors that estimate the density.  [default: none up to 3,000 parameters, all of whose"
    " eigenvalues are computed, else 8]",
)
@click.option(
    "--steps", default=100, show_default=True, type=click.IntRange(2, 5000), help="Products for each of them."
)
@click.option(
    "--samples",
    default=2000,
    show_default=True,
    type=click.IntRange(1),
    help="Most samples of the data to use.",
)
@click.option(
    "--alpha",
    default=1e-3,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Precision of the prior that the effective dimension compares each eigenvalue with.",
)
@made_for_a_medium
@click.option(
    "--out", type=click.Path(path_type=Path), help="Picture to write.  [default: RUN/curvature.png]"
)
def curvature(
    run: str, top: int, probes: int | None, steps: int, samples: int, alpha: float, out: Path | None
) -> None:
    """Show the curvature of the loss where a run ended.

    For the Hessian and the Gauss-Newton matrix: the largest eigenvalues (Lanczos), the lowest, the trace, and
    the effective dimension, the sum of abs(v) / (abs(v) + alpha) over all eigenvalues v (MacKay, 1992). The
    picture has the density of all eigenvalues, and the largest one at each vector that the run kept: gradient
    descent with rate r is stable while it is below 2 / r.

    \b
    optae curvature runs/font2-lm-0
    optae plot curvature grid/
    """
    from optae.evaluation.curvature import MATRICES, draw_of
    from optae.evaluation.curvature import curvature as measured
    from optae.figures import check_place
    from optae.figures.spectrum import curvature as picture
    from optae.storage.run import load_run

    stored = load_run(run)
    place = out or stored.path / "curvature.png"
    check_place(place, SOURCE)
    problem = stored.experiment.problem(stored.data)
    draw = draw_of(problem.model, problem.x, problem.y, samples)
    found = [measured(problem.model, stored.theta, draw, name, top, probes, steps) for name in MATRICES]
    print_table([_row(one, alpha) for one in found], _caption(stored, len(draw.x)))
    print_table([{"eigenvalue": str(k + 1), **_values(found, k)} for k in range(len(found[0].top))])
    keep(picture(found, _sharpness(stored, draw), str(stored.path)), place, SOURCE)


def _caption(run: "Run", samples: int) -> str:
    return f"Loss {run.record['loss']} on {samples:,} samples, {run.model.size:,} parameters"


def _row(found: "Curvature", alpha: float) -> dict[str, str]:
    from optae.text import number

    def with_error(value: tuple[float, float]) -> str:
        return number(value[0]) + (f" ± {number(value[1], 2)}" if value[1] else "")

    known = found.spectrum.exact or found.lowest > -alpha  # |v| has an edge at 0 that no estimate resolves
    effective = found.spectrum.effective(alpha) if known else None
    return {
        "matrix": found.matrix,
        "largest": number(float(found.top[0])),
        "lowest": number(found.lowest),
        "trace": with_error(found.spectrum.trace),
        f"effective dimension at {number(alpha)}": with_error(effective) if effective else "-",
    }


def _values(found: list["Curvature"], k: int) -> dict[str, str]:
    """Return the k-th largest eigenvalue of each matrix, with its error if that shows in its digits."""
    from optae.text import number

    def written(value: float, error: float) -> str:
        return number(value, 6) if error <= 1e-6 * abs(value) else f"{number(value)} ± {number(error, 2)}"

    return {one.matrix: written(float(one.top[k]), float(one.errors[k])) for one in found}


def _sharpness(run: "Run", draw: "Draw") -> dict[str, tuple["np.ndarray", "np.ndarray"]]:
    """Return the evaluations of the run's snapshots and their largest eigenvalues, by matrix."""
    import numpy as np

    from optae.evaluation.curvature import MATRICES, sharpness
    from optae.storage.snapshots import read_snapshots

    kept = read_snapshots(run.path)
    if not kept or run.model.size > SNAPSHOTS:
        return {}
    calls = np.array([one.evaluations for one in kept])
    thetas = [one.theta for one in kept]
    return {name: (calls, np.array(sharpness(run.model, thetas, draw, name))) for name in MATRICES}
