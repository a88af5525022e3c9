"""Pictures of the decks, as a student types them: scores in per cent, axes that hold all their data."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.text import Text
from optae.cli.main import main
from optae.cli.training import experiment_words

from optae import Autoencoder, load_dataset
from optae.figures import paths
from optae.figures.run import of_run
from optae.figures.vae import bounds, heldout_pairs
from optae.storage.run import load_run
from optae.storage.snapshots import read_snapshots

LOOK = {"iteration": 1, "negative_elbo": 150.0, "divergence": 5.0, "negative_iwae": 148.0}


def history(loss):
    """A trace of these epochs: first the start, last the best again."""
    return pd.DataFrame({"iteration": np.arange(len(loss) + 2), "loss": [700.0, *loss, min(loss)]})


@pytest.mark.parametrize(("first", "tight"), [(540.0, 148.0), (160.0, 90.0), (160.0, 700.0)])
def test_an_axis_of_bounds_holds_the_first_epoch_and_the_importance_weighted_marker(first, tight):
    last = LOOK | {"iteration": 40, "negative_iwae": tight, "misfit": 145.0, "active_units": 2.0}
    loss = [first, *np.linspace(155, 150, 39)]
    figure = bounds(history(loss), [LOOK | {"negative_elbo": 200.0}, last], "bce")
    upper = figure.axes[0]
    low, high = upper.get_ylim()
    drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in upper.lines])
    assert low < drawn.min() and drawn.max() < high and {first, tight} <= set(drawn)


def test_reconstructions_have_the_share_of_right_pixels_beside_the_wrong_ones(tmp_path, monkeypatch):
    words = "train --method adam --arch 35,6,2 --max-iterations 30 --out"
    assert CliRunner().invoke(main, [*words.split(), str(tmp_path / "r")]).exit_code == 0
    kept = {}
    monkeypatch.setattr("optae.cli.plot.keep", lambda figure, path, _: kept.setdefault(path.stem, figure))
    typed = CliRunner().invoke(main, ["plot", "run", str(tmp_path / "r"), "--score", "percent"])
    assert typed.exit_code == 0, typed.output
    run = load_run(tmp_path / "r")
    wrong = ((run.model.reconstruct(run.theta, run.data.x) > 0.5) != (run.data.x > 0.5)).sum(axis=1)
    said = [text.get_text() for text in kept["reconstructions"].findobj(Text)]
    for count in wrong:
        share = np.floor(1000 * (1 - count / 35) + 1e-9) / 10
        assert any(text.removeprefix("worst: ") == f"{count} px, {share:g} %" for text in said)
    plain = [text.get_text() for text in dict(of_run(run))["reconstructions"].findobj(Text)]
    assert f"{wrong.min()} px" in plain


XHIR = "train --dataset font2[XHIR] --arch 35,18,5 --noise shift:p=0.2,range=0.5 --max-iterations 5 --out"


@pytest.mark.parametrize("regime", [["--method", "lm", "--copies", "7"], ["--method", "adam"]])
def test_noisy_letters_stand_beside_their_reconstructions_those_of_training_first(tmp_path, regime):
    typed = CliRunner().invoke(main, [*XHIR.split(), str(tmp_path / "r"), *regime])
    assert typed.exit_code == 0 and "noisy.png" in typed.output, typed.output
    run = load_run(tmp_path / "r")
    [axes] = dict(of_run(run))["noisy"].axes
    said = [text.get_text() for text in axes.texts]
    names = [text for text in said if text.startswith(("trained on", "fresh"))]
    shown = [np.asarray(image.get_array()).ravel() for image in axes.images]
    seen = [f"trained on, {k}" for k in range(1, 6)] if "lm" in regime else []
    assert names == [*seen, *(f"fresh, {k}" for k in range(1, 6))]
    assert len(shown) == 2 * 4 * len(names)
    drawn = run.experiment.problem(run.data).objective().draw.x
    assert all((shown[2 * i] == drawn[i]).all() for i in range(4 * len(seen)))
    assert np.allclose(shown[1], run.model.reconstruct(run.theta, shown[0][None])[0])


def test_titles_of_four_letters_are_whole(tmp_path, monkeypatch):
    kept = {}
    monkeypatch.setattr("optae.figures.save", lambda figure, path, *_: kept.setdefault(path.stem, figure))
    words = ["--method", "lm", "--copies", "2", "--out", str(tmp_path / "r")]
    assert CliRunner().invoke(main, [*XHIR.split()[:-1], *words]).exit_code == 0
    typed = CliRunner().invoke(main, ["denoise", str(tmp_path / "r"), "--levels", "0.2", "--draws", "3"])
    assert typed.exit_code == 0, typed.output
    assert {"noisy", "restored", "levels", "codes", "confusion"} == set(kept)
    for stem in ("noisy", "restored", "levels", "codes"):
        title = max((t for t in kept[stem].findobj(Text)), key=lambda t: t.get_fontsize()).get_text()
        assert title.replace("\n", " ").endswith("font2[XHIR]"), stem


def test_paths_go_through_the_vectors_that_bench_kept_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.comparison.paths.FINE", 21)  # fewer points, which are fast
    words = ["--method", "adam", "--method", "l-bfgs", "--arch", "35,6,2", "--max-evaluations", "200"]
    typed = CliRunner().invoke(main, ["bench", *words, "--jobs", "1", "--out", str(tmp_path / "g")])
    assert typed.exit_code == 0, typed.output
    runs = [load_run(path) for path in sorted((tmp_path / "g").iterdir())]
    drawn = paths(runs)
    lines = [line for axes in drawn.axes for line in axes.lines]
    ways = [line for line in lines if len(line.get_xdata()) > 2 and line.get_linestyle() == "-"]
    kept = [len(read_snapshots(run.path)) for run in runs]
    assert all(3 <= k <= 6 for k in kept)
    assert sorted(len(way.get_xdata()) for way in ways) == sorted(k + 2 for k in kept)
    turns = [np.diff(np.asarray(way.get_xydata()), axis=0) for way in ways]
    assert any(abs(np.linalg.det([way[1], way[-1]])) > 1e-6 for way in turns)  # not straight
    assert "straight" not in drawn.get_supxlabel()
    for run in runs:
        (run.path / "snapshots.safetensors").unlink()
    said = paths(runs).get_supxlabel().replace("\n", " ")
    assert re.search(r"A straight line: (adam, l-bfgs|l-bfgs, adam), of which", said)


def test_a_bench_of_seeds_that_train_together_keeps_vectors_too_and_a_large_network_none(tmp_path):
    words = ["--method", "adam", "--engine", "jax", "--max-iterations", "40", "--seeds", "2", "--jobs", "1"]
    for arch, many in (("35,6,2", 3), ("35,300,40,2", 0)):
        folder = tmp_path / arch
        typed = CliRunner().invoke(main, ["bench", *words, "--arch", arch, "--out", str(folder)])
        assert typed.exit_code == 0, typed.output
        for path in folder.iterdir():
            kept = read_snapshots(path)
            assert len(load_run(path).record["together"]) == 2 and (len(kept) >= many if many else not kept)


def test_images_held_out_stand_above_their_reconstructions():
    data = load_dataset("emoji:10").heldout
    model = Autoencoder([400, 8, 2], bottleneck="gaussian")
    [axes] = heldout_pairs(model, model.init(0), data).axes
    pairs = list(zip(axes.images[::2], axes.images[1::2], strict=True))
    assert len(pairs) == len(data.x) == 10 and "(above)" in axes.texts[0].get_text()
    for (upper, lower), x in zip(pairs, data.x, strict=True):
        (left, right, bottom, _), (same, other, _, top) = upper.get_extent(), lower.get_extent()
        assert (left, right) == (same, other) and top > bottom  # inches grow downwards
        assert (np.asarray(upper.get_array()).ravel() == x).all()


def test_a_vae_of_emoji_has_a_network_and_epochs_by_default_that_give_five_faces_back():
    def words(**given):
        return experiment_words(
            {"method": "adam", "options": {}, "dataset": "emoji:50", **given}, "vae", None
        )

    plain = words()
    assert plain["arch"] == (400, 256, 128, 8) and plain["max_iterations"] == 60
    assert plain["options"]["batch"] == 32
    assert "max_iterations" not in words(max_seconds=5) and words(max_iterations=3)["max_iterations"] == 3
    assert words(arch=(400, 9, 2))["arch"] == (400, 9, 2) and "arch" not in words(dataset="mnist")
