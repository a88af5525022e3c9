"""Cells that version 0.1.0 stored are found done, read, and grouped by this one."""

from pathlib import Path

import pytest

from optae.cells import load_cells
from optae.grid import read_spec
from optae.runner import plan

OLD = Path(__file__).parent / "fixtures" / "cells_of_0.1.0"


def test_a_grid_that_the_version_before_has_run_is_done():
    todo = plan(read_spec(OLD / "spec.toml").experiments, OLD)
    assert len(todo.done) == 8 and not todo.jobs and not todo.refused


def test_its_rows_are_whole():
    frame = load_cells(OLD)
    ran = frame[frame["status"] != "refused"]
    assert len(frame) == 8 and len(ran) == 7 and not frame.attrs["warnings"]
    assert ran[["value", "mse", "seconds", "evaluations"]].notna().all(axis=None)
    assert sorted(ran["noise"]) == ["flip:0.1"] * 2 + ["none"] * 5


@pytest.mark.parametrize("name", sorted(path.name for path in OLD.iterdir() if path.is_dir()))
def test_a_cell_has_the_name_that_its_recipe_has_today(name):
    names = {job for job in plan(read_spec(OLD / "spec.toml").experiments, OLD).done}
    assert name in names
