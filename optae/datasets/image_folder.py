"""Read a folder of PNG or JPEG images as grey values: black is 0, white is 1.

Each subfolder is a class. Transparent pixels are drawn over white, and photographs are rotated as their
camera recorded. With a size, images are reduced to it by Lanczos' filter, which may change their proportions.
"""

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..files import check_file
from ..text import counted, listed, natural, quoted
from .checks import check_size
from .dataset import Dataset
from .memory import natural_order
from .options import read_options

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS, FORMATS = (".png", ".jpg", ".jpeg"), ("PNG", "JPEG")
MOST_FILES, MOST_ENTRIES = 200_000, 300_000  # images of a folder, and all that lies in it
MOST_PIXELS = 50_000_000  # of an image before it is reduced
NAMED = 5  # images that a note names
Size = tuple[int, int]  # rows, columns
Grey = npt.NDArray[np.uint8]


def read_folder(spec: str, path: str, after: str | None = None) -> Dataset:
    """Return the images of a folder, all of one size, labelled by their subfolders or by their names.

    Images that cannot be read are left out, and a note names them. Raises ValueError if none can be read, if
    images have several sizes and none is given, and if there are images both in subfolders and beside them.
    """
    options, root, name = read_options(spec, after, ("size",)), Path(path), quoted(path)
    files = _files(root, name)
    labels, order = _labels(root, files, name)
    images, faults = _images(files, options.size, name)
    x = np.array([image.ravel() for image in images.values()]) / 255.0
    kept = tuple(label for file, label in zip(files, labels, strict=True) if file in images)
    rows, columns = images[next(iter(images))].shape
    notes = ("grey values are divided by 255", *_left_out(root, faults))
    source = f"{counted(len(images), 'image')} of the folder {name}"
    return Dataset(spec, x, kept, (rows, columns), source, order=order, notes=notes)


def _images(files: Sequence[Path], size: Size | None, name: str) -> tuple[dict[Path, Grey], dict[Path, str]]:
    """Return the images that can be read, at least one, and the reasons why others cannot."""
    check_size(name, (len(files), *(size or (1, 1))))
    images, faults = dict[Path, Grey](), dict[Path, str]()
    for file in files:
        try:
            image = _grey(file, size)
        except Exception as error:  # a damaged image fails in many ways
            faults[file] = " ".join(str(error).split())[:100]
            continue
        _check_shape(file, image.shape, next(iter(images.values()), image).shape)
        check_size(name, (len(files), *image.shape))
        images[file] = image
    if not images:
        raise ValueError(f"no image of {name} can be read ({faults[files[0]]}): give PNG or JPEG files")
    return images, faults


def _check_shape(file: Path, shape: tuple[int, ...], other: tuple[int, ...]) -> None:
    if shape != other:
        raise ValueError(
            f"{quoted(str(file))} has {shape[0]}x{shape[1]} pixels, those before it {other[0]}x{other[1]}:"
            " reduce all of them to one size, as faces/@28x28"
        )


def _files(root: Path, name: str) -> list[Path]:
    """Return the images of a folder, in natural order of their paths. Raises ValueError for none."""
    if not root.is_dir():
        raise ValueError(f"there is no folder {name}: check the path")
    if os.path.realpath(root) == root.resolve().anchor:
        raise ValueError(f"{name} is the whole file system: give a folder of images")
    files = list[Path]()
    for file in _walk(root, name):
        if len(files) == MOST_FILES:
            raise ValueError(f"{name} has more than {MOST_FILES:,} images: give a smaller folder")
        files.append(file)
    if not files:
        raise ValueError(f"{name} has no file that ends in {', '.join(ENDINGS)}: give a folder of images")
    return sorted(files, key=lambda file: [natural(part) for part in file.relative_to(root).parts])


def _walk(root: Path, name: str) -> Iterator[Path]:
    """Yield the images in or below a folder. Raises ValueError if far more than images lie there."""
    entries = 0
    for folder, folders, names in os.walk(root):
        if (entries := entries + len(folders) + len(names)) > MOST_ENTRIES:
            raise ValueError(
                f"{name} has more than {MOST_ENTRIES:,} files and folders: give a folder of images alone"
            )
        folders[:] = [inner for inner in folders if not inner.startswith(".")]
        yield from (
            Path(folder, file)
            for file in names
            if file.lower().endswith(ENDINGS) and not file.startswith(".")
        )


def _labels(root: Path, files: Sequence[Path], name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a label for each image, and the classes if there are several subfolders."""
    parts = [file.relative_to(root).parts for file in files]
    inside = [len(part) > 1 for part in parts]
    if any(inside) and not all(inside):
        lone = files[inside.index(False)].name
        raise ValueError(f"{name} has images in folders and {quoted(lone)} beside them: move it to its class")
    folders = tuple(part[0] for part in parts)
    if all(inside) and len(set(folders)) > 1:
        return folders, natural_order(folders)
    return tuple(file.stem for file in files), ()


def _grey(file: Path, size: Size | None) -> Grey:
    """Return the grey values of an image. Raises an error of any kind."""
    from PIL import Image, ImageOps

    check_file(str(file))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # sizes are checked below
        with Image.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError(f"{opened.width} x {opened.height} pixels are more than {MOST_PIXELS:,}")
            image = _flat(ImageOps.exif_transpose(opened))
    if size is not None and (image.height, image.width) != size:
        image = image.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _flat(image: "Image") -> "Image":
    """Return an image of one channel of bytes; transparent pixels are drawn over white."""
    from PIL import Image as Picture

    if image.mode.startswith("I"):  # 16 bits
        return Picture.fromarray((np.asarray(image) / 257).round().astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Picture.new("RGBA", image.size, "white")
        image = Picture.alpha_composite(white, image)
    return image.convert("L")


def _left_out(root: Path, faults: dict[Path, str]) -> Iterator[str]:
    """Yield a note on the images that cannot be read, if there are any."""
    if faults:
        names = listed((quoted(str(file.relative_to(root)), 60) for file in faults), NAMED)
        yield f"left out, as they cannot be read, {counted(len(faults), 'image')}: {names}"
