"""Every picture of a comparison draws without a warning, says what it shows, and survives what grids hold."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.text import Text
from optae.cli.main import main
from runs import FOUR, Grid

from optae import METHODS, Autoencoder, Objective, figures, load_dataset
from optae.comparison.complete import tabulate
from optae.comparison.series import read
from optae.experiments.experiment import Experiment
from optae.figures.comparison.looks import looks
from optae.figures.comparison.paths import LossPlane
from optae.figures.comparison.profiles import above_zero
from optae.figures.kinds import KINDS
from optae.figures.landscape import like
from optae.figures.palette import PLACES
from optae.storage.run import save_run

INF, NAN = float("inf"), float("nan")
BY_COST = ("convergence", "profile", "data_profile", "ecdf")
PICTURES = (*BY_COST, "critical_difference", "boxes")
SAYS = {
    "convergence": "median over",
    "profile": "Dolan and Moré, 2002",
    "data_profile": "f_L",
    "ecdf": "count as infinite",
    "critical_difference": "Friedman",
    "boxes": "quartile",
}


def words(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


def drawn(figure):
    """The layout, the ticks and the text of all of it, without the pixels."""
    figure.draw_without_rendering()


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_says_what_it_shows_and_is_the_same_twice(name, tmp_path):
    grid = Grid()
    figure = grid.draw(name)
    assert SAYS[name] in words(figure) and all(method in words(figure) for method in FOUR)
    once, again = (figures.save(f, tmp_path / "a.png").read_bytes() for f in (figure, grid.draw(name)))
    assert once == again


@pytest.mark.parametrize("name", ["critical_difference", "boxes"])
def test_ranks_and_boxes_show_the_cost_until_a_target(name):
    grid = Grid()
    figure = grid.draw(name, metric="operations", target="max_pixel_error=1")
    drawn(figure)
    assert "operations until max_pixel_error <= 1" in words(figure) and "bce" not in figure.get_suptitle()
    with pytest.raises(ValueError, match="until when"):
        grid.draw(name, metric="operations")


def test_boxes_leave_runs_that_miss_the_target_at_the_edge():
    grid = Grid()
    missed = sum(0 not in reached for reached in grid.frame["reached"])
    shown = words(grid.draw("boxes", metric="operations", target="max_pixel_error=0"))
    assert missed and f"({missed} in all)" in shown and "×1" in shown


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    "grid",
    [
        Grid(FOUR[:1], problems=1, seeds=1),
        Grid(FOUR[:1]),
        Grid(FOUR, problems=1, seeds=1),
        Grid(FOUR, status="failed", value=NAN, bce=NAN),
        Grid(FOUR, value=INF),
        Grid(FOUR[:2], value=0.0),
        Grid(("a$b_{c\n", "\0", "日本", "w" * 300, "%s{0}\\frac"), problems=3),
    ],
    ids=["alone", "one method", "one seed", "all failed", "inf", "zero", "hostile"],
)
def test_degenerate_grids_are_drawn_or_refused_with_a_reason(name, grid):
    try:
        drawn(grid.draw(name))
    except ValueError as error:
        reasons = {"critical_difference": "ranking takes two", "data_profile": "no run comes within"}
        assert name in reasons and reasons[name] in str(error)


@pytest.mark.parametrize("value", [0.0, INF, NAN, 1e-300, 1e300, -1.0])
@pytest.mark.parametrize("name", BY_COST)
def test_histories_of_extreme_values_draw(name, value):
    grid = Grid(FOUR[:2], problems=1)
    for table in grid.histories.values():
        table.loc[5:, ["best", "max_pixel_error"]] = value
    frame = grid.frame.assign(reached=None)
    drawn(getattr(figures, name)(frame, load=grid.histories.__getitem__))


@pytest.mark.parametrize("name", PICTURES)
def test_twenty_five_methods_are_all_named(name):
    grid = Grid([*METHODS, "optax:sgd", "optax:lion"][-25:], problems=2, seeds=2)
    said = words(grid.draw(name))
    assert all(method in said for method in grid.frame["method"])


def test_two_settings_of_a_method_share_its_colour_and_engines_are_separate_series():
    frame = Grid(("adam", "adam", "powell")).frame
    frame["label"] = [f"adam lr={path[2]}" if path[2] != "2" else "powell" for path in frame["path"]]
    twice = pd.concat([frame, frame[frame["label"] == "powell"].assign(engine="jax")])
    runs = read(twice)
    assert runs.series == ["adam lr=0", "adam lr=1", "powell (engine jax)", "powell (engine numpy)"]
    styles = looks(runs)
    assert styles["adam lr=0"].color == styles["adam lr=1"].color
    assert "18 repeats" in read(pd.concat([frame, frame])).note


def test_times_of_unlike_machines_are_refused_unless_allowed():
    grid = Grid()
    for name, word in (("threads", "times taken on threads 0, 1"), ("machine", "taken on machine 0, 1")):
        frame = grid.frame.assign(**{name: [str(i % 2) for i in range(len(grid.frame))]})
        with pytest.raises(ValueError, match=word):
            figures.ecdf(frame, "seconds")
        assert "BEWARE" in words(figures.ecdf(frame, "seconds", mixed_times=True))
        assert "BEWARE" not in words(figures.ecdf(frame, "operations"))


def test_compiling_counts_only_if_requested():
    grid = Grid()
    first = read(grid.frame, "seconds", load=grid.histories.__getitem__)
    later = read(grid.frame, "seconds", with_compile=True, load=grid.histories.__getitem__)
    cell = first.cells[0]
    assert later.history(cell)[0][0] == pytest.approx(first.history(cell)[0][0] + 0.5)
    assert "compiling" in later.axis
    with pytest.raises(ValueError, match="cost 'seconds'"):
        read(grid.frame, "operations", with_compile=True)


def test_times_to_a_target_are_the_same_from_the_record_and_from_the_history():
    from optae.evaluation.metrics import Target

    grid = Grid()
    runs = read(grid.frame, load=grid.histories.__getitem__)
    blind = read(grid.frame.assign(reached=None), load=grid.histories.__getitem__)
    for wrong in (0, 1, 2.5, 7, -1):
        target = Target(wrong, "max_pixel_error")
        ours = list(map(runs.until(target), runs.cells))
        assert ours == list(map(blind.until(target), blind.cells))
    with pytest.raises(ValueError, match="histories hold"):
        runs.until(Target(1, "exact"))


def test_the_complete_part_of_a_grid_is_compared_and_the_rest_is_named():
    frame = Grid().frame
    half = frame[(frame["method"] != "powell") | (frame["seed"] == 0)]
    table = tabulate(read(half), lambda cell: cell.number("value"))
    assert "powell" not in table.series and "powell" in table.note and table.values.shape == (6, 3)
    fewer = frame[(frame["dataset"] == "some/font0") | (frame["method"] == "adam")]
    table = tabulate(read(fewer), lambda cell: cell.number("value"))
    assert len(table.series) == 4 and "3 instances" in table.note
    with pytest.raises(ValueError, match="finish the grid"):
        tabulate(read(frame[frame["seed"] == frame["method"].map(FOUR.index)]), lambda cell: 0.0)


def test_methods_refused_everywhere_are_named_and_those_refused_somewhere_rank_last():
    grid = Grid()
    refused = grid.frame["method"] == "powell"
    frame = grid.frame.assign(status=grid.frame["status"].where(~refused, "refused"))
    assert "Refused everywhere, so left out: powell" in words(figures.boxes(frame))
    first = refused & (grid.frame["dataset"] == "some/font0")
    frame = grid.frame.assign(status=grid.frame["status"].where(~first, "refused"))
    assert "powell" in read(frame).series
    failed = read(grid.frame.assign(status="failed"), load=grid.histories.__getitem__)
    assert all(failed.history(cell) is not None for cell in failed.cells)  # they keep what they came to
    with pytest.raises(ValueError, match="every run was refused"):
        read(grid.frame.assign(status="refused"))


def test_costs_of_zero_have_ratios():
    assert above_zero(np.array([[0.0, 2.0], [INF, 4.0]])).tolist() == [[2, 2], [INF, 4]]


@pytest.mark.parametrize(
    "wrong", [{"cost": "minutes"}, {"metric": "los"}, {"cost": "operations", "with_compile": True}]
)
def test_bad_words_are_refused_in_one_line(wrong):
    with pytest.raises(ValueError) as error:
        Grid().draw("convergence", **wrong)
    assert "\n" not in str(error.value)


# the loss itself


def test_slices_pass_through_the_vector_along_directions_as_long_as_its_weights(letters, rng):
    model = Autoencoder([35, 6, 2])
    theta = model.init(0)
    direction = model.layout.unpack(like(model, theta, rng))
    for name, array in model.layout.unpack(theta).items():
        lengths = np.linalg.norm(array, axis=0) * (array.ndim == 2)
        np.testing.assert_allclose(np.linalg.norm(direction[name], axis=0), lengths)
    objective = Objective(model, letters.x)
    for vector in (theta, np.zeros_like(theta), theta * 1e200, np.full_like(theta, NAN)):
        drawn(figures.slices(model, vector, objective, directions=2))
    assert "Li et al., 2018" in words(figures.slices(model, theta, objective, directions=2))


def test_a_plane_holds_its_start_and_its_end_and_vectors_that_are_on_it(rng):
    start, end, across = np.ones(5), np.ones(5) + 3 * np.eye(1, 5)[0], np.eye(1, 5, 2)[0]
    between = start + rng.normal(size=(4, 1)) * across + rng.normal(size=(4, 1)) * (end - start)
    plane = LossPlane.through(start, between, end)
    assert plane.explained == pytest.approx(1)
    np.testing.assert_allclose(start + plane.points(between) @ plane.axes, between)
    beside = LossPlane.through(start, rng.normal(size=(4, 5)), end)
    np.testing.assert_allclose(start + beside.points(end) @ beside.axes, end)
    assert beside.points(end)[0] == pytest.approx(3) and beside.explained < 1
    for still in (LossPlane.through(start, start[None], start), LossPlane.through(start, start[None], end)):
        np.testing.assert_allclose(still.axes @ still.axes.T, np.eye(2), atol=1e-12)


@pytest.fixture
def coarse(monkeypatch):
    """Planes of few points, which are fast."""
    monkeypatch.setattr("optae.figures.comparison.paths.COARSE", 5)
    monkeypatch.setattr("optae.figures.comparison.paths.FINE", 5)


def stored(method, theta, seed=0, noise=None):
    data, model = load_dataset("font2"), Autoencoder([35, 6, 2], corruption=noise)
    record = {
        "method": method, "options": {}, "arch": [35, 6, 2, 6, 35], "model": {"encoder": "tanh"},
        "loss": "bce", "noise": noise, "seed": seed, "dataset": "a/b",
        "environment": {"data": {"sha256": data.sha256}},
    }  # fmt: skip
    return SimpleNamespace(record=record, path=Path("x"), model=model, data=data, theta=theta)


def test_paths_under_noise_are_over_a_loss_that_no_run_has_seen(rng, coarse):
    start = Autoencoder([35, 6, 2]).init(0)
    runs = [stored(m, start + rng.normal(size=start.size), noise="flip:0.1") for m in ("adam", "lm")]
    runs[1].record["copies"] = 5
    assert all(text in words(figures.paths(runs)) for text in ("noise flip:0.1", "which no run has seen"))


@pytest.mark.parametrize("many", [1, 2, 5])
def test_paths_draw_ends_of_any_kind_and_print_the_explained_variance(many, coarse):
    start = Autoencoder([35, 6, 2]).init(0)
    rng = np.random.default_rng(1)
    ends = [start + rng.normal(size=start.size) for _ in range(many - 1)] + [start * 1e30]
    runs = [stored(m, theta) for m, theta in zip(PLACES, ends, strict=False)]
    figure = figures.paths(runs)
    drawn(figure)
    assert words(figure).count("of the path is on this plane") == many
    drawn(figures.paths([stored("adam", start)]))


def test_paths_of_different_starts_are_refused():
    start = Autoencoder([35, 6, 2]).init(0)
    with pytest.raises(ValueError, match="differ in noise"):
        figures.paths([stored("adam", start), stored("powell", start, noise="flip:0.1")])
    with pytest.raises(ValueError, match="share no start"):
        figures.paths([stored("adam", start), stored("powell", start, seed=1)])
    with pytest.raises(ValueError, match="no runs"):
        figures.paths([])


# the command


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder of four small runs."""
    folder = tmp_path_factory.mktemp("plots") / "runs"
    for dataset in ("font1", "font2"):
        for method in ("adam", "l-bfgs"):
            run = Experiment(dataset, arch=(35, 6, 2), method=method, max_evaluations=30)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("optae.figures.run.draw", lambda *_: None)
                save_run(folder / f"{method}-{dataset}", run, run.data(), run.run(snapshots=True))
    return folder


