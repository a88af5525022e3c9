"""What changed in a grid between environments: the cells of drift.toml, a folder for each environment.

    for v in 1.14.1 1.15.3 1.17.1; do
        python3 -m venv scipy-$v && scipy-$v/bin/pip install -q . \\
            && scipy-$v/bin/pip install -q --no-deps scipy==$v numpy==2.2.6
        scipy-$v/bin/optae bench benchmarks/drift.toml --out grids/drift/scipy-$v
    done
    OPENBLAS_CORETYPE=Haswell scipy-1.17.1/bin/optae bench benchmarks/drift.toml \\
        --out grids/drift/scipy-1.17.1-haswell
    python benchmarks/drift.py grids/drift

Every environment is held against the one before it, by name. Writes results/drift.md. Ten minutes each.
"""

import argparse
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pandas as pd
from grids import GRIDS
from stamp import HERE, write_of_cells

from optae.comparison.drift import drift
from optae.experiments.spec import Spec, read_spec
from optae.pages.results import cells_of
from optae.tables.render import markdown
from optae.tables.table import Table
from optae.text import Record, interval, natural

TARGET = "max_pixel_error=0"
COMMANDS = dedent(__doc__.split("\n\n")[1])


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
    ratio, low, high = interval(row["ratio"], row["ratio_low"], row["ratio_high"])
    said = "no difference is shown" if row["verdict"] == "not shown" else f"{b} is {row['verdict']}"
    same = f", {row['same']} the same" if row["same"] else ""
    ends = f" Runs that ended otherwise: {row['statuses']}." if row["statuses"] else ""
    return (
        f"- `{row['label']}`: {row['better']} runs are better in {b}, {row['worse']} worse{same}. The loss is"
        f" {ratio} times what it was in {a}, 95 % interval {low} to {high}: {said}. All"
        f" letters were right at some moment in {row['met_A']} runs of {a} and {row['met_B']} of {b}.{ends}"
    )


def section(a: str, b: str, frames: dict[str, pd.DataFrame]) -> str:
    """One environment against another: sentences, a row for each method, a row for each of its problems."""
    pooled = drift(frames[a], frames[b], by=["label"], target=TARGET)
    lines = [sentence(row, a, b) for row in pooled.frame.to_dict("records")]
    whole = (
        pooled.frame["pairs"] == pooled.frame["pairs"].max()
    )  # a control with few seeds has no row by problem
    changed = pooled.frame.loc[whole & (pooled.frame["exact"] < pooled.frame["pairs"]), "label"]
    parts = [f"## {b} (B) against {a} (A)", "\n".join(lines), markdown(bare(pooled)).strip()]
    if len(changed):
        before, after = (frames[name][frames[name]["label"].isin(changed)] for name in (a, b))
        each = drift(before, after, target=TARGET)
        parts.append(markdown(replace(bare(each), caption="By problem:", notes=())).strip())
    return "\n\n".join(parts)


def bare(table: Table) -> Table:
    """A table without the meanings of its columns, which stand once on the page."""
    return replace(table, columns=tuple(replace(column, meaning="") for column in table.columns))


def legend(frames: dict[str, pd.DataFrame]) -> str:
    """The meanings of the columns of all tables."""
    first, second, *_ = frames.values()
    columns = drift(first, second, by=["label"], target=TARGET).columns
    return "\n".join(f"- **{column.head}**: {column.meaning}" for column in columns if column.meaning)


def main() -> None:
    """Compare the environments and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=GRIDS / "drift")
    spec = read_spec(HERE / "drift.toml")
    frames = environments(parser.parse_args().folder, spec)
    parts = [f"# {spec.title}", spec.question, str(spec.page["remark"]).strip(), f"```sh\n{COMMANDS}\n```"]
    parts += [section(a, b, frames) for a, b in pairwise(frames)]
    parts += ["## Columns", legend(frames)]
    cells = pd.concat(frames.values(), ignore_index=True)
    print(write_of_cells("drift", "\n\n".join(parts), cells).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
