"""Vectors in .safetensors files: read by name, shape and kind of number, whoever wrote the file."""

import json
import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from places import OLD_CELLS
from safetensors.numpy import load_file, save_file

from optae import Layout
from optae.storage.run import load_run
from optae.storage.snapshots import FILE, read_snapshots, snapshot_files
from optae.storage.tensors import read_tensors, write_tensors
from optae.training.snapshots import Snapshot

LAYOUT = Layout({"W1": (2, 3), "b1": (3,), "A": (2, 2)})
THETA = np.arange(13.0)


@pytest.fixture
def path(tmp_path):
    write_tensors(tmp_path / "theta.safetensors", LAYOUT, THETA, {"method": "adam"})
    return tmp_path / "theta.safetensors"


def written(path, arrays, **changes):
    """Write a file by hand: its tensors in this order, and their entries with changes."""
    header, content = {}, b""
    for name, array in arrays.items():
        data = array.tobytes()
        entry = {
            "dtype": "F64",
            "shape": list(array.shape),
            "data_offsets": [len(content), len(content) + len(data)],
        }
        header[name], content = entry | changes.get(name, {}), content + data
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)


def refused(path, layout=LAYOUT):
    with pytest.raises(ValueError) as caught:
        read_tensors(path, layout)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


def test_tensors_are_read_back_by_us_and_by_the_library(path):
    assert_array_equal(read_tensors(path, LAYOUT), THETA)
    arrays = load_file(path)
    assert {name: a.shape for name, a in arrays.items()} == LAYOUT.shapes
    assert_array_equal(LAYOUT.pack(arrays), THETA)


@pytest.mark.parametrize("order", [["A", "W1", "b1"], ["b1", "A", "W1"], ["W1", "b1", "A"]])
def test_the_order_of_the_tensors_does_not_matter(path, order):
    arrays = LAYOUT.unpack(THETA)
    written(path, {name: arrays[name] for name in order})
    assert_array_equal(read_tensors(path, LAYOUT), THETA)


@pytest.mark.parametrize("change", [
    {"data_offsets": [0, 40]}, {"data_offsets": [0, 56]}, {"data_offsets": [8, 56]},
    {"data_offsets": [-8, 40]}, {"shape": [6]}, {"shape": [3, 2]}, {"shape": [2**62, 3]}, {"shape": -1},
    {"shape": [2.5, 2.4]},
    {"dtype": "I64"}, {"dtype": "F32"}, {"dtype": "BF16", "shape": [8, 3]}, {"dtype": 64}, {"dtype": "F99"},
], ids=str)  # fmt: skip
def test_a_header_that_does_not_fit_is_refused(path, change):
    written(path, LAYOUT.unpack(THETA), W1=change)
    refused(path)


@pytest.mark.parametrize("kind", ["float32", "int64", "bool"])
def test_other_numbers_than_a_vectors_are_refused(path, kind):
    arrays = {name: array.astype(kind) for name, array in LAYOUT.unpack(THETA).items()}
    save_file(arrays, path)
    assert f"holds {kind}, not float64" in refused(path)


def test_nan_is_refused_and_infinity_is_not(path):
    write_tensors(path, LAYOUT, np.where(THETA == 7, np.inf, THETA), {})
    assert np.isinf(read_tensors(path, LAYOUT)[7])
    write_tensors(path, LAYOUT, np.where(THETA == 7, np.nan, THETA), {})
    assert "'b1' holds nan" in refused(path)


def test_another_network_is_refused(path):
    assert "4 parameters" in refused(path, Layout({"W1": (2, 2)}))
    assert "13 parameters" in refused(path, Layout({**LAYOUT.shapes, "A": (4,)}))


def test_damaged_files_are_refused(path):
    good = path.read_bytes()
    deep = b'{"a":' * 100_000
    contents = (
        good[:-8],
        good[:20],
        b"",
        b"\xff" * 100,
        good + b"12345678",
        len(deep).to_bytes(8, "little") + deep,
    )
    for content in contents:
        path.write_bytes(content)
        refused(path)
    path.unlink()
    assert "is gone" in refused(path)


def test_a_file_of_many_gigabytes_is_not_read(path):
    os.truncate(path, 2**40)
    assert "too many for 13 numbers" in refused(path)


@pytest.mark.parametrize(
    "cell", sorted(OLD_CELLS.glob("*/theta.safetensors")), ids=lambda path: path.parent.name
)
def test_a_vector_of_an_older_version_has_the_value_of_its_record(cell):
    run = load_run(cell.parent)
    assert run.experiment.problem(run.data).referee()(run.theta) == pytest.approx(
        run.record["value"], rel=1e-12
    )


def test_snapshots_are_read_back_and_damaged_ones_refused(tmp_path):
    kept = [Snapshot(float(i), i / 2, 1 / (i + 1), THETA + i) for i in range(3)]
    (tmp_path / FILE).write_bytes(snapshot_files(kept)[FILE])
    for a, b in zip(read_snapshots(tmp_path), kept, strict=True):
        assert a[:3] == b[:3] and (a.theta == b.theta).all()
    good = load_file(tmp_path / FILE)
    wrong = (
        {"theta": good["theta"][:2]},
        {"theta": good["theta"][0]},
        {"loss": good["loss"].astype("f4")},
        {"x": THETA},
    )
    for change in wrong:
        save_file({**good, **change}, tmp_path / FILE)
        with pytest.raises(ValueError, match=r"snapshots\.safetensors' is damaged"):
            read_snapshots(tmp_path)
    save_file({name: a for name, a in good.items() if name != "theta"}, tmp_path / FILE)
    with pytest.raises(ValueError, match="no snapshots of a run"):
        read_snapshots(tmp_path)
    os.truncate(tmp_path / FILE, 2**40)
    with pytest.raises(ValueError, match="too many"):
        read_snapshots(tmp_path)
