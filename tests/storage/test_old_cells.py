"""Cells that version 0.1.0 stored are found done, read, and grouped by this one."""

import pytest
from places import OLD_CELLS

from optae.comparison import summarise
from optae.comparison.moments import first_seen
from optae.comparison.series import read
from optae.execution.plan import plan
from optae.experiments.spec import read_spec
from optae.storage.frame import load_cells


def test_a_grid_that_the_version_before_has_run_is_done():
    todo = plan(read_spec(OLD_CELLS / "spec.toml").experiments, OLD_CELLS)
    assert len(todo.done) == 8 and not todo.jobs and not todo.refused


def test_its_rows_are_whole():
    frame = load_cells(OLD_CELLS)
    ran = frame[frame["status"] != "refused"]
    (note,) = frame.attrs["warnings"]
    assert len(frame) == 8 and len(ran) == 7 and note.startswith("8 unsealed runs of an older version")
    assert ran[["value", "mse", "seconds", "evaluations"]].notna().all(axis=None)
    assert sorted(ran["noise"]) == ["flip:0.1"] * 2 + ["none"] * 5


@pytest.mark.parametrize("name", sorted(path.name for path in OLD_CELLS.iterdir() if path.is_dir()))
def test_a_cell_has_the_name_that_its_recipe_has_today(name):
    names = {job for job in plan(read_spec(OLD_CELLS / "spec.toml").experiments, OLD_CELLS).done}
    assert name in names


def test_counts_that_old_versions_lack_are_not_on_record():
    frame = load_cells(OLD_CELLS)
    ran = frame[frame["status"] != "refused"]
    assert ran["operations"].isna().all()
    moments = [first_seen(reached, 35) for reached in ran["reached"]]
    assert all(moment.loose or moment.by["evaluations"] <= 1 for moment in moments if moment)
    table = summarise(frame, target="max_pixel_error=35", columns=["ert_operations", "ert_evaluations"])
    assert table.frame["ert_operations"].isna().all() and "older version" in " ".join(table.notes)
    with pytest.raises(ValueError, match="`cost` evaluations"):
        read(frame)
    assert read(frame, "evaluations").cells
