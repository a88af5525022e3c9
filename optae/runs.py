"""Several stored runs at once: found below folders, on the same data, grouped by all but their seed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cells import load_cells
from .datasets import Dataset
from .recipes import data_of, label
from .regimes import described
from .store import Run, load_run


def stored_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs with a vector at or below these folders. Raises ValueError where there is none."""
    found = []
    for path in paths:
        inside = [path] if (path / "run.json").is_file() else load_cells(path)["path"]
        found += [load_run(place) for place in inside]
    runs = [run for run in found if (run.path / "theta.safetensors").is_file()]
    if not runs:
        raise ValueError(f"no trained run in {', '.join(map(repr, map(str, paths)))}: name folders of runs")
    return runs


def same_data(runs: Sequence[Run]) -> Dataset:
    """The data that all were trained on. Raises ValueError where they differ, or are gone."""
    data = data_of(runs[0].experiment.dataset)
    for run in runs:
        if run.record["environment"]["data"]["sha256"] != data.sha256:
            raise ValueError(
                f"'{run.path}' was trained on '{run.record['dataset']}', not on '{data.name}' as it is now:"
                " score runs of one data set at a time"
            )
    return data


def by_recipe(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs by what of their recipe differs, seeds apart, the method first."""
    words = [_words(run) for run in runs]
    told = [key for key in words[0] if key == "method" or len({word[key] for word in words}) > 1]
    groups = dict[str, list[Run]]()
    for run, word in zip(runs, words, strict=True):
        groups.setdefault("; ".join(word[key] for key in told), []).append(run)
    return groups


def _words(run: Run) -> dict[str, str]:
    facts: dict[str, Any] = run.record
    model = {key: str(word) for key, word in facts["model"].items() if key != "corruption"}
    return {
        "method": label(facts["method"], facts["options"]),
        "arch": "-".join(map(str, facts["arch"])),
        **{key: f"{key} {word}" for key, word in model.items()},
        "loss": facts["loss"],
        "noise": facts.get("noise", "no noise"),
        "regime": described(facts),
        "engine": facts["engine"],
    }
