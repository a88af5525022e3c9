"""Data sets with something to learn: numbers or classes beside the samples."""

import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae import Dataset, load_dataset
from optae.datasets.memory import from_arrays
from optae.experiments.experiment import Experiment

X = np.arange(12.0).reshape(4, 3) - 5


def test_numbers_to_predict_are_targets_and_values_have_any_range():
    data = from_arrays(X, X.sum(axis=1))
    assert np.array_equal(data.x, X) and np.array_equal(data.y, X.sum(axis=1)[:, None])
    assert data.columns == ("y0",) and data.labels == ("0", "1", "2", "3")
    with pytest.raises(ValueError, match="read-only"):
        data.y[0] = 1


def test_words_and_whole_numbers_are_classes():
    data = from_arrays(X, ["b", "a10", "a2", "b"])
    assert data.columns == data.order == ("a2", "a10", "b") and data.labels == ("b", "a10", "a2", "b")
    assert data.y.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert from_arrays(X, np.array([10, 9, 9, 10])).columns == ("9", "10")


def test_without_targets_values_lie_between_0_and_1_and_a_value_near_a_bound_shows_its_digits():
    assert from_arrays(X / 20 + 0.5).y is None
    with pytest.raises(ValueError, match=r"holds 1\.0000001 \(sample 0, pixel 1\): scale"):
        from_arrays([[1, 1 + 1e-7]])


def test_images_keep_their_shape():
    assert from_arrays(np.zeros((2, 3, 4))).shape == (3, 4)


def test_the_digest_covers_targets():
    plain, one, other = from_arrays(X, X[:, :2]), from_arrays(X, X[:, :1]), from_arrays(X, X[:, 1:2])
    assert len({data.sha256 for data in (plain, one, other)}) == 3
    assert one.sha256 == from_arrays(X, X[:, 0], "other name").sha256


def test_a_part_of_the_samples_keeps_their_targets():
    data = from_arrays(X, X[:, 0])
    assert data.take([2, 0]).y.ravel().tolist() == [X[2, 0], X[0, 0]]
    some = load_dataset("digits[31]")
    assert some.columns == ("1", "3") and some.y.shape == (len(some.x), 2)
    assert load_dataset("digits").y.shape == (1797, 10)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.zeros(3), "targets of shape (3, 1)"),
        (np.zeros((4, 0)), "targets of shape (4, 0)"),
        ([0.0, 1.0, np.nan, 2.0], "holds the target nan (sample 2, column 0)"),
        (["a"], "1 labels"),
        (np.zeros((4, 2), int), "give classes (n,) or floats"),
        (np.zeros(4, complex), "complex128"),
    ],
)
def test_targets_that_do_not_fit_are_refused(y, words):
    with pytest.raises(ValueError) as caught:
        from_arrays(X, y)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_faces_and_characters_are_classes():
    data = load_dataset("emoji:5")
    assert data.columns == data.heldout.columns == ("cool", "sad", "smile", "wink", "wow")
    assert data.y.sum(axis=0).tolist() == [4] * 5


def test_labels_outside_the_classes_are_refused():
    with pytest.raises(ValueError, match="label 'c', which is none of its classes"):
        Dataset("d", np.eye(2), ("a", "c"), (2, 1), "here", order=("a", "b"))


def test_an_autoencoder_refuses_values_outside_0_and_1():
    with pytest.raises(ValueError, match=r"'wide' holds -5 \(sample 0, pixel 0\): scale the values to"):
        Experiment(dataset="wide", arch=(3, 2)).problem(from_arrays(X, X[:, 0], "wide"))


def test_the_command_line_shows_what_is_read(tmp_path):
    (tmp_path / "a.csv").write_text("size,kind,price\n255,a,7\n0,b,9\n9,a,8\n")
    path = tmp_path / "a.csv"
    for word, facts in {
        "digits": ("1,797", "8x8 pixels", "0 to 1", "10 classes: 0, 1", "1 (182)"),
        f"{path}@y=price@label=kind": ("3", "0 to 255", "a (2), b (1)", "price (7 to 9)"),
        f"{path}@label=kind@y=price@scale=255": ("0 to 1", "values are divided by 255"),
    }.items():
        result = CliRunner().invoke(main, ["data", "show", word])
        said = " ".join((result.stdout + result.stderr).split())
        assert result.exit_code == 0 and all(fact in said for fact in facts), said


@pytest.mark.parametrize(
    ("name", "d", "columns"),
    [
        ("iris", 4, ("setosa", "versicolor", "virginica")),
        ("wine", 13, ("class_0", "class_1", "class_2")),
        ("breast_cancer", 30, ("malignant", "benign")),
        ("diabetes", 10, ("progression",)),
        ("linnerud", 3, ("Weight", "Waist", "Pulse")),
    ],
)
def test_bundled_tables_have_the_targets_of_scikit_learn(name, d, columns):
    known = pytest.importorskip("sklearn.datasets")
    data, bunch = load_dataset(name), getattr(known, f"load_{name}")()
    assert np.array_equal(data.x, bunch.data) and data.x.shape[1] == d and data.columns == columns
    y = data.y.argmax(axis=1) if data.order else data.y
    assert np.array_equal(y.ravel(), bunch.target.ravel()) and "\n" not in data.source
