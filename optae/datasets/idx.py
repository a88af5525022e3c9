"""Read IDX files of bytes, gzipped or not, the format of MNIST (LeCun et al., 1998).

Four bytes give the type and the number of dimensions, four more the size of each dimension (big-endian); then
the values follow. The header gives the number of values, and no more are ever unpacked from a gzipped file.
"""

import gzip
import zlib
from hashlib import sha256
from io import BufferedReader
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .checks import check_size
from .dataset import check_file, quoted

BYTES = 0x08  # the code of unsigned bytes
KINDS = {1: "labels", 3: "images"}
GROWTH = 1100  # an unpacked gzipped file is at most this many times larger (the format's limit is 1032)
GZIP = b"\x1f\x8b"


def read_idx(path: str | Path, dimensions: int) -> npt.NDArray[np.uint8]:
    """Return the values, of shape (n,) for labels or (n, rows, columns) for images.

    Raises ValueError for a file that holds anything else, or fewer or more values than its header says.
    """
    path = Path(path)
    check_file(str(path))
    try:
        with _opened(path) as file:
            shape = _shape(file, path, dimensions)
            if prod(shape) > GROWTH * path.stat().st_size:
                raise ValueError(_wrong(path, "less", shape))
            data = file.read(prod(shape) + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{quoted(str(path))} is a damaged gzip file ({reason}): fetch it again") from None
    except OSError as error:
        raise ValueError(
            f"cannot read {quoted(str(path))} ({error.strerror}): check its permissions"
        ) from error
    if len(data) != prod(shape):
        raise ValueError(_wrong(path, "less" if len(data) < prod(shape) else "more", shape))
    return np.frombuffer(data, np.uint8).reshape(shape)


def digest_of(values: npt.NDArray[np.uint8]) -> str:
    """Return the SHA-256 of an unpacked IDX file of these values, as `read_idx` returns them."""
    head = bytes([0, 0, BYTES, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    digest = sha256(head)
    digest.update(values.data)
    return digest.hexdigest()


def _opened(path: Path) -> BufferedReader | gzip.GzipFile:
    with path.open("rb") as file:
        zipped = file.read(2) == GZIP
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _shape(file: BufferedReader | gzip.GzipFile, path: Path, dimensions: int) -> tuple[int, ...]:
    head, name = file.read(4), quoted(str(path))
    if len(head) < 4 or head[:2] != b"\0\0":
        raise ValueError(f"{name} is not an IDX file: give one such as train-images-idx3-ubyte.gz")
    if head[2] != BYTES:
        raise ValueError(f"{name} holds IDX values of type 0x{head[2]:02x}: give unsigned bytes, type 0x08")
    if head[3] != dimensions:
        holds = KINDS.get(head[3], f"an array of {head[3]} dimensions")
        raise ValueError(f"{name} holds {holds} where {KINDS[dimensions]} belong: check the files' names")
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise ValueError(f"{name} ends within its header: fetch it again")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    if 0 in shape:
        raise ValueError(f"{name} says that it holds {_size(shape)}: give at least one")
    check_size(name, shape)
    return shape


def _wrong(path: Path, fault: str, shape: tuple[int, ...]) -> str:
    return f"{quoted(str(path))} holds {fault} than its header says ({_size(shape)}): fetch it again"


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape) + " values"
