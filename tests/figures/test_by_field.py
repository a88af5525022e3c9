"""One picture for a sweep: the values of a recipe's fields are lines on one axis, by any metric and cost."""

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.text import Text
from optae.cli.main import main
from runs import FOUR, Grid

from optae.comparison.series import read
from optae.experiments.spec import read_spec
from optae.figures.kinds import KINDS, Words
from optae.pages.sections import Sections
from optae.storage.frame import load_cells

SWEEP = """
dataset = "font2"
seed = 2
max_iterations = 40
[[grid]]
arch = ["35,4,2", "35,6,2", "35,8,4,2"]
init = ["he", "glorot"]
method = {name = "adam", lr = 1e-2}
"""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """The folder of a sweep of three networks and two starts."""
    place = tmp_path_factory.mktemp("sweep")
    (place / "spec.toml").write_text(SWEEP)
    result = CliRunner().invoke(main, ["bench", str(place / "spec.toml"), "--out", str(place / "cells")])
    assert result.exit_code == 0, result.output
    return place / "cells"


def typed(monkeypatch, *words):
    """The figure that `optae plot` keeps for these words, and the command's result."""
    kept = []
    monkeypatch.setattr("optae.cli.plot.keep", lambda f, path, _: kept.append(f))
    result = CliRunner().invoke(main, ["plot", *map(str, words)])
    return (kept[0] if kept else None), result


def named(figure):
    """The names in a figure's legend, beside its lines, or of the rows of its panels."""
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    beside = [text.get_text() for axes in figure.axes for text in axes.texts]
    return legends or beside or [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]


def curves_of(axes):
    """The lines that go somewhere, without the markers at their ends."""
    return [line for line in inner(axes) if line.get_linestyle() != "None" and len(line.get_xdata()) > 1]


def inner(axes):
    """The lines inside the axes, without those that lead to names beside them."""
    return [line for line in axes.lines if line.get_clip_on()]


def holds(axes):
    """Whether an axes' limits hold every point drawn, and the top of every band."""
    top = max(axes.get_ylim())
    for edge in (path.vertices[:, 1] for band in axes.collections for path in band.get_paths()):
        if edge.size and np.nanmax(edge) > top:
            return False
    for line in inner(axes):
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        known = np.isfinite(x) & np.isfinite(y)
        (left, right), (low, high) = axes.get_xlim(), sorted(axes.get_ylim())
        if not ((x[known] <= right) & (y[known] >= low) & (y[known] <= high)).all() or not left < right:
            return False
    return True


NETWORKS = {"35-4-2-4-35", "35-6-2-6-35", "35-8-4-2-4-8-35"}


def test_architectures_are_lines_of_one_axis(sweep, monkeypatch):
    figure, _ = typed(monkeypatch, "convergence", sweep, "--by", "arch", "--where", "init=he")
    assert set(named(figure)) == NETWORKS and len(figure.axes) == 1
    [axes] = figure.axes
    assert len({line.get_color() for line in curves_of(axes)}) == 3 and holds(axes)
    assert "best run" in axes.get_title(loc="left") and "seed" in axes.get_title(loc="left")


def test_other_fields_that_differ_make_panels_and_two_fields_make_lines_together(sweep, monkeypatch):
    figure, _ = typed(monkeypatch, "convergence", sweep, "--by", "arch")
    assert len(figure.axes) == 2 and all("init " in axes.get_title(loc="left") for axes in figure.axes)
    figure, _ = typed(monkeypatch, "convergence", sweep, "--by", "init,arch")
    assert len(figure.axes) == 1 and len(named(figure)) == 6


@pytest.mark.parametrize("kind", ["boxes", "ecdf", "profile"])
def test_other_pictures_compare_fields_too(sweep, monkeypatch, kind):
    words = ("--by", "init", "--where", "arch=35-4-2-4-35", "--target", "15")
    figure, _ = typed(monkeypatch, kind, sweep, *words)
    said = " ".join(text.get_text() for text in figure.findobj(Text))
    assert len(figure.axes) == 1 and "init he" in said and "init glorot" in said and "method" not in said


@pytest.mark.parametrize("metric", ["mse", "half_sse", "bce", "exact", "max_pixel_error"])
@pytest.mark.parametrize("spread", ["quartiles", "sd"])
def test_any_metric_by_epochs_with_either_spread(sweep, monkeypatch, metric, spread):
    words = ("--metric", metric, "--cost", "epochs", "--spread", spread, "--by", "init,arch")
    figure, _ = typed(monkeypatch, "convergence", sweep, *words)
    [axes] = figure.axes
    assert axes.get_xlabel() == "epochs" and holds(axes)
    assert max(line.get_xdata()[-1] for line in axes.lines) == pytest.approx(40, rel=0.3)
    ends = {float(line.get_ydata()[i]) for line in axes.lines for i in range(len(line.get_ydata()))}
    for value in load_cells([sweep])[metric]:
        assert any(np.isclose(value, end) for end in ends)  # each run ends at what the table has
    said = " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))
    assert {"sd": "mean over 2 seeds", "quartiles": "median over 2 seeds"}[spread] in said


def test_the_mean_and_its_deviation_are_those_of_the_runs(sweep, monkeypatch):
    words = ("--spread", "sd", "--where", "arch=35-4-2-4-35", "--where", "init=he")
    figure, _ = typed(monkeypatch, "convergence", sweep, *words)
    frame = load_cells([sweep])
    values = frame[(frame["arch"] == "35-4-2-4-35") & (frame["init"] == "he")]["value"]
    [band] = figure.axes[0].collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert np.isclose(heights, values.mean() - values.std()).any()
    assert np.isclose(heights, values.mean() + values.std()).any()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--by", "arhc"], "did you mean 'arch'"),
        (["--metric", "negative_elbo"], "not in these runs' histories"),
        (["--spread", "iqr"], "quartiles"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_one_line(sweep, monkeypatch, words, answer):
    figure, result = typed(monkeypatch, "convergence", sweep, *words)
    assert figure is None and result.exit_code == 2 and answer in result.output


def test_methods_without_epochs_and_losses_without_an_axis_are_refused():
    grid = Grid(FOUR)
    with pytest.raises(ValueError, match="l-bfgs"):
        read(grid.frame, "epochs")
    mixed = grid.frame.assign(loss=["bce" if seed else "mse" for seed in grid.frame["seed"]])
    with pytest.raises(ValueError, match="share no axis"):
        KINDS["boxes"](mixed, Words(by=("loss", "method")))


def test_a_page_may_ask_for_the_same_pictures(tmp_path):
    page = '[[figure]]\nkind = "convergence"\nby = ["arch"]\nspread = "sd"\ncost = "epochs"\n'
    (tmp_path / "s.toml").write_text(SWEEP.replace("[[grid]]", f"{page}[[grid]]"))
    [figure] = Sections.of(read_spec(tmp_path / "s.toml")).figures
    assert figure.words == Words(cost="epochs", by=("arch",), spread="sd")
