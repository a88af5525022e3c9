"""Pictures of classes name them as their data sets do, in the classes' own order."""

import numpy as np
import pytest
from click.testing import CliRunner
from idx_files import count_as, idx
from optae.cli.main import main

from optae import Autoencoder, figures, load_dataset
from optae.datasets import mnist
from optae.evaluation.confusion import confusion

GARMENTS = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]  # fmt: skip
SIDE, EACH = 4, 6


@pytest.fixture(params=["fashion-mnist", "mnist"])
def images(request, tmp_path, rng, monkeypatch):
    """A small data set of each name, its labels in no order; and the names of its classes."""
    for part in mnist.PARTS:
        labels = rng.permutation(np.repeat(np.arange(10), EACH))
        pixels = 25 * labels[:, None, None] + rng.integers(0, 20, (len(labels), SIDE, SIDE))
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    names = {"fashion-mnist": GARMENTS, "mnist": [str(i) for i in range(10)]}
    count_as(request.param, tmp_path, monkeypatch)
    return load_dataset(f"{request.param}@{tmp_path}"), names[request.param]


def ticks(labels):
    return [label.get_text() for label in labels]


def test_confusions_and_legends_name_classes_in_their_order(images):
    data, names = images
    assert list(data.classes) == list(data.heldout.classes) == names
    model = Autoencoder([SIDE * SIDE, 4, 2])
    theta = model.init(0)
    found = confusion(model, theta, data)
    assert list(found.classes) == names
    axes = figures.confusion_matrix(found).axes[0]
    assert ticks(axes.get_xticklabels()) == ticks(axes.get_yticklabels()) == names
    legend = figures.latent_plane(model, theta, data.heldout).axes[0].get_legend()
    assert ticks(legend.get_texts()) == names
    said = " ".join(text.get_text() for text in figures.confused(found).axes[0].texts)
    assert any(f"actual {name}" in said for name in names)


def test_digits_of_scikit_learn_are_in_order():
    assert load_dataset("digits").classes == tuple("0123456789")


def test_a_subset_keeps_the_order_of_its_classes(images):
    data, names = images
    assert mnist.read_mnist(
        data.name, data.name.split("@")[0], data.name.split("@")[1], "30+20"
    ).order == tuple(names)


def test_decks_beta_is_half_a_gain(tmp_path):
    words = (
        "train --decoder logistic:beta=0.8 --no-bias --arch 35,4,2 --method powell --max-iterations 1 --out"
    )
    result = CliRunner().invoke(main, [*words.split(), str(tmp_path / "beta")])
    assert result.exit_code == 0, result.output
    record = (tmp_path / "beta" / "run.json").read_text()
    assert '"decoder": "logistic:1.6"' in record and "beta" not in record.replace(str(tmp_path), "")
    assert "twice beta" in " ".join(CliRunner().invoke(main, ["train", "--help"]).output.split())
    refused = CliRunner().invoke(main, ["train", "--decoder", "logistic:1.6,beta=0.8"])
    assert refused.exit_code == 2 and "give one of the two" in refused.output
