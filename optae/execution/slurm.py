"""The script of a SLURM job array that runs a grid: a task for each shard."""

import math
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..files import whole_file
from ..text import counted
from .plan import Plan

MARK = "# A job array of optae bench"
MARGIN, START = 1.5, 600  # of the seconds that a task needs at worst, and for compiling and starting
MOST = 100_000  # tasks, so that a mistyped number writes no absurd array


def array_script(
    command: Sequence[str], todo: Plan, tasks: int, jobs: int, threads: int, out: Path, place: Path
) -> str:
    """Return the script whose task I of `tasks` runs the command with the shard I of `tasks`.

    A task runs `jobs` cells at a time on `threads` cores each, in the folder `place`, by this Python. It may
    take the seconds of its cells' budgets, with a margin; if they have no limit of seconds, the cluster's
    default decides. Raises ValueError for fewer than 1 or more than `MOST` tasks, and if nothing is to run.
    """
    if not 1 <= tasks <= MOST:
        raise ValueError(f"`slurm` {tasks}: give the number of tasks, 1 to {MOST:,}")
    if not todo.jobs:
        raise ValueError("`slurm` has nothing to run: every cell is done or refused")
    options = {
        "job-name": f"optae-{out.name}",
        "array": f"1-{tasks}",
        "cpus-per-task": str(jobs * threads),
        **_time(todo, tasks, jobs),
        "chdir": str(place),
        "output": f"{out.name}.slurm-%a.log",
    }
    lines = [f"#SBATCH --{name}={_quoted(value)}" for name, value in options.items()]
    words = [shlex.join([sys.executable, "-m", "optae", *command]), f'--shard "$SLURM_ARRAY_TASK_ID/{tasks}"']
    return "\n".join(
        [
            "#!/bin/bash",
            f"{MARK}: {counted(len(todo.jobs), 'cell')} to run. Submitted again, it goes on.",
            *lines,
            "set -euo pipefail",
            f"exec {' '.join(words)}",
            "",
        ]
    )


def write_script(text: str, path: Path) -> Path:
    """Write the script whole or not at all. Raises ValueError if another file has that name."""
    if path.exists() and not (path.is_file() and MARK.encode() in path.read_bytes()[:200]):
        raise ValueError(f"'{path}' exists and is not a script of optae: move it away")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.encode())
    return path


def _time(todo: Plan, tasks: int, jobs: int) -> dict[str, str]:
    """Return the option of the longest task's time, none if some run has no limit of seconds."""
    spent = [0.0] * tasks
    for job in todo.jobs:
        spent[int(job.cell.name, 16) % tasks] += job.cell.family.max_seconds
    longest = max(spent) / jobs
    if math.isinf(longest):
        return {}
    minutes = math.ceil((MARGIN * longest + START) / 60)
    return {"time": f"{minutes // 60}:{minutes % 60:02}:00"}


def _quoted(value: str) -> str:
    """Return a value of an #SBATCH line, in double quotes if it has blanks."""
    return f'"{value}"' if " " in value else value
