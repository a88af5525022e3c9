"""Read images of an IDX file with the labels beside it, for any files with the layout of MNIST.

`train-images-idx3-ubyte` has its labels in `train-labels-idx1-ubyte`, and held-out images in
`t10k-images-idx3-ubyte`. A dot before `idx` and a `.gz` at the end are also accepted.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .dataset import Dataset, quoted
from .idx import read_idx
from .memory import natural_order

HELD = ("t10k", "test")  # the words that replace `train` in the name of held-out images


class Images(NamedTuple):
    """Bytes of images (n, rows, columns), their labels, the classes that labels name, and the source."""

    pictures: npt.NDArray[np.uint8]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    source: str


def read_idx_images(spec: str, path: str, first: str | None = None) -> Dataset:
    """Read any images by their path, such as 'kuzushiji/train-images-idx3-ubyte.gz:1000'."""
    file = Path(path)
    train, held = _images(file), next((f for name in HELD if (f := _other(file, "train", name))), None)
    unseen = None if held is None else _images(held)
    classes = natural_order((*train.classes, *(unseen.classes if unseen else ())))
    return taken(spec, first, train._replace(classes=classes), unseen and unseen._replace(classes=classes))


def existing(path: Path) -> Path | None:
    """Return the IDX file of this name that exists, with a dash or a dot before `idx`, gzipped or not."""
    names = [re.sub(r"[-.](?=idx[13]-ubyte$)", sign, path.name) for sign in "-."]
    found = [path.with_name(f"{name}{end}") for name in names for end in ("", ".gz")]
    return next((file for file in found if file.is_file()), None)


def check_count(folder: Path, what: str, images: int, labels: int) -> None:
    """Raise ValueError if the numbers of images and labels differ."""
    if images != labels:
        raise ValueError(
            f"{quoted(str(folder))} holds {images} images of {what} and {labels} labels: fetch them again"
        )


def taken(spec: str, first: str | None, train: Images, held: Images | None) -> Dataset:
    """Return the data set of the first images and of those held out, as `first` says.

    '30000,1000' means the first 30,000 training images and the first 1,000 held-out ones. '50000+10000' holds
    out the 10,000 training images after the first 50,000. Raises ValueError if there are fewer, or if the
    sizes of images differ.
    """
    if first and "+" in first:
        return _validation(spec, train, *map(int, first.split("+")))
    many = [*(int(text) for text in (first or "").split(",") if text), None, None][:2]
    if held is None and many[1] is not None:
        raise ValueError(f"{quoted(spec)}: no images are held out beside these: write :{many[0]} alone")
    unseen = None if held is None else _dataset(spec, held, many[1])
    data = _dataset(spec, train, many[0], unseen)
    if unseen is not None and unseen.shape != data.shape:
        raise ValueError(f"{quoted(spec)} holds images of {data.shape} and of {unseen.shape} pixels")
    return data


def _images(file: Path) -> Images:
    pictures, beside = read_idx(file, 3), _other(file, "images", "labels")
    numbers = np.arange(len(pictures)) if beside is None else read_idx(beside, 1)
    check_count(file.parent, file.name, len(pictures), len(numbers))
    labels = tuple(map(str, numbers.tolist()))
    classes = () if beside is None else natural_order(labels)
    return Images(pictures, labels, classes, f"the IDX file {quoted(str(file))}")


def _other(file: Path, word: str, other: str) -> Path | None:
    """Return the file beside this one that has `other` instead of `word` in its name, if it exists."""
    if word not in file.name:
        return None
    name = file.name.removesuffix(".gz").replace(word, other)
    return existing(file.with_name(name.replace("idx3", "idx1") if other == "labels" else name))


def _validation(spec: str, images: Images, first: int, held: int) -> Dataset:
    """Return the first images, with those after them held out."""
    if first < 1 or held < 1:
        raise ValueError(f"{quoted(spec)}: train on 1 image or more, and hold out 1 or more")
    both = _dataset(spec, images, first + held)
    rest = both.take(slice(first, None), source=f"{both.source}, its images from {first}")
    return both.take(slice(first), heldout=rest)


def _dataset(spec: str, images: Images, first: int | None, heldout: Dataset | None = None) -> Dataset:
    if first is not None and not 1 <= first <= len(images.pictures):
        many = len(images.pictures)
        raise ValueError(f"{quoted(spec)}: take 1 to {many} images of {images.source}, not {first}")
    pictures = images.pictures[:first]
    x = pictures.reshape(len(pictures), -1) / 255.0
    x.setflags(write=False)  # so that the data set shares it
    shape, labels = (pictures.shape[1], pictures.shape[2]), images.labels[:first]
    return Dataset(spec, x, labels, shape, images.source, heldout, images.classes)
