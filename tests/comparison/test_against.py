"""An archive's methods stand beside one's own where problem, budget and seed are the same."""

import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main
from runs import Grid
from seals import resealed

from optae.comparison.against import with_reference
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.grid import grid
from optae.storage import archive
from optae.storage import frame as reading
from optae.storage.archive import pack


def frame(**how):
    return Grid(**how).frame.assign(streams=None)


def test_its_rows_are_marked_and_only_those_that_compare_are_kept():
    ours, theirs = frame(methods=("mine", "adam"), seeds=2), frame(methods=("adam", "powell"), seeds=3)
    both, notes = with_reference(ours, theirs, "reference")
    assert both["label"].value_counts().to_dict() == {
        "mine": 4, "adam": 4, "adam (reference)": 4, "powell (reference)": 4
    }  # fmt: skip
    assert set(both["method"]) == set(both["label"]) and set(both["seed"]) == {0, 1}
    assert notes == ["4 runs of reference left out: of another problem, budget or seed than yours"]


def test_runs_without_any_beside_them_are_counted():
    ours = frame(methods=("mine",), problems=3)
    both, notes = with_reference(ours, frame(problems=2), "reference")
    assert len(both) == 9 + 24
    assert notes == ["3 runs of yours with none of reference beside: of another problem, budget or seed"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arch": "35-9-35"}, "its arch is 35-9-35, and yours 35-2-35: run your method with"),
        ({"max_seconds": 9.0}, "its max_seconds is 9, and yours 1: run"),
        ({"seed": 77}, "its seed is 77, and yours 0, 1, 2: run"),
    ],
)
def test_a_reference_that_has_nothing_to_compare_says_what_differs(changes, said):
    with pytest.raises(ValueError, match=said):
        with_reference(frame(), frame().assign(**changes), "reference")


# the command


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Cells of one's own, and an archive of others with one problem more."""
    folder = tmp_path_factory.mktemp("against")
    words = {"arch": ["35,2"], "max_evaluations": [4], "loss": ["bce"], "seed": 2}
    for name, datasets, methods in (
        ("mine", ["font2[AB]"], ["adam:lr=0.01"]),
        ("theirs", ["font2[AB]", "font2[CD]"], ["adam", "l-bfgs"]),
    ):
        run_plan(plan(grid(**words, dataset=datasets, method=methods), folder / name), folder / name, jobs=1)
    pack([path for path in (folder / "theirs").iterdir() if path.is_dir()], folder / "reference.zip")
    return folder


def table(place, *words):
    return CliRunner().invoke(main, ["table", str(place / "mine"), *map(str, words)])


def test_a_table_shows_an_archive_beside_ones_own(place, tmp_path):
    found = table(place, "--against", place / "reference.zip", "--out", tmp_path / "x.csv")
    assert found.exit_code == 0, found.output
    rows = pd.read_csv(tmp_path / "x.csv")
    assert sorted(rows["label"]) == ["adam (reference)", "adam lr=0.01", "l-bfgs (reference)"]
    assert set(rows["seeds"]) == {2}
    text = table(place, "--against", place / "reference.zip").output
    assert "4 runs of reference left out" in text
    one = table(place, "--against", place / "reference.zip", "--where", "label=l-bfgs (reference)").output
    assert "adam" not in one


def test_seconds_of_another_machine_are_left_out(place, monkeypatch):
    real = reading.unpacked

    def elsewhere(path):
        folder = real(path)
        for record in folder.glob("*/run.json"):
            record.write_text(record.read_text().replace('"cores": ', '"cores": 9'))
            resealed(record.parent)
        return folder

    monkeypatch.setattr(reading, "unpacked", elsewhere)
    text = table(place, "--against", place / "reference.zip").output
    assert "times were taken on machine" in text and "processor" not in text.split("\n\n")[1]


def test_a_label_is_still_a_baseline_and_a_missing_archive_is_named(place):
    assert "lr=0.01" in table(place, "--against", "adam lr=0.01").output
    found = table(place, "--against", place / "nowhere.zip")
    assert found.exit_code == 2 and "there is no file" in found.output


def test_reference_is_the_archive_in_results(place, monkeypatch, tmp_path):
    monkeypatch.setattr(archive, "PLACES", (tmp_path / "nothing", place))
    found = table(place, "--against", "reference")
    assert "l-bfgs (reference)" in found.output
    monkeypatch.setattr(archive, "PLACES", (tmp_path,))
    found = table(place, "--against", "reference")
    assert found.exit_code == 2 and "is 'results/reference.zip' of the repository" in found.output
