"""The registry of data sets, and the loader of names and paths.

To add a data set, write a function and give it a line here, or name it in a package's entry points.
"""

import os
import re
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

from ..registry import entries
from .arrays import in_memory, read_npy, read_npz
from .bundled import TABLES, digits
from .csv_file import read_csv
from .curve_images import curves_like
from .curves import sinc, spirals
from .dataset import Dataset, quoted, subset, suggestion
from .emoji import emoji, read_emoji
from .fonts import font
from .header import read_header, read_lists
from .idx_images import read_idx_images
from .image_folder import read_folder
from .mnist import images, read_mnist
from .packaged import read_packaged
from .places import described, errors_as_written, located

__all__ = ["DATASETS", "Dataset", "load_dataset"]

DATASETS: dict[str, Callable[[], Dataset]] = {
    "font1": partial(font, "font1"),
    "font2": partial(font, "font2"),
    "font3": partial(font, "font3"),
    "digits": digits,
    "mnist": partial(images, "mnist"),
    "fashion-mnist": partial(images, "fashion-mnist"),
    "emoji": emoji,
    **TABLES,
    "curves-like": curves_like,
    "sinc": sinc,
    "spirals": spirals,
}


PACKAGES = "optae.datasets"  # the group of entry points
LONGEST = 10_000  # characters of a word
BRACKETS = 100  # in a word, of which one may begin the labels

# The path is greedy, so only the colon or @ after the last ending splits: drive letters survive.
_READERS: dict[str, Callable[..., Dataset]] = {
    r"(mnist|fashion-mnist)(?:@(?P<path>.+?))?(?::([0-9]{1,9}(?:[,+][0-9]{1,9})?))?": read_mnist,
    r"emoji(?::([^@]+))?(?:@(?P<path>.+?\.(?:ttf|ttc|otf))(?::(.+))?)?": read_emoji,
    r"(?P<path>.*[-.]idx3-ubyte(?:\.gz)?)(?::([0-9]{1,9}(?:[,+][0-9]{1,9})?))?": read_idx_images,
    r"(?P<path>.*\.[hc])(?::([^:/\\]*))?": read_header,
    r"(?P<path>.*\.(?:py|json))(?::([^:/\\]*))?": read_lists,
    r"(?P<path>.*\.npy)(?:@(.*))?": read_npy,
    r"(?P<path>.*\.npz)(?:@(.*))?": read_npz,
    r"(?P<path>.*\.(?:csv|tsv))(?:@(.*))?": read_csv,
    r"(?P<path>.*[/\\])(?:@([^/\\]*))?": read_folder,
}


def load_dataset(spec: Any, place: str = "", *, y: Any = None) -> Dataset:
    """Return the data set that `spec` names: an entry of DATASETS, a file, or a package's own.

    It may also be an array x (n, d) or (n, rows, columns), or a pandas frame, with targets y: (n, k) numbers,
    or classes (n,). Of a frame, y may name columns. Runs on such data cannot be stored.

    A path is tried as it is written, then with ~ and environment variables replaced; if a `place` is given,
    the file or folder is read there instead.

    `font2[XHIR]` or `font2[X,H,I,R]` is the part of it with these labels, in this order.
    `font.h[:Font]` is an array of a C header, `font.py[:Font]` or `font.json[:Font]` a list of rows; `x.npy`,
    `x.npz` and `x.csv` take words of `options`, such as `x.csv@7x5@label=name`.
    `faces/[@28x28]` is a folder of PNG or JPEG images, each subfolder a class.
    `mnist[@FOLDER][:30000[,1000]]` takes the first 30,000 training images, and the first 1,000 of the test
    images, which are held out; `mnist:50000+10000` holds out the 10,000 training images after the first
    50,000 instead. Any `folder/train-images-idx3-ubyte[.gz]` is read in the same way, with the labels and the
    test images beside it. `emoji[:MANY[,SEED][,KEY=NUMBER...]][@FONT.ttf[:CHARACTERS]]` draws `MANY` of each;
    the keys are smallest, largest, shift, rotation, threshold and weight (see `emoji.Draws`).
    A package offers data sets by entry points `optae.datasets` (see `packaged`).
    Raises ValueError of one line, with the remedy, for an input that cannot be read.
    """
    if hasattr(spec, "shape") or isinstance(spec, list | tuple):
        return in_memory(spec, y)
    spec = str(spec)
    if len(spec) > LONGEST:
        raise ValueError(f"no data set {quoted(spec)}: a name or path has at most {LONGEST:,} characters")
    for bracket in islice(re.finditer(r"\[", spec if spec.endswith("]") else ""), BRACKETS):
        if read := _reader(spec[: bracket.start()], place):
            return subset(read(), spec, spec[bracket.end() : -1])
    if read := _reader(spec, place):
        return read()
    hint = suggestion(spec, [*DATASETS, *entries(PACKAGES)])
    raise ValueError(
        f"no data set {quoted(spec)}: {hint}, or the path of a .h, .npy, .npz or .csv file, or of"
        " a folder of images"
    )


def _reader(spec: str, place: str) -> Callable[[], Dataset] | None:
    if spec in DATASETS:
        return DATASETS[spec]
    for pattern, read in _READERS.items():
        if match := re.fullmatch(pattern, spec, re.IGNORECASE | re.DOTALL):
            return partial(_read, read, match, place)
    if spec in (packaged := entries(PACKAGES)):
        return partial(read_packaged, packaged[spec])
    folder = re.fullmatch(r"(?P<path>[^@]*)(?:@(.+)?)?", spec, re.DOTALL)
    if folder and folder["path"].strip(".") and os.path.isdir(place or located(folder["path"])):
        return partial(_read, read_folder, folder, place)
    return None


def _read(read: Callable[..., Dataset], match: re.Match[str], place: str) -> Dataset:
    """Return the data set of a word, read where its path is found."""
    if (path := match["path"]) is None:
        return read(match[0], *match.groups())
    found = place or located(path)
    words = (found if i == match.re.groupindex["path"] else word for i, word in enumerate(match.groups(), 1))
    with errors_as_written(found, path):
        return described(read(match[0], *words), found, path)
