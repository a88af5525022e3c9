"""Every page of results/ says what made it: the command, the processor, the day, the commit and the spec.

Pages of cells are written by `optae report SPEC --markdown`, whose stamp `optae.pages.stamp` explains; a page
that a program measures by itself is handed to `write`, and its spec is the digest of that program's text
without comments, docstrings and imports.

A page is stale when its stored spec is not today's, when it has no stamp, or when some of its rows were made
before there were stamps. A page keeps its spec when its maker takes another form but asks for the same
cells: the digest is of their recipes. A faster library does not make a page stale: commit and day say which
code was timed. `python benchmarks/results_index.py --mark` says so on the pages themselves.
"""

import ast
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from optae.experiments.spec import read_spec
from optae.pages.results import specs_of, write_page
from optae.pages.stamp import Stamp, asked, commit, digest, git
from optae.storage.environment import environment

if TYPE_CHECKING:
    from pandas import DataFrame

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"


@dataclass(frozen=True)
class Page:
    """How results/NAME.md is made, and what its spec is the digest of."""

    command: str
    spec: str = ""  # a TOML file of cells and of the page
    specs: tuple[str, ...] = ()  # further TOML files of cells
    programs: tuple[str, ...] = ()  # where there is none: what measures
    also: str = ""  # other files of results/ that the command writes
    formerly: Mapping[str, str] = field(default_factory=dict)  # see `same`


def tabulated(
    name: str, also: str = "", program: str = "", formerly: Mapping[str, str] | None = None
) -> Page:
    """A page of cells; of some a `program` chooses what stands in the spec."""
    spec = f"{name}.toml"
    command = f"python benchmarks/{program}" if program else f"optae report benchmarks/{spec} --markdown"
    return Page(command, spec, also=also, formerly=formerly or {})


def measured(
    program: str,
    *others: str,
    options: str = "",
    also: str = "",
    formerly: Mapping[str, str] | None = None,
) -> Page:
    """A page that a program measures by itself, `others` being the modules it takes its work from."""
    command = f"python benchmarks/{program}{options}"
    return Page(command, programs=(program, *others), also=also, formerly=formerly or {})


OTHERS = ("supervised.toml", "denoising_methods.toml", "emoji_methods.toml")
PEERS = ("peers/__main__.py", "peers/ways.py", "peers/referee.py")
PAGES = {
    "methods": tabulated("methods", "`pictures/methods_*.png`"),
    "tuned": tabulated("tuned", "`pictures/tuned_best_of.png`"),
    "power": Page("python benchmarks/power.py", "methods.toml"),
    "choices": Page("python benchmarks/choices.py", "methods.toml", OTHERS),
    "curvature": tabulated("curvature", "`pictures/curvature_curvature.png`"),
    "deck_a": tabulated("deck_a", "`pictures/deck_a_*.png`"),
    "deck_b": tabulated("deck_b", "`pictures/deck_b_*.png`"),
    "binarized_vae": tabulated("binarized_vae"),
    "deep_methods": tabulated("deep_methods", "`pictures/deep_methods_*.png`"),
    "deep_mnist": tabulated("deep_mnist", "`pictures/deep_mnist_*.png`"),
    "deep_mnist_relu": tabulated("deep_mnist_relu", "`pictures/deep_mnist_relu_*.png`"),
    "fashion_vae": tabulated("fashion_vae"),
    "vae_100": tabulated("vae_100", program="vae_100.py"),
    "deck_b_vae": tabulated(
        "deck_b_vae", "`.csv`", program="deck_b_vae.py", formerly={"f42f15ed": "643814bd"}
    ),
    "deck_a_vae": measured("deck_a_vae.py", also="`pictures/deck_a_vae_*.png`"),
    "peers": Page("python benchmarks/peers", programs=PEERS, also="`.csv`"),
    "peers_vae": measured("peers/vae.py", "vae_speed.py", formerly={"66648dd4": "0daf645c"}),
    "vae_speed": measured("vae_speed.py", also="`pictures/vae_cost.png`", formerly={"0bf34cbe": "575c4751"}),
    "vae_speed_xeon": measured("vae_speed.py", options=" --page vae_speed_xeon"),
    "seeds": measured("seeds.py", formerly={"10779083": "361971fb"}),
    "sinc": measured("sinc.py"),
    "sklearn": measured("beside_sklearn.py"),
    "supervised": tabulated("supervised", "`pictures/supervised_best_of_*.png`"),
    "denoising_methods": tabulated("denoising_methods", "`pictures/denoising_methods_best_of.png`"),
    "emoji_methods": tabulated("emoji_methods", "`pictures/emoji_methods_best_of.png`"),
    "wide": measured("wide.py"),
    "names": measured("names.py"),
    "lbfgs": tabulated("lbfgs", "`pictures/lbfgs_*.png`"),
    "drift": Page("python benchmarks/drift.py grids/drift", "drift.toml"),
    "chains": tabulated("chains", "`pictures/chains_*.png`"),
    "letters_lm": tabulated("letters_lm", "`.csv`"),
    "growth": measured("growth.py", options=" --seconds 4", also="`.csv`, `pictures/growth.png`"),
    "powell_fast": measured("powell_fast.py", options=" --seeds 10 --jobs 1", also="`.csv`"),
    "deck_a_powell": tabulated("deck_a_powell", "`.csv`"),
    "denoising_deck_a": tabulated("denoising_deck_a", "`.csv`"),
    "denoising_deck_b": tabulated("denoising_deck_b", "`.csv`"),
    "denoising_font3": tabulated("denoising_font3", "`.csv`"),
    "denoising_subsets": measured("denoising_subsets.py", also="`.csv`, `.png`"),
    "denoising_sweep": tabulated("denoising_sweep", "`.csv`"),
    "denoising_kinds": tabulated("denoising_kinds", "`.csv`"),
    "frozen_noise": tabulated("frozen_noise"),
    "pages": measured("pages.py"),
    "overhead": measured("overhead.py"),
    "runner_cost": measured("runner_cost.py"),
}


