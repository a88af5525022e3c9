"""A folder of images as a data set: grey values, classes by subfolders, and what cannot be read is named."""

import os

import numpy as np
import pytest
from PIL import Image

from optae import load_dataset
from optae.experiments.experiment import Experiment
from optae.experiments.identity import identity
from optae.figures.style import name_of
from optae.storage.folders import default_name

SIZE = (6, 4)  # rows, columns


@pytest.fixture
def faces(tmp_path):
    return tmp_path / "faces"


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path, **options)


def pixels(seed):
    return np.random.default_rng(seed).integers(0, 256, SIZE)


def refusal(spec):
    with pytest.raises(ValueError) as caught:
        load_dataset(str(spec))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_grey_values_and_names_are_those_of_the_files(faces):
    for name in ("b", "a10", "a2"):
        save(faces / f"{name}.png", pixels(len(name)))
    (faces / "notes.txt").write_text("no image")
    (faces / ".hidden.png").write_text("no image")
    for word in (f"{faces}/", str(faces)):
        data = load_dataset(word)
        assert data.labels == ("a2", "a10", "b") and data.shape == SIZE and data.y is None
        assert np.array_equal(np.rint(255 * data.x[1]), pixels(3).ravel())
        assert data.notes == ("grey values are divided by 255",) and data.source.startswith("3 images of")


def test_subfolders_are_classes(faces):
    for i, name in enumerate(("dog/1", "cat/2", "cat/old/10", "dog/9")):
        save(faces / f"{name}.png", pixels(i))
    data = load_dataset(f"{faces}/")
    assert data.labels == ("cat", "cat", "dog", "dog") and data.columns == ("cat", "dog")
    assert load_dataset(f"{faces}/[dog]").labels == ("dog", "dog")
    save(faces / "alone.png", pixels(0))
    assert "'alone.png' beside them" in refusal(f"{faces}/")


def test_one_subfolder_is_not_a_class(faces):
    save(faces / "images" / "a.png", pixels(0))
    assert load_dataset(f"{faces}/").labels == ("a",) and load_dataset(f"{faces}/").y is None


def test_images_are_reduced_to_a_size(faces):
    save(faces / "a.png", pixels(0))
    save(faces / "b.jpg", np.full((50, 30), 102))
    assert "has 50x30 pixels, those before it 6x4" in refusal(f"{faces}/")
    data = load_dataset(f"{faces}/@3x2")
    assert data.shape == (3, 2) and data.x.shape == (2, 6) and np.allclose(data.x[1], 0.4)
    known = Image.fromarray(pixels(0).astype(np.uint8)).resize((2, 3), Image.Resampling.LANCZOS)
    assert np.array_equal(np.rint(255 * data.x[0]), np.asarray(known).ravel())


def test_colours_transparency_and_sixteen_bits_become_grey(faces):
    clear = np.dstack([np.zeros((*SIZE, 3)), np.full(SIZE, 0)])
    save(faces / "clear.png", clear)
    save(faces / "red.png", np.dstack([np.full(SIZE, 255), np.zeros((*SIZE, 2))]))
    deep = Image.fromarray(np.full(SIZE, 0x8080, np.uint16))
    deep.save(faces / "deep.png")
    palette = Image.fromarray(np.dstack([np.full(SIZE, 255), np.zeros((*SIZE, 2))]).astype(np.uint8))
    palette.convert("P").save(faces / "palette.png", transparency=0)
    Image.fromarray(np.eye(*SIZE) > 0).save(faces / "one_bit.png")
    data = load_dataset(f"{faces}/")
    values = {label: set(np.rint(255 * x)) for label, x in zip(data.labels, data.x, strict=True)}
    assert values["clear"] == {255} and values["red"] == {76} and values["deep"] == {128}
    assert values["one_bit"] == {0, 255}


def test_files_that_cannot_be_read_are_named(faces):
    save(faces / "a.png", pixels(0))
    (faces / "broken.png").write_bytes((faces / "a.png").read_bytes()[:60])
    (faces / "pointer.jpg").write_text("version https://git-lfs.github.com/spec/v1\nsize 9\n")
    Image.fromarray(pixels(1).astype(np.uint8)).save(faces / "gif.png", format="GIF")
    data = load_dataset(f"{faces}/")
    assert data.labels == ("a",)
    assert data.notes[1] == (
        "left out, as they cannot be read, 3 images: 'broken.png', 'gif.png', 'pointer.jpg'"
    )
    (faces / "a.png").unlink()
    assert "no image of" in refusal(f"{faces}/")


def test_folders_without_images_are_refused(faces, tmp_path):
    assert "there is no folder" in refusal(f"{faces}/")
    faces.mkdir()
    assert "no file that ends in .png" in refusal(f"{faces}/")
    save(faces / "a.png", pixels(0))
    assert "rows x columns" in refusal(f"{faces}/@28")
    assert "unknown word" in refusal(f"{faces}/@scale=3")


@pytest.mark.parametrize("word", ["/", "/[x]", "//", "/../", "/@5x5"])
def test_the_whole_file_system_is_not_searched_for_images(word):
    if os.name == "nt":
        pytest.skip("a drive has another root")
    with pytest.raises(ValueError, match="is the whole file system: give a folder of images"):
        load_dataset(word)


def test_a_folder_of_too_many_files_is_refused_while_it_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.datasets.image_folder.MOST_ENTRIES", 30)
    for i in range(40):
        (tmp_path / f"{i}" / "a").mkdir(parents=True)
    with pytest.raises(ValueError, match="has more than 30 files and folders"):
        load_dataset(f"{tmp_path}/")


def test_sizes_are_checked_before_memory_is_taken(faces):
    save(faces / "a.png", pixels(0))
    assert "give at most 400,000,000" in refusal(f"{faces}/@20001x20000")
    Image.new("1", (10_001, 10_000)).save(faces / "b.png")
    assert "'b.png'" in load_dataset(f"{faces}/").notes[1]


def test_a_recipe_names_the_folder_without_its_place(faces):
    save(faces / "a.png", pixels(0))
    for word, name in ((f"{faces}/@3x2", "faces@3x2"), (f"{faces}/", "faces"), (str(faces), "faces")):
        experiment = Experiment(dataset=word, arch=(6 if "@" in word else 24, 2), max_iterations=1)
        assert identity(experiment, experiment.data())["dataset"]["name"] == name


def test_a_run_and_its_pictures_are_named_after_the_folder(faces):
    save(faces / "a.png", pixels(0))
    experiment = Experiment(dataset=f"{faces}/@3x2", method="lm")
    assert default_name(experiment) == "faces-3x2-lm-0"
    assert name_of(load_dataset(experiment.dataset)) == "faces@3x2"
