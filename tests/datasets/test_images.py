"""MNIST from IDX files, whatever is wrong with them; emoji, drawn; and a network that fails."""

import gzip
import os
import struct
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import matplotlib
import numpy as np
import pytest
from click.testing import CliRunner
from idx_files import count_as, idx
from optae.cli.main import main
from optae.cli.sources import spelled

from optae import load_dataset
from optae.datasets import fetch, mnist
from optae.datasets.idx import read_idx

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
FILES = [name for name, _ in mnist.files()]


@pytest.fixture
def folder(tmp_path, rng, monkeypatch):
    """Twelve images and five held out, of 4 x 3 pixels; the labels are not zipped."""
    monkeypatch.delenv("OPTAE_DATA", raising=False)
    monkeypatch.setenv("OPTAE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist, "SYSTEM", tmp_path / "system")
    place = tmp_path / "data" / "mnist"
    place.mkdir(parents=True)
    for part, n in (("train", 12), ("t10k", 5)):
        images = gzip.compress(idx(rng.integers(0, 256, (n, 4, 3))))
        (place / f"{part}-images-idx3-ubyte.gz").write_bytes(images)
        (place / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(n) % 10))
    count_as("mnist", place, monkeypatch)
    return place


def refusal(spec):
    with pytest.raises(ValueError) as caught:
        load_dataset(str(spec))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_mnist_is_found_in_every_usual_place(folder, tmp_path, monkeypatch):
    given = load_dataset(f"mnist@{folder.parent}")
    assert given.x.shape == (12, 12) and given.shape == (4, 3) and given.labels[9:] == ("9", "0", "1")
    assert given.heldout.x.shape == (5, 12) and given.heldout.labels == tuple("01234")
    raw = read_idx(folder / f"{FILES[0]}.gz", 3)
    assert np.array_equal(np.rint(255 * given.x), raw.reshape(12, 12))
    assert load_dataset(f"mnist@{folder}").sha256 == given.sha256
    monkeypatch.setenv("OPTAE_DATA", str(folder.parent))
    assert load_dataset("mnist").sha256 == given.sha256
    monkeypatch.delenv("OPTAE_DATA")
    folder.parent.rename(tmp_path / "system")
    assert load_dataset("mnist").sha256 == given.sha256
    for file in (tmp_path / "system" / "mnist").iterdir():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    assert load_dataset("mnist").sha256 == given.sha256


def test_the_first_images_can_be_taken(folder):
    few = load_dataset(f"mnist@{folder}:7,2")
    every = load_dataset(f"mnist@{folder}")
    assert np.array_equal(few.x, every.x[:7]) and len(few.heldout.x) == 2
    assert len(load_dataset(f"mnist@{folder}:7").heldout.x) == 5
    assert "1 to 12 images" in refusal(f"mnist@{folder}:13")
    apart = load_dataset(f"mnist@{folder}:7+3")  # of the training images
    assert (apart.x == every.x[:7]).all() and (apart.heldout.x == every.x[7:10]).all()
    assert (apart.labels, apart.heldout.labels) == (every.labels[:7], every.labels[7:10])
    assert "1 to 12 images" in refusal(f"mnist@{folder}:10+3")
    assert "hold out 1" in refusal(f"mnist@{folder}:10+0")
    assert "1 to 5 images" in refusal(f"mnist@{folder}:3,0")


GOOD = idx(np.zeros((12, 4, 3)))
BOMB = bytes([0, 0, 8, 3]) + struct.pack(">3I", 12, 4, 3) + bytes(50_000_000)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty"),
        (b"\0\0", "is not an IDX file"),
        (b"<html>not found</html>", "is not an IDX file"),
        (GOOD[:10], "ends within its header"),
        (GOOD[:-1], "holds less"),
        (GOOD + b"\0", "holds more"),
        (gzip.compress(BOMB, mtime=0), "holds more"),
        (gzip.compress(GOOD, mtime=0)[:-12], "damaged gzip"),
        (gzip.compress(GOOD, mtime=0)[:30] + b"\xff" * 20, "damaged gzip"),
        (idx(np.zeros(12)), "holds labels where images belong"),
        (idx(np.zeros((12, 4, 3)), 0x0D), "type 0x0d"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + bytes(99), "give at most 400,000,000 (3.2 GB)"),
        (b"\0\0\x08\x03\0\0\xff\xff\0\0\0\xff\0\0\0\x10" + bytes(99), "holds less"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a Git LFS pointer"),
        (idx(np.zeros((0, 4, 3))), "says that it holds 0 x 4 x 3"),
        (GOOD, "is not the file of mnist"),
    ],
)
def test_hostile_files_are_refused(content, words, folder):
    (folder / f"{FILES[0]}.gz").write_bytes(content)
    assert words in refusal(f"mnist@{folder}")


def test_files_that_are_missing_are_named(folder):
    (folder / FILES[1]).unlink()
    assert f"lacks {FILES[1]}" in refusal(f"mnist@{folder}")
    assert "check the path" in refusal(f"mnist@{folder}/elsewhere")