def write(
    name: str, text: str, threads: str, commits: Iterable[str] = (), folder: Path | None = None
) -> Path:
    """Write results/NAME.md, "# Title" and the rest, with its stamp; `commits` made rows that were kept."""
    made = ", ".join(dict.fromkeys([*commits] or [commit()]))
    place = f"{environment()['processor']}, {threads}"
    return _written(name, text, Stamp(_command(), place, date.today().isoformat(), made, spec(name)), folder)


def write_of_cells(name: str, text: str, cells: "DataFrame", folder: Path | None = None) -> Path:
    """Write results/NAME.md as `write` does, stamped with where and by which code the cells were made."""
    return _written(name, text, Stamp.of(cells, _command(), spec(name)), folder)


def _written(name: str, text: str, stamp: Stamp, folder: Path | None) -> Path:
    head, _, rest = text.strip().partition("\n")
    path = (folder or RESULTS) / f"{name}.md"
    path.write_text(f"{head}\n\n{stamp}\n\n{rest.strip()}\n", encoding="utf-8")
    return path


def report(name: str, folders: Sequence[Path]) -> Path:
    """Write results/NAME.md, whose spec describes it, from the cells in these folders."""
    return write_page(HERE / PAGES[name].spec, folders, RESULTS / f"{name}.md", _command())


def _command() -> str:
    """The command that started this process."""
    program = Path(sys.argv[0]).resolve()
    program = program.parent if program.name == "__main__.py" else program
    return " ".join(["python", os.path.relpath(program, HERE.parent), *sys.argv[1:]])


def last_change(name: str) -> tuple[str, str]:
    """Commit and day of the last change of a page; a mark, which is a quotation, is none."""
    words = ("log", "-1", "--format=%cs %h", "-G^[^>]", "--", f"results/{name}.md")
    day, _, found = git(*words).partition(" ")
    return found or "unknown", day or "unknown"


def spec(name: str) -> str:
    """8 hex digits of what today's command would ask for."""
    page = PAGES[name]
    if page.spec:
        return asked(map(read_spec, [*specs_of(HERE / page.spec), *(HERE / other for other in page.specs)]))
    return digest(substance((HERE / program).read_text(encoding="utf-8")) for program in page.programs)


def same(name: str, stored: str) -> bool:
    """Whether a page's stored spec is what today's command would ask for.

    It also is where a program of that digest ran exactly what today's asks for: the cells that are now in a
    TOML file, or the same calls in other words. `Page.formerly` holds the old digest beside today's.
    """
    return PAGES[name].formerly.get(stored, stored) == spec(name)


def substance(source: str) -> str:
    """A program without comments, docstrings, imports and blank lines."""
    dropped: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr):
            if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
                continue
            dropped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = (line for i, line in enumerate(source.splitlines(), 1) if i not in dropped)
    lines = (line.split("  # ")[0].strip() for line in lines)
    return "\n".join(line for line in lines if line and not line.startswith("#"))
