"""Every page of results/ says what made it: the command, the processor, the day, the commit and the spec.

A program hands its page to `write`, which puts a stamp below the title. The *spec* of a page is the digest of
what is asked of the machine, not of how fast the machine answers:

- of a page over cells, the recipe of every cell as today's code resolves it (a changed default, option, seed
  or numbering of random streams changes it), on data of zeros, so that no data set need be there;
- of a page that a program measures by itself, that program's text without comments, docstrings and imports.

A page is stale when its stored spec is not today's, when it has no stamp, or when some of its rows were
made before there were stamps. A faster library does not make a page stale: commit and day say which code was
timed. `python benchmarks/results_index.py --mark` says so on the pages themselves.
"""

import ast
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from optae import Dataset
from optae.experiments.grid import read_spec
from optae.experiments.identity import cell
from optae.storage.environment import environment

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
UNSTAMPED = "before stamps"  # the commit of rows whose commit nobody wrote down


@dataclass(frozen=True)
class Page:
    """How results/NAME.md is made: the arguments of `python`, and what its spec is the digest of."""

    command: str
    specs: tuple[str, ...] = ()  # TOML files of cells
    programs: tuple[str, ...] = ()  # where there are none: what measures
    also: str = ""  # other files of results/ that the command writes


def measured(program: str, *others: str, options: str = "", also: str = "") -> Page:
    """A page that a program measures by itself, `others` being the modules it takes its work from."""
    return Page(f"benchmarks/{program}{options}", programs=(program, *others), also=also)


PEERS = ("peers/__main__.py", "peers/ways.py", "peers/referee.py")
PAGES = {
    "methods": Page("benchmarks/decks.py methods", specs=("methods.toml",), also="`pictures/methods_*.png`"),
    "methods_tuning": Page("benchmarks/methods_tuning.py", specs=("methods_tuning.toml",)),
    "deck_a": Page("benchmarks/decks.py deck_a", specs=("deck_a.toml",), also="`pictures/deck_a_*.png`"),
    "deck_b": Page("benchmarks/decks.py deck_b", specs=("deck_b.toml",), also="`pictures/deck_b_*.png`"),
    "vae_100": Page("benchmarks/vae_100.py", specs=("vae_100_choice.toml", "vae_100.toml")),
    "deck_b_vae": measured("deck_b_vae.py", also="`.csv`"),
    "deck_a_vae": measured("deck_a_vae.py", also="`pictures/deck_a_vae_*.png`"),
    "peers": Page("benchmarks/peers", programs=PEERS, also="`.csv`"),
    "peers_vae": measured("peers/vae.py", "vae_speed.py"),
    "vae_speed": measured("vae_speed.py", also="`pictures/vae_cost.png`"),
    "seeds": measured("seeds.py"),
    "sinc": measured("sinc.py"),
    "letters_lm": measured("letters_lm.py", also="`.csv`"),
    "growth": measured("growth.py", options=" --seconds 4", also="`.csv`, `pictures/growth.png`"),
    "powell_fast": measured("powell_fast.py", options=" --seeds 10 --jobs 1", also="`.csv`"),
    "deck_a_powell": measured("deck_a_powell.py", also="`.csv`"),
    "denoising_deck_a": measured("denoising_deck_a.py", "denoising.py", also="`.csv`"),
    "denoising_deck_b": measured("denoising_deck_b.py", "denoising.py", also="`.csv`"),
    "denoising_font3": measured("denoising_font3.py", "denoising.py", also="`.csv`"),
    "denoising_subsets": measured("denoising_subsets.py", "denoising.py", also="`.csv`, `.png`"),
    "denoising_sweep": measured("denoising_sweep.py", "denoising.py", also="`.csv`"),
    "denoising_kinds": measured("denoising_kinds.py", "denoising.py", also="`.csv`"),
    "frozen_noise": measured("frozen_noise.py"),
    "pages": measured("pages.py"),
    "overhead": measured("overhead.py"),
    "runner_cost": measured("runner_cost.py"),
}


@dataclass(frozen=True)
class Stamp:
    """What a page says of its making."""

    command: str  # as typed, behind `python`
    place: str  # the processor and the threads
    day: str
    commit: str
    spec: str

    def __str__(self) -> str:
        return (
            f"Made by `python {self.command}` on {self.place}; {self.day}, commit {self.commit},"
            f" spec {self.spec}."
        )

    @classmethod
    def read(cls, text: str) -> "Stamp | None":
        """The stamp of a page, if it has one."""
        line = r"^Made by `python (.+)` on (.+); (\S+), commit (.+), spec ([0-9a-f]{8})\.$"
        found = re.search(line, text, re.MULTILINE)
        return cls(*found.groups()) if found else None


def write(
    name: str, text: str, threads: str, commits: Iterable[str] = (), folder: Path | None = None
) -> Path:
    """Write results/NAME.md, "# Title" and the rest, with its stamp; `commits` made rows that were kept."""
    head, _, rest = text.strip().partition("\n")
    made = ", ".join(dict.fromkeys([*commits] or [commit()]))
    place = f"{environment()['processor']}, {threads}"
    stamp = Stamp(_typed(), place, date.today().isoformat(), made, spec(name))
    path = (folder or RESULTS) / f"{name}.md"
    path.write_text(f"{head}\n\n{stamp}\n\n{rest.strip()}\n", encoding="utf-8")
    return path


def _typed() -> str:
    """The arguments of `python` that started this process."""
    program = Path(sys.argv[0]).resolve()
    program = program.parent if program.name == "__main__.py" else program
    return " ".join([os.path.relpath(program, HERE.parent), *sys.argv[1:]])


@cache
def commit() -> str:
    """The commit that runs, with a plus where its code was changed since."""
    changed = _git("status", "--porcelain", "--", "optae", "cli", "data", "benchmarks")
    return (_git("rev-parse", "--short=7", "HEAD") or "unknown") + ("+" if changed else "")


def last_change(name: str) -> tuple[str, str]:
    """Commit and day of the last change of a page; a mark, which is a quotation, is none."""
    words = ("log", "-1", "--format=%cs %h", "-G^[^>]", "--", f"results/{name}.md")
    day, _, found = _git(*words).partition(" ")
    return found or "unknown", day or "unknown"


def _git(*words: str) -> str:
    try:
        return subprocess.run(
            ["git", *words], cwd=HERE.parent, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@cache
def code() -> str:
    """8 hex digits of the library's own files: rows of one value were made by one version of it."""
    files = sorted((HERE.parent / "optae").rglob("*.py"))
    return _digest(file.read_text(encoding="utf-8") for file in files)


def spec(name: str) -> str:
    """8 hex digits of what today's command would ask for."""
    page = PAGES[name]
    texts = [substance((HERE / program).read_text(encoding="utf-8")) for program in page.programs]
    return _digest([*(word for file in page.specs for word in _recipes(file)), *texts])


def _recipes(file: str) -> list[str]:
    """The names of the cells of a TOML file, had they data of zeros."""
    cells = set()
    for experiment in read_spec(HERE / file).experiments:
        width = experiment.arch[0]
        blank = Dataset(experiment.dataset, np.zeros((1, width)), ("",), (1, width), "zeros")
        cells.add(cell(experiment, blank).name)
    return sorted(cells)


def substance(source: str) -> str:
    """A program without comments, docstrings, imports and blank lines."""
    dropped: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if text or isinstance(node, ast.Import | ast.ImportFrom):
            dropped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = (line for i, line in enumerate(source.splitlines(), 1) if i not in dropped)
    lines = (line.split("  # ")[0].strip() for line in lines)
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]