def test_other_images_are_not_taken_for_mnist(folder, tmp_path, rng, monkeypatch):
    (folder / FILES[1]).write_bytes(idx(np.arange(12)))
    message = refusal(f"mnist@{folder}")
    assert "is not the file of mnist, by its SHA-256" in message
    other = message.rsplit("`dataset` ", 1)[1]
    data = load_dataset(other)
    assert data.x.shape == (12, 12) and "LeCun" not in data.source and data.source.endswith("ubyte.gz'")
    assert data.order == tuple(map(str, range(12))) == data.heldout.order
    (tmp_path / "cache").mkdir()
    folder.rename(tmp_path / "cache" / "mnist")
    assert "remove it to fetch the right one" in refusal("mnist")


def test_the_real_files_are_those_of_mnist():
    if not (Path(os.environ.get("OPTAE_DATA", "nowhere")) / "mnist").is_dir():
        pytest.skip("OPTAE_DATA names no folder with mnist")
    data = load_dataset("mnist:10,10")
    assert data.labels == tuple("5041921314") and data.heldout.labels == tuple("7210414959")


def test_the_command_line_says_how_to_read_other_images(folder):
    (folder / FILES[1]).write_bytes(idx(np.arange(12)))
    result = CliRunner().invoke(main, ["train", "--dataset", "mnist", "--data-folder", str(folder)])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert f"as --dataset {folder / FILES[0]}.gz" in result.stderr


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("sign", "-.")
def test_any_idx_images_are_read_with_their_labels(tmp_path, sign, end):
    pictures, write = np.arange(24).reshape(4, 3, 2), gzip.compress if end else bytes
    for part, n in (("train", 4), ("t10k", 2)):
        images, labels = (tmp_path / f"my-{part}-{kind}{sign}idx" for kind in ("images", "labels"))
        Path(f"{images}3-ubyte{end}").write_bytes(write(idx(pictures[:n])))
        Path(f"{labels}1-ubyte{end}").write_bytes(write(idx([10, 2, 2, 10][:n])))
    path = tmp_path / f"my-train-images{sign}idx3-ubyte{end}"
    data = load_dataset(str(path))
    assert np.array_equal(np.rint(255 * data.x), pictures.reshape(4, 6)) and data.shape == (3, 2)
    assert data.labels == ("10", "2", "2", "10") and data.columns == ("2", "10")
    assert data.heldout.labels == ("10", "2") and data.heldout.y.tolist() == [[0, 1], [1, 0]]
    few = load_dataset(f"{path}:2+1")
    assert few.labels == ("10", "2") and few.heldout.labels == ("2",)


def test_idx_images_may_stand_alone(tmp_path):
    path = tmp_path / "faces.idx3-ubyte"
    path.write_bytes(idx(np.zeros((2, 3, 3))))
    assert load_dataset(str(path)).labels == ("0", "1") and load_dataset(str(path)).y is None
    assert "no images are held out" in refusal(f"{path}:1,1")
    assert "1 to 2 images" in refusal(f"{path}:3")
    (tmp_path / "images-idx3-ubyte").write_bytes(idx(np.zeros((2, 3, 3))))
    (tmp_path / "labels-idx1-ubyte").write_bytes(idx(np.zeros(3)))
    assert "2 images of images-idx3-ubyte and 3 labels" in refusal(tmp_path / "images-idx3-ubyte")


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirrors(folder, tmp_path, monkeypatch):
    """A mirror with wrong files and one with the right ones, on this machine."""
    digests = {}
    for file in FILES:
        plain = folder / file
        content = (
            plain.read_bytes()
            if plain.is_file()
            else gzip.decompress(plain.with_name(f"{file}.gz").read_bytes())
        )
        plain.with_name(f"{file}.gz").write_bytes(gzip.compress(content))
        digests[file] = fetch.sha256(content).hexdigest()
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / f"{FILES[0]}.gz").write_bytes(gzip.compress(b"something else"))
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(place)))
        for place in (wrong, folder)
    ]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    addresses = tuple(f"http://127.0.0.1:{server.server_address[1]}/" for server in servers)
    source = mnist.Source("nobody", tuple("0123456789"), addresses, tuple(digests.values()))
    monkeypatch.setitem(mnist.SOURCES, "mnist", source)
    yield
    for server in servers:
        server.shutdown()
        server.server_close()


def test_missing_files_are_fetched_once(mirrors, folder, tmp_path, capfd):
    assert load_dataset("mnist").x.shape == (12, 12)
    fetched = tmp_path / "cache" / "mnist" / f"{FILES[0]}.gz"
    assert fetched.is_file() and "100%" in capfd.readouterr().err
    (folder / f"{FILES[0]}.gz").unlink()
    assert load_dataset("mnist").x.shape == (12, 12)