def plot(*words):
    return CliRunner().invoke(main, ["plot", *map(str, words)])


def test_all_pictures_of_real_runs(runs, tmp_path, coarse):
    result = plot("all", runs, "--out", tmp_path / "p")
    assert result.exit_code == 0, result.output
    assert sorted(path.stem for path in (tmp_path / "p").iterdir()) == sorted(KINDS)


def test_a_picture_lies_beside_its_folder_and_covers_only_its_like(runs):
    result, place = plot("boxes", runs, "--metric", "exact"), runs.with_name("runs-boxes.png")
    assert result.exit_code == 0 and place.is_file() and str(place) in result.output
    assert plot("boxes", runs).exit_code == 0
    place.write_bytes(b"mine")
    assert plot("boxes", runs).exit_code == 2 and place.read_bytes() == b"mine"
    place.unlink()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["convergense", "."], "did you mean 'convergence'"),
        (["boxes", "nowhere-at-all"], "nowhere-at-all"),
        (["boxes", "RUNS", "--metric", "exakt"], "did you mean 'exact'"),
        (["ecdf", "RUNS", "--target", "soon"], "target 'soon'"),
        (["data-profile", "RUNS", "--tau", "2"], "tau 2"),
        (["boxes", "RUNS", "--out", "a.jpg"], "end it with .png, .pdf or .svg"),
        (["ecdf", "RUNS", "--with-compile"], "seconds"),
        (["boxes", "RUNS", "--where", "method=adm"], "leaves no run"),
    ],
)
def test_bad_words_get_a_line_and_exit_code_2(runs, words, answer):
    result = plot(*(runs if word == "RUNS" else word for word in words))
    assert result.exit_code == 2 and answer in result.output and "Traceback" not in result.output
    assert result.output.count("\n") == 1


