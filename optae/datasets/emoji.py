"""Small faces, or characters of a TrueType font, made in the same way as deck B's emoji.

Each image is drawn in black on 64 x 64 pixels with a size of 44 to 52, moved by up to 3 pixels, rotated by up
to 7 degrees, reduced to 20 x 20 with Lanczos' filter, and thresholded at 0.5. A held-out image is drawn again
until it differs from all training images.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..registry import MOST_NAMES
from ..streams import EMOJI, EMOJI_HELDOUT, stream
from ..text import listed
from .dataset import Dataset, check_file, quoted

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

CANVAS, SIDE = 64, 20  # pixels
SIZES, SHIFT, TURN = (44, 52), 3, 7.0
MANY, HELD = 1000, 5  # draws of each; one in five is held out
MOST_CHARACTERS = 100
TRIES = 1000  # draws of one image that training lacks
FIVE = "\N{GRINNING FACE}\N{WINKING FACE}\N{SMILING FACE WITH SUNGLASSES}\N{ANGRY FACE}\N{CRYING FACE}"
FINE = 2  # how many times finer the faces are drawn
WHITE = 255
Drawing = Callable[["ImageDraw", float, float, int], None]  # on what, x, y of the middle, size
Image = npt.NDArray[np.bool_]  # (SIDE SIDE,), ink True


def read_emoji(
    spec: str, many: str | None, seed: str | None, font: str | None, characters: str | None
) -> Dataset:
    """Read `emoji` as typed, such as 'emoji:1000,0@font.ttf:ABC'."""
    return emoji(spec, int(many or MANY), int(seed or 0), font, characters)


def emoji(
    spec: str = "emoji",
    many: int = MANY,
    seed: int = 0,
    font: str | None = None,
    characters: str | None = None,
) -> Dataset:
    """Return `many` draws of each of five faces, or of a font's `characters`, with one in five held out.

    No held-out image equals a training image. Raises ValueError for fewer than 5 draws, for a font that
    cannot be read or lacks a character, and for one with too few different pictures.
    """
    if many < HELD:
        raise ValueError(f"{quoted(spec)}: draw at least {HELD} of each, for one in {HELD} is held out")
    drawings = _faces() if font is None else _glyphs(font, characters or FIVE)
    source = "five faces drawn by the optae project (MIT)" if font is None else f"the font {quoted(font)}"
    held, rng, rest = many // HELD, stream(seed, EMOJI), stream(seed, EMOJI_HELDOUT)
    train = [_image(drawing, rng) for drawing in drawings.values() for _ in range(many - held)]
    known = {image.tobytes() for image in train}
    others = [
        _another(spec, name, drawing, known, rest) for name, drawing in drawings.items() for _ in range(held)
    ]
    return _dataset(spec, train, drawings, source, _dataset(spec, others, drawings, source))


def _dataset(
    spec: str, x: list[Image], drawings: dict[str, Drawing], source: str, heldout: Dataset | None = None
) -> Dataset:
    labels = np.repeat(list(drawings), len(x) // len(drawings))
    return Dataset(spec, np.array(x), tuple(labels), (SIDE, SIDE), source, heldout)


def _another(spec: str, name: str, drawing: Drawing, known: set[bytes], rng: np.random.Generator) -> Image:
    """Draw an image that is not among the known ones. Raises ValueError after `TRIES` attempts."""
    for _ in range(TRIES):
        if (image := _image(drawing, rng)).tobytes() not in known:
            return image
    raise ValueError(
        f"{quoted(spec)}: of {quoted(name)} every picture is a training image: draw fewer of each, or others"
    )


def _image(drawing: Drawing, rng: np.random.Generator) -> Image:
    """Draw, move, turn and reduce one image."""
    from PIL import Image as Picture
    from PIL import ImageDraw

    size = int(rng.integers(SIZES[0], SIZES[1] + 1))
    dx, dy = rng.integers(-SHIFT, SHIFT + 1, 2)
    image = Picture.new("L", (CANVAS * FINE, CANVAS * FINE), 0)
    drawing(ImageDraw.Draw(image), (CANVAS / 2 + dx) * FINE, (CANVAS / 2 + dy) * FINE, size * FINE)
    image = image.resize((CANVAS, CANVAS), Picture.Resampling.BOX)
    image = image.rotate(float(rng.uniform(-TURN, TURN)), Picture.Resampling.BICUBIC)
    small = np.asarray(image.resize((SIDE, SIDE), Picture.Resampling.LANCZOS), dtype=float)
    return (small > WHITE / 2).ravel()


def _glyphs(font: str, characters: str) -> dict[str, Drawing]:
    """Return a drawing of each character. Raises ValueError if the font lacks one."""
    from matplotlib.ft2font import FT2Font

    check_file(font)
    wanted = list(dict.fromkeys(characters.replace(" ", "")))
    if not 1 <= len(wanted) <= MOST_CHARACTERS:
        raise ValueError(f"{len(wanted)} characters to draw: give 1 to {MOST_CHARACTERS}, without spaces")
    try:
        known = FT2Font(font)
        _typeface(font, SIZES[0])
    except (RuntimeError, OSError, ValueError):
        raise ValueError(f"{quoted(font)} is not a scalable font: give a .ttf file") from None
    if missing := [c for c in wanted if not known.get_char_index(ord(c))]:
        names = listed(map(quoted, missing), MOST_NAMES)
        raise ValueError(f"font {quoted(font)} lacks {names}: name others by `emoji_characters`")
    return {c: partial(_glyph, font, c) for c in wanted}


def _glyph(font: str, character: str, draw: "ImageDraw", x: float, y: float, size: int) -> None:
    draw.text((x, y), character, fill=255, font=_typeface(font, size), anchor="mm")


@lru_cache(maxsize=64)
def _typeface(font: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(font, size)


def _faces() -> dict[str, Drawing]:
    """Return round faces that differ in eyes and mouth."""
    return {
        "smile": partial(_face, _dots, partial(_arc, 20, 160, 0.03)),
        "sad": partial(_face, _dots, partial(_arc, 205, 335, 0.38)),
        "wow": partial(_face, _dots, _open),
        "wink": partial(_face, _wink, partial(_arc, 20, 160, 0.03)),
        "cool": partial(_face, _glasses, partial(_arc, 50, 130, 0.06)),
    }


def _face(eyes: Drawing, mouth: Drawing, draw: "ImageDraw", x: float, y: float, size: int) -> None:
    _ellipse(draw, x, y, 0.46 * size, 0.46 * size, outline=255, width=round(0.075 * size))
    eyes(draw, x, y, size)
    mouth(draw, x, y, size)


def _dots(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    for side in (-1, 1):
        _ellipse(draw, x + side * 0.17 * size, y - 0.13 * size, 0.06 * size, 0.08 * size, fill=255)


def _wink(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    _ellipse(draw, x - 0.17 * size, y - 0.13 * size, 0.06 * size, 0.08 * size, fill=255)
    across, down = 0.08 * size, y - 0.11 * size
    draw.line(
        (x + 0.17 * size - across, down, x + 0.17 * size + across, down), fill=255, width=round(0.07 * size)
    )


def _glasses(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    for side in (-1, 1):
        _ellipse(draw, x + side * 0.18 * size, y - 0.1 * size, 0.15 * size, 0.11 * size, fill=255)
    draw.line(
        (x - 0.4 * size, y - 0.15 * size, x + 0.4 * size, y - 0.15 * size), fill=255, width=round(0.06 * size)
    )


def _open(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    _ellipse(draw, x, y + 0.18 * size, 0.11 * size, 0.13 * size, fill=255)


def _arc(start: int, end: int, down: float, draw: "ImageDraw", x: float, y: float, size: int) -> None:
    """Draw part of a circle as a mouth, its centre `down` below the face's; degrees run clockwise."""
    r, middle = 0.24 * size, y + down * size
    draw.arc((x - r, middle - r, x + r, middle + r), start, end, fill=255, width=round(0.07 * size))


def _ellipse(draw: "ImageDraw", x: float, y: float, across: float, tall: float, **style: int) -> None:
    draw.ellipse((x - across, y - tall, x + across, y + tall), **style)
