"""The commands from Python, and how their objects show themselves in a console and in a notebook."""

import numpy as np
import pandas as pd
import pytest

import optae
from optae.comparison.commands import frame

AXES = {"dataset": "font2[ABCD]", "arch": "35,3,2", "max_evaluations": 20}


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """A small grid that `optae.bench` has run."""
    folder = tmp_path_factory.mktemp("bench") / "grid"
    found = optae.bench(AXES | {"method": ["adam", "l-bfgs"], "seed": 3}, folder, jobs=1)
    return folder, found


def test_bench_returns_what_frame_reads(cells):
    folder, found = cells
    assert len(found) == 6 and set(found["label"]) == {"adam", "l-bfgs"}
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(optae.frame(folder)))
    assert len(frame(folder, "method=adam", "seed<2")) == 2
    assert type(found[found["seed"] == 0]) is pd.DataFrame


def test_a_spec_is_a_grid_too(cells, tmp_path):
    folder, found = cells
    (tmp_path / "spec.toml").write_text(
        'dataset = "font2[ABCD]"\narch = "35,3,2"\nmax_evaluations = 20\nmethod = ["adam", "l-bfgs"]\n'
        "seed = 3\n"
    )
    assert len(optae.bench(tmp_path / "spec.toml", folder, jobs=1)) == len(found)


def test_compare_takes_a_folder_or_a_frame(cells):
    folder, found = cells
    said = optae.compare("l-bfgs", "adam", folder)
    assert str(said.overall) == str(optae.compare("l-bfgs", "adam", found).overall)
    assert repr(said).startswith("<l-bfgs ") and "<table" in said._repr_html_()


def test_report_writes_a_page(cells, tmp_path):
    path = optae.report(cells[0], tmp_path / "page.html", title="Which one?")
    assert "Which one?" in path.read_text(encoding="utf-8")


def test_choose_says_which_one(tmp_path):
    problem = AXES | {"target": "bce=14", "max_evaluations": 40}
    decision = optae.choose(
        problem, ["backprop:lr=0.001", "adam:lr=0.05"], tmp_path, cost="evaluations", jobs=1
    )
    assert decision.left == ["adam lr=0.05"] and str(decision).startswith("adam lr=0.05.\n")
    assert repr(decision) == "<Decision: adam lr=0.05.>" and "<table" in decision._repr_html_()


def test_tune_returns_what_was_chosen(tmp_path):
    (tuned,) = optae.tune(AXES | {"method": "backprop"}, tmp_path, trials=3, seeds=1, jobs=1)
    assert repr(tuned).startswith("<Tuned backprop: backprop")
    with pytest.raises(ValueError, match="no option has a range"):
        optae.tune(AXES | {"method": "powell"}, tmp_path, jobs=1)


def test_every_object_is_one_line_and_a_card(cells):
    folder, found = cells
    data = optae.load_dataset("font2")
    model = optae.Autoencoder([35, 3, 2])
    problem = optae.Problem(model, data.x)
    result = optae.fit(problem, "l-bfgs", max_evaluations=20)
    run = optae.load_run(next(folder.glob("*/run.json")).parent)
    things = [data, model, optae.MLP([4, 3, 1]), problem, result, run, found, optae.load_dataset("iris")]
    for thing in things:
        line, html = repr(thing), thing._repr_html_()
        assert "\n" not in line and line[0] == "<" and line[-1] == ">" and len(line) < 200
        assert html.startswith("<div") and "<script" not in html and len(html) < 20_000
    assert repr(data) == "<Dataset font2: 32 samples of 35 values>" and len(data) == 32
    assert repr(model) == "<Autoencoder 35-3-2-3-35, bce, 265 parameters>"
    assert "<img" in data._repr_html_() and "<img" not in optae.load_dataset("iris")._repr_html_()
    assert "<svg" in result._repr_html_() and "<svg" in run._repr_html_()


def test_results_and_runs_are_plotted(cells):
    run = optae.load_run(next(cells[0].glob("*/run.json")).parent)
    assert len(run.plot("latent").axes) == 1 and run.plot().axes
    with pytest.raises(ValueError, match="unknown picture 'latnt': did you mean 'latent'"):
        run.plot("latnt")
    data = optae.load_dataset("font2[ABCD]")
    result = optae.fit(optae.Problem(optae.Autoencoder([35, 3, 2]), data.x), "adam", max_iterations=5)
    assert result.plot().axes


# fit in words


def test_fit_takes_a_name_with_options_and_a_target_in_words():
    problem = optae.Problem(optae.Autoencoder([35, 8, 2]), optae.load_dataset("font2[ABCD]").x)
    result = optae.fit(problem, "adam:lr=0.05", target="max_pixel_error=0", max_iterations=2000)
    same = optae.fit(
        problem,
        optae.METHODS["adam"](lr=0.05),
        target=optae.Target(0, "max_pixel_error"),
        max_iterations=2000,
    )
    assert result.status == "target" and (result.theta == same.theta).all()
    with pytest.raises(ValueError, match="did you mean 'adam'"):
        optae.fit(problem, "adm", max_iterations=1)


def test_progress_is_a_bar(capsys):
    problem = optae.Problem(optae.Autoencoder([35, 3, 2]), optae.load_dataset("font2[ABCD]").x)
    plain = optae.fit(problem, "adam", max_seconds=0.3)
    shown = optae.fit(problem, "adam", max_seconds=0.3, progress=True)
    assert plain.status == shown.status == "max_seconds" and "loss" in capsys.readouterr().err
    with pytest.raises(ValueError, match="give one of them"):
        optae.fit(problem, "adam", max_seconds=0.1, progress=True, on_progress=print)


# data in memory


def test_arrays_and_frames_are_data_sets():
    x = np.linspace(0, 1, 12).reshape(4, 3)
    assert (optae.load_dataset(x).x == x).all()
    assert optae.load_dataset(np.zeros((3, 7, 5))).shape == (7, 5)
    table = pd.DataFrame(x, columns=["a", "b", "c"]).assign(
        kind=["x", "y", "x", "y"], cost=[1.0, 2.5, 3.0, 9.0]
    )
    by_class = optae.load_dataset(table.drop(columns="cost"), y="kind")
    assert by_class.order == ("x", "y") and (by_class.x == x).all()
    by_number = optae.load_dataset(table.drop(columns="kind"), y=["cost"])
    assert by_number.columns == ("cost",) and by_number.targets.T.tolist() == [[1.0, 2.5, 3.0, 9.0]]
    given = optae.load_dataset(x, y=np.array([0, 1, 0, 1]))
    assert given.order == ("0", "1")


@pytest.mark.parametrize(
    "x, y, said",
    [
        (np.array(3), None, r"the array has shape \(\)"),
        ([["a"]], None, "the array holds <U1 values"),
        (pd.DataFrame({"a": ["x", "y"]}), None, "the frame holds object values"),
        (pd.DataFrame({"a": [0.1, 0.2]}), "b", "the frame has no column 'b': choose one of 'a'"),
        (np.array([[np.nan, 0.5]]), None, "holds nan"),
    ],
)
def test_data_in_memory_that_do_not_fit_are_one_line(x, y, said):
    with pytest.raises(ValueError, match=said):
        optae.load_dataset(x, y=y)