def test_no_single_run_pays_for_the_statistics():
    code = (
        "import sys, optae; light = 'matplotlib' not in sys.modules; import optae.figures; "
        "sys.exit(not light or 'optae.statistics' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_an_axis_begins_before_the_first_step_not_at_the_start():
    grid, costs = Grid(methods=("adam",), problems=1, seeds=1), np.array([0.02, 20.0, 40.0, 80.0])
    data = dict.fromkeys(("seconds", "evaluations", "operations", "iteration"), costs)
    grid.histories = dict.fromkeys(
        grid.histories, pd.DataFrame(data | {"loss": 9 / costs, "best": 9 / costs})
    )
    left, right = grid.draw("convergence").axes[0].get_xlim()
    assert 4 < left < 20 and right > 80


def test_no_line_is_drawn_where_the_metric_was_not_measured():
    """Nobody looked at the wrong pixels between 100 and 3000 evaluations; within 5 % they are known."""
    grid = Grid(methods=("adam",), problems=1, seeds=1)
    calls = np.r_[np.arange(11), np.geomspace(11, 100, 60), np.geomspace(3000, 5000, 30)]
    data = {"seconds": calls, "evaluations": calls, "operations": calls, "iteration": calls}
    wrong = np.round(20 / (1 + calls / 50))
    grid.histories = dict.fromkeys(
        grid.histories, pd.DataFrame(data | {"loss": wrong, "best": wrong, "max_pixel_error": wrong})
    )
    figure = grid.draw("convergence", metric="max_pixel_error")
    drawn = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    x = np.concatenate([line.get_xdata() for line in drawn])
    y = np.concatenate([line.get_ydata() for line in drawn])
    inside = (x > 101) & (x < 2990)
    assert inside.any() and np.isnan(y[inside]).all() and not np.isnan(y[(x > 2) & (x < 99)]).any()
    seen = read(grid.frame, "operations", load=grid.histories.__getitem__)
    assert seen.seen(seen.cells, "loss", np.array([50.0, 4000.0])).all()
