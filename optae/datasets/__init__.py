"""The registry of data sets, and the loader of names and paths.

To add a data set, write a function and give it a line here.
"""

import os
import re
from collections.abc import Callable
from functools import partial

from .arrays import read_npy, read_npz
from .bundled import TABLES, digits
from .csv_file import read_csv
from .dataset import Dataset, quoted, subset, suggestion
from .emoji import emoji, read_emoji
from .fonts import font
from .header import read_header, read_lists
from .idx_images import read_idx_images
from .image_folder import read_folder
from .mnist import images, read_mnist

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
}


# The path is greedy, so only the colon or @ after the last ending splits: drive letters survive.
_READERS: dict[str, Callable[..., Dataset]] = {
    r"(mnist|fashion-mnist)(?:@(.+?))?(?::([0-9]{1,9}(?:[,+][0-9]{1,9})?))?": read_mnist,
    r"emoji(?::([^@]+))?(?:@(.+?\.(?:ttf|ttc|otf))(?::(.+))?)?": read_emoji,
    r"(.*[-.]idx3-ubyte(?:\.gz)?)(?::([0-9]{1,9}(?:[,+][0-9]{1,9})?))?": read_idx_images,
    r"(.*\.[hc])(?::([^:/\\]*))?": read_header,
    r"(.*\.(?:py|json))(?::([^:/\\]*))?": read_lists,
    r"(.*\.npy)(?:@(.*))?": read_npy,
    r"(.*\.npz)(?:@(.*))?": read_npz,
    r"(.*\.(?:csv|tsv))(?:@(.*))?": read_csv,
    r"(.*[/\\])(?:@([^/\\]*))?": read_folder,
}


def load_dataset(spec: str) -> Dataset:
    """Return the data set that `spec` names: an entry of DATASETS, or a file.

    `font2[XHIR]` or `font2[X,H,I,R]` is the part of it with these labels, in this order.
    `font.h[:Font]` is an array of a C header, `font.py[:Font]` or `font.json[:Font]` a list of rows; `x.npy`,
    `x.npz` and `x.csv` take words of `options`, such as `x.csv@7x5@label=name`.
    `faces/[@28x28]` is a folder of PNG or JPEG images, each subfolder a class.
    `mnist[@FOLDER][:30000[,1000]]` takes the first 30,000 training images, and the first 1,000 of the test
    images, which are held out; `mnist:50000+10000` holds out the 10,000 training images after the first
    50,000 instead. Any `folder/train-images-idx3-ubyte[.gz]` is read in the same way, with the labels and the
    test images beside it. `emoji[:MANY[,SEED][,KEY=NUMBER...]][@FONT.ttf[:CHARACTERS]]` draws `MANY` of each;
    the keys are smallest, largest, shift, rotation, threshold and weight (see `emoji.Draws`).
    Raises ValueError of one line, with the remedy, for an input that cannot be read.
    """
    spec = str(spec)  # it may be a Path
    for bracket in re.finditer(r"\[", spec if spec.endswith("]") else ""):
        if read := _reader(spec[: bracket.start()]):
            return subset(read(), spec, spec[bracket.end() : -1])
    if read := _reader(spec):
        return read()
    hint = suggestion(spec, list(DATASETS))
    raise ValueError(
        f"no data set {quoted(spec)}: {hint}, or the path of a .h, .npy, .npz or .csv file, or of"
        " a folder of images"
    )


def _reader(spec: str) -> Callable[[], Dataset] | None:
    if spec in DATASETS:
        return DATASETS[spec]
    for pattern, read in _READERS.items():
        if match := re.fullmatch(pattern, spec, re.IGNORECASE | re.DOTALL):
            return partial(read, spec, *match.groups())
    path, _, after = spec.partition("@")
    if os.path.isdir(path) and path.strip("."):
        return partial(read_folder, spec, path, after or None)
    return None
