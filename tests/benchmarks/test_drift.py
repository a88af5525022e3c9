"""The page of a drift says in words what its tables say."""

import drift as page
import pandas as pd
import pytest

from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.grid import grid
from optae.experiments.spec import Spec
from optae.storage.frame import load_cells


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "v-1"
    asked = grid(dataset=["font2[AB]"], arch=["35,2"], method=["adam", "l-bfgs"], max_evaluations=[3], seed=8)
    run_plan(plan(asked, folder), folder, jobs=1)
    return folder, asked


@pytest.fixture
def frame(cells):
    return load_cells(cells[0])


def test_sentences_say_what_changed(frame):
    worse = frame.assign(value=frame["value"].where(frame["method"] == "adam", 2 * frame["value"]))
    text = page.section("v-1", "v-2", {"v-1": frame, "v-2": worse.assign(scipy="9.9")})
    assert text.startswith("## v-2 (B) against v-1 (A)\n")
    assert "- `adam`: all 8 runs are identical." in text
    assert (
        "- `l-bfgs`: 0 runs are better in v-2, 8 worse. The loss is 2.00 times what it was in v-1, 95 %"
        in text
    )
    assert "interval 2.00 to 2.00: v-2 is worse. All letters" in text
    assert text.count("\n| adam ") == 1 and text.count("\n| l-bfgs ") == 2  # and by problem
    other = worse.assign(status="failed", value=frame["value"] * ([1.1, 0.9] * 8))
    text = page.section("v-1", "v-2", {"v-1": frame, "v-2": other})
    assert "no difference is shown" in text and "ended otherwise: 8 max_evaluations -> failed." in text


def test_environments_without_a_change_have_no_table_by_problem(frame):
    text = page.section("v-1", "v-2", {"v-1": frame, "v-2": frame})
    assert "By problem" not in text and text.count("all 8 runs are identical") == 2
    assert "**pairs**" not in text and "- **pairs**: " in page.legend({"v-1": frame, "v-2": frame})


def test_it_takes_two_environments_and_all_their_cells(cells, tmp_path):
    folder, asked = cells
    spec = Spec("", "", asked)
    with pytest.raises(ValueError, match="holds 1 environments: run the grid in two"):
        page.environments(folder.parent, spec)
    (tmp_path / "a").symlink_to(folder)
    (tmp_path / "b").mkdir()
    with pytest.raises(ValueError, match="16 of 16 cells are not in"):
        page.environments(tmp_path, spec)
    (tmp_path / "b").rmdir()
    (tmp_path / "b").symlink_to(folder)
    found = page.environments(tmp_path, spec)
    assert list(found) == ["a", "b"] and isinstance(found["a"], pd.DataFrame) and len(found["b"]) == 16
