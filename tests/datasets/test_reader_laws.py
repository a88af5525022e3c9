"""Laws of every reader: any content of a file is read, or refused in one line, within bounded time."""

import gzip
import io
import json
import struct
import time
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from idx_files import idx

from optae import load_dataset

ENDINGS = ("csv", "tsv", "npy", "npz", "h", "c", "py", "json", "idx3-ubyte")
SECONDS = 5.0  # much more than any reader takes on a busy machine
WORDS = st.lists(
    st.sampled_from(
        ["7x5", "2x1", "header=yes", "header=no", "index=yes", "index=no", "label=first", "label=no"]
    )
    | st.sampled_from(
        ["label=a", "y=last", "y=a+b", "y=2", "scale=255", "scale=no", "sep=comma", "sep=space"]
    )
    | st.text(max_size=8),
    max_size=3,
)
CELLS = st.sampled_from(
    ["0", "1", "0.5", "0,5", "255", "2", "1e999", "nan", "", " ", "a", "b", '"', '"a;b"', "-1"]
)
SHEETS = st.builds(
    lambda rows, sep, end, mark: mark + end.join(sep.join(row) for row in rows),
    st.lists(st.lists(CELLS | st.text(max_size=3), max_size=4), max_size=6),
    st.sampled_from([",", ";", "\t", " ", "  "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\ufeff"]),
)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
ARRAYS = arrays.arrays(arrays.scalar_dtypes(), SHAPES) | arrays.arrays(
    np.float64, SHAPES, elements=st.floats(0, 1)
)


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def npz(members):
    stream = io.BytesIO()
    np.savez_compressed(stream, **members)
    return stream.getvalue()


def damaged(content, cuts):
    """Bytes with some of them replaced, and the end cut off."""
    content = bytearray(content)
    for at, byte in cuts:
        content[at % max(1, len(content)) : at % max(1, len(content)) + 1] = bytes([byte])
    return bytes(content)


CUTS = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4)
NAMES = st.sampled_from(["x", "y", "labels", "x_train", "y_train", "x_test", "y_test", "other"])
CONTENTS = (
    st.binary(max_size=60)
    | SHEETS.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | SHEETS.map(lambda text: text.encode("utf-16", "surrogatepass"))
    | st.builds(damaged, ARRAYS.map(npy), CUTS)
    | st.builds(damaged, st.dictionaries(NAMES, ARRAYS, max_size=3).map(npz), CUTS)
    | st.builds(
        damaged, st.lists(st.lists(st.integers(0, 40), max_size=8)).map(json.dumps).map(str.encode), CUTS
    )
    | st.builds(damaged, arrays.arrays(np.uint8, SHAPES).map(idx), CUTS)
    | st.builds(damaged, arrays.arrays(np.uint8, SHAPES).map(idx).map(gzip.compress), CUTS)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("laws")


@given(content=CONTENTS, ending=st.sampled_from(ENDINGS), words=WORDS)
@example(content=b"1," * 40_000 + b"1", ending="csv", words=[])
@example(content=b"," * 80_000, ending="csv", words=[])
@example(content=b'"' * 80_001, ending="csv", words=[])
@example(content=b"[" * 80_000, ending="json", words=[])
def test_any_content_is_a_data_set_or_refused_in_one_line(folder, content, ending, words):
    path = folder / f"x.{ending}"
    path.write_bytes(content)
    start = time.perf_counter()
    try:
        data = load_dataset("@".join([str(path), *words]))
    except ValueError as error:
        assert str(error) and "\n" not in str(error) and len(str(error)) < 1500
    else:
        assert np.isfinite(data.x).all() and len(data.labels) == len(data.x) == data.x.size // data.x.shape[1]
        assert data.y is None or (len(data.y) == len(data.x) and len(data.columns) == data.y.shape[1])
        assert data.y is not None or (data.x.min() >= 0 and data.x.max() <= 1)
    assert time.perf_counter() - start < SECONDS


@given(x=arrays.arrays(np.float64, st.tuples(st.integers(3, 6), st.integers(3, 5)), elements=st.floats(0, 1)))
def test_what_pandas_writes_is_read_back(folder, x):
    pd = pytest.importorskip("pandas")
    path, frame = folder / "y.csv", pd.DataFrame(x, columns=list("abcde")[: x.shape[1]])
    for options in ({"index": False}, {"sep": ";", "decimal": ","}, {"sep": "\t", "encoding": "utf-16"}):
        frame.to_csv(path, **options)
        assert np.array_equal(load_dataset(f"{path}@label=no").x, x + 0.0)


@given(
    x=arrays.arrays(
        np.float64, SHAPES.filter(lambda s: len(s) in (2, 3) and 0 not in s), elements=st.floats(0, 1)
    )
)
def test_what_numpy_writes_is_read_back(folder, x):
    np.save(folder / "z.npy", x)
    np.savez(folder / "z.npz", x=x)
    for ending in ("npy", "npz"):
        assert np.array_equal(load_dataset(str(folder / f"z.{ending}")).x, x.reshape(len(x), -1))


def test_a_gzip_bomb_is_refused_before_memory_is_taken(folder):
    head = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**16, 2**12, 2**12)
    (folder / "bomb.idx3-ubyte.gz").write_bytes(gzip.compress(head + bytes(10**6)))
    with pytest.raises(ValueError, match="give at most 400,000,000"):
        load_dataset(str(folder / "bomb.idx3-ubyte.gz"))
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy(np.zeros((1, 1)))[:-8].replace(b"(1, 1)", b"(9, 9)") + bytes(9 * 9 * 8))
    assert load_dataset(str(folder / "bomb.npz")).x.shape == (9, 9)
