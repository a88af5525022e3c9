"""The stamp of a page of results: its command, processor, day, versions of the code, and spec.

The *spec* of a page is a digest of the work, whatever the machine: the recipe of every cell as today's code
resolves it, and the section [denoise]. A changed default, option, seed or numbering of random streams changes
it. The recipes are hashed with data of zeros, so that no data set is needed. How the cells are tabulated and
drawn is not part of it. A page is stale if its spec differs from today's.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import __version__
from ..datasets import Dataset
from ..experiments.identity import cell
from ..experiments.spec import Spec
from ..storage.environment import code

if TYPE_CHECKING:
    from pandas import DataFrame

HERE = Path(__file__).resolve().parent.parent
UNSTAMPED = "before stamps"  # the commit of rows whose commit is not on record
DIGITS = 8
MADE = r"^Made by `(.+)` on (.+); (\S+), commit (.+), spec ([0-9a-f]{8})\.$"


@dataclass(frozen=True)
class Stamp:
    """The facts that a page gives about how it was made."""

    command: str  # as typed
    place: str  # the processor and the threads
    day: str
    commit: str
    spec: str

    def __str__(self) -> str:
        return (
            f"Made by `{self.command}` on {self.place}; {self.day}, commit {self.commit}, spec {self.spec}."
        )

    @classmethod
    def read(cls, text: str) -> "Stamp | None":
        """Return the stamp of a page, or None if it has none."""
        found = re.search(MADE, text, re.MULTILINE)
        return cls(*found.groups()) if found else None

    @classmethod
    def of(cls, frame: "DataFrame", command: str, spec: str) -> "Stamp":
        """Return the stamp of a page that is made today from these cells."""
        return cls(command, place(frame), date.today().isoformat(), commits(frame), spec)


def place(frame: "DataFrame") -> str:
    """Return where the cells ran, such as 'AMD EPYC, 2 cores, 1 thread a run'."""
    ran = frame[frame["status"] != "refused"]
    threads = " or ".join(f"{n:g}" for n in sorted(ran["threads"].dropna().unique()))
    unit = "thread" if threads == "1" else "threads"
    return f"{'; '.join(sorted(frame['machine'].unique()))}, {threads} {unit} a run"


def commits(frame: "DataFrame") -> str:
    """Return the versions of the code that made the cells: today's as a commit, others as a digest."""
    digests = sorted(frame["code"].unique())
    words = {code(): commit(), "": UNSTAMPED}
    return ", ".join(words.get(digest, f"of code {digest}") for digest in digests)


@cache
def commit() -> str:
    """Return the commit of this code, with a plus if it was changed, or the version of an installed copy."""
    if not git("ls-files", "optae/__init__.py"):
        return __version__
    changed = git("status", "--porcelain", "--", "optae", "cli", "benchmarks")
    return git("rev-parse", "--short=7", "HEAD") + ("+" if changed else "")


def git(*words: str) -> str:
    """Return git's answer in the folder that holds the library, empty if there is no git."""
    try:
        done = subprocess.run(["git", *words], cwd=HERE.parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def asked(specs: Iterable[Spec]) -> str:
    """Return the digest of the work that these specs describe, `DIGITS` hex digits."""
    return digest(word for spec in specs for word in _words(spec))


def digest(texts: Iterable[str]) -> str:
    """Return `DIGITS` hex digits of the hash of these texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:DIGITS]


def _words(spec: Spec) -> Iterator[str]:
    """Yield the names of a spec's cells, computed with data of zeros, and its section [denoise]."""
    yield from sorted({cell(e, _blank(e.arch[0] if e.arch else 1, e.network)).name for e in spec.experiments})
    if "denoise" in spec.page:
        yield json.dumps(spec.page["denoise"], sort_keys=True)


@cache
def _blank(width: int, network: str | None) -> Dataset:
    targets = None if network is None else np.zeros((1, 1))
    return Dataset("blank", np.zeros((1, width)), ("",), (1, width), "zeros", targets=targets)