def test_an_interrupted_transfer_resumes(mirrors, folder, tmp_path):
    missing = folder / f"{FILES[3]}.gz"
    content = missing.read_bytes()
    missing.unlink()
    message = refusal("mnist")
    assert FILES[3] in message and "data_folder" in message and "OPTAE_DATA" in message
    assert len(list((tmp_path / "cache" / "mnist").iterdir())) == 3
    (folder / f"{FILES[0]}.gz").unlink()  # the cache has it
    missing.write_bytes(content)
    assert len(load_dataset("mnist").x) == 12


def test_emoji_are_the_same_for_a_seed_and_new_where_held_out():
    one, same, other = (load_dataset(f"emoji:20,{seed}") for seed in (0, 0, 1))
    assert one.sha256 == same.sha256 != other.sha256
    assert one.x.shape == (80, 400) and one.heldout.x.shape == (20, 400) and one.shape == (20, 20)
    assert set(np.unique(one.x)) == {0.0, 1.0} and len(set(one.labels)) == 5
    assert len({image.tobytes() for image in one.x}) > 60
    ink = one.x.reshape(5, 16, 400).mean(axis=(1, 2))
    assert (ink > 0.08).all() and (ink < 0.3).all()
    distances = np.linalg.norm(
        one.x.reshape(5, 16, 400).mean(axis=1)[:, None] - one.x.reshape(5, 16, 400).mean(axis=1), axis=2
    )
    assert (distances + 9 * np.eye(5) > 0.5).all()


@pytest.mark.parametrize(
    "spec", ["emoji:5", "emoji:50", "emoji:300,7", f"emoji:40@{FONT}:oO0", f"emoji:200@{FONT}:."]
)
def test_no_held_out_image_is_a_training_image(spec):
    data = load_dataset(spec)
    known = {image.tobytes() for image in data.x}
    assert len(data.x) == 4 * len(data.heldout.x) and set(data.labels) == set(data.heldout.labels)
    assert not any(image.tobytes() in known for image in data.heldout.x)


def test_a_character_with_one_picture_is_refused():
    assert "every picture is a training image" in refusal(f"emoji:5@{FONT}:\u200b")


def test_emoji_of_any_font():
    letters = load_dataset(f"emoji:10@{FONT}:AB")
    assert letters.labels == ("A",) * 8 + ("B",) * 8 and "DejaVuSans" in letters.source
    assert len(load_dataset(f"emoji:5@{FONT}").x) == 20
    assert "lacks '\\ue000'" in refusal(f"emoji:10@{FONT}:A\ue000")
    assert "at least 5" in refusal("emoji:4")
    assert "no file" in refusal("emoji@nowhere.ttf")


def test_the_parameters_of_emoji_are_words_and_their_defaults_are_the_deck_s():
    plain, spelled_out = (
        load_dataset("emoji:10"),
        load_dataset("emoji:10,0,smallest=44,largest=52,shift=3,rotation=7,threshold=0.5,weight=0"),
    )
    assert plain.sha256 == spelled_out.sha256
    ink = {
        words: load_dataset(f"emoji:10,{words}").x.mean()
        for words in ("weight=1", "weight=0.5", "threshold=0.3", "threshold=0.7", "largest=60,smallest=58")
    }
    assert ink["weight=1"] > ink["weight=0.5"] > plain.x.mean() > ink["threshold=0.7"]
    assert ink["threshold=0.3"] > plain.x.mean() and ink["largest=60,smallest=58"] > plain.x.mean()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("10,colour=2", "parameters are many, seed, smallest, largest, shift, rotation, threshold, weight"),
        ("10,threshold=1", "threshold=1: give a number between 0 and 1"),
        ("10,smallest=60", "smallest=60, largest=52: give two sizes"),
        ("10,shift=99", "shift=99: give a number from 0 to 32"),
        ("10.5", "many=10.5: give a whole number"),
    ],
)
def test_invalid_parameters_of_emoji_are_refused_in_one_line(words, said):
    assert said in refusal(f"emoji:{words}")


def test_a_note_names_the_characters_whose_thin_strokes_vanish():
    skull, umbrella = "\N{SKULL AND CROSSBONES}", "\N{UMBRELLA}"  # which loses its handle
    [note] = load_dataset(f"emoji:10@{FONT}:{skull}{umbrella}A").remarks
    assert all(f"'{name}' (" in note for name in (skull, umbrella)) and "'A'" not in note
    assert "`threshold`" in note
    for words in ("threshold=0.3", "weight=1"):
        assert not load_dataset(f"emoji:10,{words}@{FONT}:{skull}{umbrella}A").remarks


def test_a_file_that_is_not_a_font_is_refused(tmp_path):
    (tmp_path / "fake.ttf").write_bytes(b"\0\1\0\0 not a font")
    assert "not a scalable font" in refusal(f"emoji@{tmp_path / 'fake.ttf'}")


@pytest.mark.parametrize(
    "parts, words",
    [
        (("font2", "x", None, None), "for mnist"),
        (("emoji", None, None, "AB"), "--emoji-font"),
        (("mnist", None, "a.ttf", None), "for emoji"),
    ],
)
def test_options_of_sources_that_do_not_fit(parts, words):
    with pytest.raises(ValueError, match=words):
        spelled(*parts)
