"""What changed in a grid between environments: the cells of drift.toml, a folder for each environment.

    for v in 1.14.1 1.15.3 1.17.1; do
        python3 -m venv scipy-$v && scipy-$v/bin/pip install -q . \\
            && scipy-$v/bin/pip install -q --no-deps scipy==$v numpy==2.2.6
        scipy-$v/bin/optae bench benchmarks/drift.toml --out grids/drift/scipy-$v
    done
    python benchmarks/drift.py [grids/drift]

Every environment is held against the first one. Writes results/drift.md. Three minutes an environment.
"""

import argparse
from pathlib import Path

import pandas as pd
from grids import GRIDS
from stamp import HERE, write_of_cells

from optae.comparison.drift import drift
from optae.experiments.spec import Spec, read_spec
from optae.pages.results import cells_of
from optae.tables.render import markdown
from optae.text import Record, natural, number

TARGET = "max_pixel_error=0"
COMMANDS = __doc__.split("\n\n")[1]


def environments(folder: Path, spec: Spec) -> dict[str, pd.DataFrame]:
    """The cells of each environment by the name of its folder. Raises ValueError for fewer than two."""
    names = sorted((path.name for path in folder.iterdir() if path.is_dir()), key=natural)
    if len(names) < 2:
        raise ValueError(f"'{folder}' holds {len(names)} environments: run the grid in two")
    return {name: cells_of(spec.experiments, [folder / name]) for name in names}


def sentence(row: Record, a: str, b: str) -> str:
    """What became of a method's runs, in words."""
    if row["verdict"] in ("identical", "same"):
        return f"- `{row['label']}`: all {row['pairs']} runs are {row['verdict']}."
    low, high = (number(row[f"ratio_{end}"], 3) for end in ("low", "high"))
    counts = f"{row['better']} runs are better in {b}, {row['worse']} worse, {row['same']} the same"
    return (
        f"- `{row['label']}`: {counts}. The loss is {number(row['ratio'], 3)} times what it was in {a}, 95 %"
        f" interval {low} to {high}. All letters were right at some moment in {row['met_A']} runs of {a} and"
        f" {row['met_B']} of {b}."
    )


def section(a: str, b: str, frames: dict[str, pd.DataFrame]) -> str:
    """One environment against another: sentences, a row for each method, a row for each of its problems."""
    pooled = drift(frames[a], frames[b], by=["label"], target=TARGET)
    lines = [sentence(row, a, b) for row in pooled.frame.to_dict("records")]
    changed = pooled.frame.loc[pooled.frame["exact"] < pooled.frame["pairs"], "label"]
    before, after = (frames[name][frames[name]["label"].isin(changed)] for name in (a, b))
    each = drift(before, after, target=TARGET)
    parts = [f"## {b} (B) against {a} (A)", "\n".join(lines), markdown(pooled)]
    return "\n\n".join([*parts, "### By problem", markdown(each)])


def main() -> None:
    """Compare the environments and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=GRIDS / "drift")
    spec = read_spec(HERE / "drift.toml")
    frames = environments(parser.parse_args().folder, spec)
    first, *others = frames
    parts = [f"# {spec.title}", spec.question, str(spec.page["remark"]).strip(), f"```sh\n{COMMANDS}\n```"]
    parts += [section(first, other, frames) for other in others]
    cells = pd.concat(frames.values(), ignore_index=True)
    print(write_of_cells("drift", "\n\n".join(parts), cells).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
