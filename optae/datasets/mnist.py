"""MNIST (LeCun et al., 1998) and Fashion-MNIST (Xiao et al., 2017), with the test images held out.

No two images of either are equal, so no held-out image is a training image.
The four IDX files are searched in the given folder, or in `mnist/` or `fashion-mnist/` of OPTAE_DATA, then in
the user's cache, then in the system's folder of data sets. Otherwise they are fetched.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .dataset import Dataset, quoted
from .fetch import cache, fetched
from .idx import digest_of, read_idx
from .idx_images import Images, existing, taken

SYSTEM = Path("/usr/share/datasets")  # of Debian's dataset-fashion-mnist
PARTS = ("train", "t10k")
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """The source of the images, the meaning of the labels 0 to 9, and the mirrors of the files."""

    citation: str
    classes: tuple[str, ...]
    mirrors: tuple[str, ...]
    digests: tuple[str, ...]  # SHA-256 of the unpacked files, in the order of `files`


SOURCES = {
    "mnist": Source(
        "LeCun et al., 1998",
        tuple("0123456789"),
        (
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    "fashion-mnist": Source(
        "Xiao et al., 2017",
        FASHION,
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
}


def files() -> list[tuple[str, int]]:
    """Return the names of the four files without .gz, with the number of dimensions of each."""
    return [
        (f"{part}-{kind}", dimensions)
        for part in PARTS
        for kind, dimensions in (("images-idx3-ubyte", 3), ("labels-idx1-ubyte", 1))
    ]


def read_mnist(spec: str, name: str, folder: str | None = None, first: str | None = None) -> Dataset:
    """Read `mnist` as typed, such as 'mnist@folder:30000,1000' or 'mnist:50000+10000'."""
    return images(name.lower(), spec, folder, first)


def images(name: str, spec: str = "", folder: str | None = None, first: str | None = None) -> Dataset:
    """Return the training images, with the test images as `heldout`; `first` limits both, as '30000,1000'.

    '50000+10000' holds out the 10,000 training images after the first 50,000, so that settings can be chosen
    without the test images. Raises ValueError if the files cannot be found or fetched, hold something else,
    or hold fewer images.
    """
    place = _folder(name, folder) or fetched(name, SOURCES[name].mirrors, _digests(name))
    train, held = (_part(name, place, part) for part in PARTS)
    return taken(spec or name, first, train, held)


def _digests(name: str) -> dict[str, str]:
    return {file: digest for (file, _), digest in zip(files(), SOURCES[name].digests, strict=True)}


def _folder(name: str, folder: str | None) -> Path | None:
    """Return the first folder with the training images. Raises ValueError if the given folder has none."""
    first = files()[0][0]
    if folder is not None:
        for place in (Path(folder) / name, Path(folder)):
            if existing(place / first):
                return place
        raise ValueError(
            f"{quoted(folder)} holds no {first}[.gz], nor does its folder {name}: check the path"
        )
    return next((place for place in _places(name) if _whole(place)), None)


def _places(name: str) -> Iterator[Path]:
    if named := os.environ.get("OPTAE_DATA"):
        yield Path(named) / name
    yield cache() / name
    yield SYSTEM / name


def _whole(place: Path) -> bool:
    return all(existing(place / file) for file, _ in files())


def _part(name: str, place: Path, part: str) -> Images:
    """Return the training images ("train") or the test images ("t10k")."""
    known, digests = SOURCES[name], _digests(name)
    pictures, labels = (
        _values(name, place / file, dimensions, digests[file])
        for file, dimensions in files()
        if file.startswith(part)
    )
    words = tuple(known.classes[label] for label in labels)
    return Images(pictures, words, known.classes, f"{name} ({known.citation}), {part}")


def _values(name: str, path: Path, dimensions: int, digest: str) -> npt.NDArray[np.uint8]:
    """Return the values of a file. Raises ValueError if it is missing or does not have the known content."""
    if (found := existing(path)) is None:
        raise ValueError(f"{quoted(str(path.parent))} lacks {path.name}[.gz]: fetch it again")
    values = read_idx(found, dimensions)
    if digest_of(values) != digest:
        other = existing(path.with_name(files()[0][0])) or found
        raise ValueError(
            f"{quoted(str(found))} is not the file of {name}, by its SHA-256: remove it to fetch the right"
            f" one, or read other images by their path, as `dataset` {other}"
        )
    return values
