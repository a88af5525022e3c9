"""A run in characters: what is wrong is marked, and everything fits."""

import click
import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.characters import curve, glyph
from optae.cli.main import COMMANDS, main

from optae import load_run
from optae.experiments.experiment import Experiment
from optae.storage.run import save_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "letters"
    experiment = Experiment(arch=(35, 8, 2), method="l-bfgs", max_evaluations=60)
    data = experiment.data()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optae.figures.run.draw", lambda *_: None)
        save_run(folder, experiment, data, experiment.run())
    return folder


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("words", [(), ("--ascii",)])
def test_letters_reconstructions_and_loss_fit_the_width(run, width, words):
    result = CliRunner().invoke(main, ["show", str(run), *words], env={"COLUMNS": str(width)})
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(map(len, lines[1:-10])) <= min(width, 120) and "exact" in result.output
    assert result.output.isascii() == bool(words)


def test_the_drawn_letters_are_the_reconstructions(run):
    stored = load_run(run)
    y = stored.model.reconstruct(stored.theta, stored.data.x)[0].reshape(7, 5)
    result = CliRunner().invoke(main, ["show", str(run), "--ascii", "--samples", "1"])
    lines = result.output.splitlines()
    assert lines[2].strip() == stored.data.labels[0]
    drawn = lines[11:18]
    assert [[c == "#" for c in line] for line in drawn] == (y > 0.5).tolist()


def test_colour_only_where_the_terminal_has_it(run, monkeypatch):
    assert "\x1b[31m" in CliRunner().invoke(main, ["show", str(run)], color=True).output
    assert "\x1b" not in CliRunner().invoke(main, ["show", str(run)]).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(main, ["show", str(run)], color=True).output


def test_halves_of_blocks_say_the_pixels(rng):
    image = (rng.random((7, 5)) > 0.5).astype(float)
    lines = glyph(image, image, True)
    upper = [[c in "▀█" for c in line] for line in lines]
    lower = [[c in "▄█" for c in line] for line in lines[:3]]
    assert np.array_equal(upper, image[::2] > 0.5) and np.array_equal(lower, image[1::2] > 0.5)
    wrong = glyph(1 - image, image, True)
    assert all(line.count("\x1b[31m") == 5 for line in wrong)
    assert all(len(click.unstyle(line)) == 5 for line in wrong)


@pytest.mark.parametrize("fancy", [True, False])
def test_a_curve_falls_from_its_first_to_its_last_value(fancy):
    lines = curve([1, 10, 1000], [100.0, 10.0, 0.1], 60, 6, fancy, "evaluations")
    assert (
        lines[0].startswith("100 ") and lines[5].startswith("0.1 ") and lines[6].endswith("1,000 evaluations")
    )
    assert len(lines) == 7 and max(map(len, lines)) <= 60
    first = [next(i for i, c in enumerate(line[5:]) if c != " ") for line in (lines[0], lines[5])]
    assert first[0] == 0 and first[1] > 40
    assert curve([1], [1.0], 60, 6, fancy) == ["(too short for a curve)"]


def test_optae_alone_names_three_things_to_try():
    result = CliRunner().invoke(main, [])
    tried = [line.split()[1] for line in result.output.splitlines() if line.startswith("  optae ")]
    assert result.exit_code == 0 and len(tried) == 3 and set(tried) <= COMMANDS.keys()
