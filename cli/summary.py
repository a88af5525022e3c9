"""The summary of a run that `optae train` prints: what was trained, what came of it, and what to do next."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from optae.datasets import Dataset
from optae.engines import compile_cache
from optae.evaluation.own import brief
from optae.experiments.experiment import Experiment
from optae.experiments.noise_regime import described
from optae.experiments.warm_start import split
from optae.plugins import is_own
from optae.text import counted, pathless
from optae.training.result import Result

HELDOUT = "heldout_"  # how the names of metrics on held-out samples begin


def asked(experiment: Experiment, data: Dataset) -> str:
    """Return what was trained, on a line: the data, the network, its size, and the run it started from.

    >>> asked(Experiment(arch=(35, 3, 2)), Experiment().data())
    'font2, 32 samples; network 35-3-2-3-35, 265 parameters'
    """
    model = experiment.model(data)
    samples, widths = counted(len(data), "sample"), "-".join(map(str, model.widths))
    start = f"; from {split(experiment.warm_start)[0]}" if experiment.warm_start else ""
    return f"{pathless(data.name)}, {samples}; network {widths}, {model.size:,} parameters{start}"


def next_commands(experiment: Experiment, folder: Path) -> str:
    """Return the commands that show what has come of a run, a line each."""
    commands = ("show", "explore", "plot run") if experiment.network is None else ("plot run", "table")
    place = shlex.quote(str(folder))
    return "next:  " + "\n       ".join(f"optae {command} {place}" for command in commands)


def _heldout(seen: dict[str, float], trained: dict[str, float], pixels: int) -> dict[str, str]:
    """Return the rows of held-out images: a bound per image and pixel, or errors, the trained ones' too."""
    if "negative_elbo" not in seen:
        errors = [name.removeprefix(HELDOUT) for name in seen if name.startswith(HELDOUT)]
        names = ", ".join(errors)
        return {
            names: ", ".join(f"{trained[name]:.6g}" for name in errors),
            f"held out: {names}": ", ".join(f"{seen[HELDOUT + name]:.6g}" for name in errors),
        }
    bound = seen["negative_elbo"]
    parts = f"{seen['misfit']:.5g} misfit + {seen['divergence']:.4g} divergence"
    return {
        "held out: -ELBO, nats per image": f"{bound:.6g} ({bound / pixels:.4g} a pixel) = {parts}",
        "held out: importance-weighted": f"{seen['negative_iwae']:.6g}",
        "active latent units": f"{seen['active_units']:.0f}",
    }


def likelihood_row(seen: Mapping[str, float]) -> dict[str, str]:
    """Return the row of the log-likelihood of held-out images, if it was measured."""
    if "negative_likelihood" not in seen:
        return {}
    value, error, images = -seen["negative_likelihood"], seen["likelihood_error"], seen["images_error"]
    mean, many = f"{value:.6g}, standard error", f"{seen['likelihood_images']:,.0f} images"
    if codes := seen.get("likelihood_codes"):
        by = f"quadrature over {codes:,.0f} codes, {many}"
        text = f"{mean} {images:.2g} over images; error of the quadrature below {error:.2g}"
        return {f"held out: log-likelihood by {by}": text}
    by = f"{seen['likelihood_samples']:,.0f} samples of {many}"
    return {
        f"held out: log-likelihood by {by}": f"{mean} {error:.2g} by the samples and {images:.2g} over images"
    }


def _measured(metrics: dict[str, float], samples: int) -> dict[str, str]:
    """Return the rows of the metrics: of pixels, or of predictions, with those on held-out samples beside."""
    plain = [name for name in metrics if not is_own(name) and not name.startswith(HELDOUT)]
    own = [name for name in metrics if is_own(name) and not name.endswith(":heldout")]
    mine = {brief(name): _beside(metrics[name], metrics.get(f"{name}:heldout")) for name in own}
    if "half_sse" not in metrics:
        return {name: _beside(metrics[name], metrics.get(HELDOUT + name)) for name in plain} | mine
    return {
        "half_sse, mse, bce": f"{metrics['half_sse']:.4g}, {metrics['mse']:.4g}, {metrics['bce']:.4g}",
        "wrong pixels at worst": f"{metrics['max_pixel_error']}",
        "exact, within one pixel": f"{metrics['exact']}, {metrics['within_one']} of {samples}",
        **mine,
    }


def _beside(seen: float, unseen: float | None) -> str:
    return f"{seen:.4g}" if unseen is None else f"{seen:.4g}, and {unseen:.4g} on held-out samples"


def summary(
    experiment: Experiment, loss: str, result: Result, samples: int, pixels: int
) -> list[dict[str, str]]:
    """Return the rows of the short table at the end: the start, the best vector and the cost.

    `loss` says what was minimised.
    """
    seconds = result.seconds
    compiled = f" + {seconds['compile']:.3g} compiling" if seconds["compile"] else ""
    compiled += f" ({kept})" if compiled and (kept := compile_cache.described()) else ""
    counts = [f"{count:,.10g} {kind}" for kind, count in result.evaluations.items() if count]
    known = experiment.resolved
    unseen = " on unseen noise" if known.noise else " on unseen pixels" if known.regime else ""
    facts = {
        f"{loss} at the start": f"{result.rows[0].loss:.6g}",
        f"{loss}{unseen}": f"{result.value:.6g}",
        **_measured(result.metrics, samples),
        "iterations": f"{result.iterations:,}",
        "evaluations": ", ".join(counts) or "none",
        "seconds": f"{seconds['solve']:.3g} solving{compiled}, {seconds['processor']:.3g} of the processor",
    }
    if result.clock_note:
        facts["the clock"] = result.clock_note
    if result.heldout:
        facts |= _heldout(result.heldout[-1], result.metrics, pixels) | likelihood_row(result.likelihood)
    if known.noise:
        facts |= {"noise": f"{known.noise}; {described(known.words)}"}
    if known.binarize:
        drawn = f"; {described(known.words)}" if known.regime else ""
        facts |= {"pixels of 0 and 1": f"{known.binarize}{drawn}"}
    return [{experiment.method: name, "": value} for name, value in facts.items()]
