"""optae list: a line for every run and every grid."""

from commands import run

import optae


def test_runs_and_grids_have_a_line_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ["--dataset", "font2[ABCD]", "--arch", "35,3,2", "--max-evaluations", "9"]
    assert run("train", *small, "--method", "l-bfgs").exit_code == 0
    optae.bench({"dataset": "font2[ABCD]", "arch": "35,3,2", "max_evaluations": 9, "seed": 2}, "grid", jobs=1)
    said = run("list")
    assert said.exit_code == 0, said.output
    lines = [" ".join(line.split()) for line in said.output.splitlines()]
    assert any(line.startswith("runs/font2") and "l-bfgs" in line for line in lines)
    assert any(line.startswith("grid 2 font2[ABCD] adam 2 seeds 2 max_evaluations") for line in lines)
    assert "Grids" not in run("list", "runs").output


def test_an_empty_folder_is_a_plain_line(tmp_path):
    said = run("list", tmp_path)
    assert said.exit_code == 2 and "no runs in" in said.output
