"""The script of a job array runs every shard of the grid by the command that was typed."""

import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.storage.frame import load_cells

GRID = [
    "bench",
    "--method",
    "adam",
    "--method",
    "l-bfgs",
    "--arch",
    "35,4,2",
    "--seeds",
    "2",
    "--out",
    "my grid",
]
QUICK = [*GRID, "--max-evaluations", "5", "--max-seconds", "90"]


def run(*words):
    return CliRunner().invoke(main, [*words])


def test_the_tasks_together_run_every_cell_once(here):
    made = run(*QUICK, "--slurm", "2")
    assert made.exit_code == 0 and "sbatch my grid.sbatch" in made.output and not (here / "my grid").exists()
    script = (here / "my grid.sbatch").read_text()
    assert "#SBATCH --array=1-2" in script and f"#SBATCH --chdir={here}" in script
    assert (
        re.search(r"--time=0:1[0-9]:00", script) and "--cpus-per-task=1" in script and "--slurm" not in script
    )
    assert script.splitlines()[-1].startswith(f"exec {sys.executable} -m optae bench --method adam")
    for task in "12":
        words = script.splitlines()[-1].replace('"$SLURM_ARRAY_TASK_ID/2"', f"{task}/2")
        done = run(*words.replace("'my grid'", "mygrid").split()[4:])
        assert done.exit_code == 0, done.output
    assert len(load_cells(here / "mygrid")) == 4


@pytest.mark.skipif(os.name == "nt", reason="SLURM runs on Unix")
def test_the_script_is_valid_bash_and_may_be_written_again(here):
    for tasks in ("3", "4"):
        assert run(*QUICK, f"--slurm={tasks}", "--jobs", "2", "--threads", "3").exit_code == 0
    script = (here / "my grid.sbatch").read_text()
    assert "--array=1-4" in script and "--cpus-per-task=6" in script and script.count("--jobs") == 1
    subprocess.run(["bash", "-n", "my grid.sbatch"], check=True)


def test_no_limit_of_seconds_leaves_the_time_to_the_cluster(here):
    assert run(*GRID, "--max-evaluations", "5", "--slurm", "2").exit_code == 0
    assert "--time" not in (here / "my grid.sbatch").read_text()


def test_bad_input_gets_a_line(here):
    for words, said in {
        ("--slurm", "0"): "--slurm 0: give the number of tasks",
        ("--slurm", "2", "--shard", "1/2"): "--slurm beside --shard",
        ("--slurm", "2", "--dry-run"): "--slurm beside --dry-run",
    }.items():
        found = run(*QUICK, *words)
        assert found.exit_code == 2 and said in found.output, found.output
    (here / "my grid.sbatch").write_text("mine")
    found = run(*QUICK, "--slurm", "2")
    assert found.exit_code == 2 and "is not a script of optae" in found.output
    assert (here / "my grid.sbatch").read_text() == "mine"
