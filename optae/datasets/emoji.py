"""Small faces, or characters of a TrueType font, made in the same way as deck B's emoji.

Each image is drawn in black on 64 x 64 pixels with a size of 44 to 52, moved by up to 3 pixels, rotated by up
to 7 degrees, reduced to 20 x 20 with Lanczos' filter, and thresholded at 0.5; these numbers are parameters. A
held-out image is drawn again until it differs from all training images.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..engines.streams import EMOJI, EMOJI_HELDOUT, stream
from ..registry import MOST_NAMES, parse
from ..text import listed
from .dataset import Dataset, check_file, quoted
from .faces import INK, Drawing, faces
from .memory import natural_order

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

CANVAS, SIDE = 64, 20  # pixels
HELD = 5  # one in this many draws is held out
MOST_CHARACTERS = 100
TRIES = 1000  # draws of one image until it differs from the training images
FIVE = "\N{GRINNING FACE}\N{WINKING FACE}\N{SMILING FACE WITH SUNGLASSES}\N{ANGRY FACE}\N{CRYING FACE}"
FINE = 2  # the faces are drawn this many times finer
LEFT = 0.92  # share of a character's ink below which a note says that its strokes vanish
Grey = npt.NDArray[np.float64]  # (..., SIDE SIDE), ink 1
Images = dict[str, list[Grey]]  # the images of each character


@dataclass(frozen=True)
class Draws:
    """The number of images of each character, their variation, and the threshold from grey to ink."""

    many: int = 1000
    seed: int = 0
    smallest: int = 44  # size on the canvas of 64 pixels
    largest: int = 52
    shift: int = 3  # largest shift across and down, in pixels of the canvas
    rotation: float = 7  # largest, in degrees
    threshold: float = 0.5  # a pixel that is darker becomes ink
    weight: float = 0  # pixels of the canvas by which strokes grow on every side

    def __post_init__(self) -> None:
        whole = {name: vars(self)[name] for name in ("many", "seed", "smallest", "largest", "shift")}
        for name, value in whole.items():
            if value != int(value) or value < 0:
                raise ValueError(f"{name}={value:g}: give a whole number from 0")
            object.__setattr__(self, name, int(value))
        if self.many < HELD:
            raise ValueError(f"draw at least {HELD} of each, as one in {HELD} is held out")
        if not 1 <= self.smallest <= self.largest <= 2 * CANVAS:
            raise ValueError(
                f"smallest={self.smallest}, largest={self.largest}: give two sizes from 1 to {2 * CANVAS}"
            )
        for name, most in {"shift": CANVAS // 2, "rotation": 180, "weight": 16}.items():
            if not 0 <= vars(self)[name] <= most:
                raise ValueError(f"{name}={vars(self)[name]:g}: give a number from 0 to {most}")
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold={self.threshold:g}: give a number between 0 and 1")

    def grey(self, drawing: Drawing, rng: np.random.Generator) -> Grey:
        """Draw, move, turn and reduce one image."""
        from PIL import Image, ImageDraw

        size = int(rng.integers(self.smallest, self.largest + 1))
        dx, dy = rng.integers(-self.shift, self.shift + 1, 2)
        image = Image.new("L", (CANVAS * FINE, CANVAS * FINE), 0)
        drawing(ImageDraw.Draw(image), (CANVAS / 2 + dx) * FINE, (CANVAS / 2 + dy) * FINE, size * FINE)
        image = self._heavier(image).resize((CANVAS, CANVAS), Image.Resampling.BOX)
        image = image.rotate(float(rng.uniform(-self.rotation, self.rotation)), Image.Resampling.BICUBIC)
        small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        return np.asarray(small, dtype=float).ravel() / INK

    def _heavier(self, image: "Picture") -> "Picture":
        """Return the image with its strokes grown by `weight`."""
        from PIL import ImageFilter

        grown = round(self.weight * FINE)
        return image.filter(ImageFilter.MaxFilter(2 * grown + 1)) if grown else image

    def cut(self, grey: Grey) -> npt.NDArray[np.bool_]:
        """Return which pixels are ink."""
        return grey > self.threshold


def read_emoji(spec: str, words: str | None, font: str | None, characters: str | None) -> Dataset:
    """Read `emoji` as typed, such as 'emoji:1000,seed=1,weight=0.5@font.ttf:ABC'. Raises ValueError."""
    draws = parse("data set", f"emoji:{words}" if words else "emoji", {"emoji": Draws})
    return emoji(spec, draws, font, characters)


def emoji(
    spec: str = "emoji", draws: Draws = Draws(), font: str | None = None, characters: str | None = None
) -> Dataset:
    """Return images of five faces, or of a font's `characters`, with one in five held out.

    No held-out image equals a training image. A note names characters whose strokes vanish at the threshold.
    Raises ValueError for a font that cannot be read or lacks a character, and for one with too few different
    pictures.
    """
    drawings = faces() if font is None else _glyphs(font, characters or FIVE, draws.smallest)
    source = "five faces drawn by the optae project (MIT)" if font is None else f"the font {quoted(font)}"
    held = draws.many // HELD
    rng, rest = stream(draws.seed, EMOJI), stream(draws.seed, EMOJI_HELDOUT)
    train: Images = {
        name: [draws.grey(drawing, rng) for _ in range(draws.many - held)]
        for name, drawing in drawings.items()
    }
    known = {draws.cut(grey).tobytes() for greys in train.values() for grey in greys}
    others: Images = {
        name: [_another(spec, name, drawing, known, draws, rest) for _ in range(held)]
        for name, drawing in drawings.items()
    }
    heldout = _dataset(spec, others, draws, source)
    return _dataset(spec, train, draws, source, heldout, _notes(train, draws))


def _dataset(
    spec: str,
    images: Images,
    draws: Draws,
    source: str,
    heldout: Dataset | None = None,
    notes: tuple[str, ...] = (),
) -> Dataset:
    x = np.array([draws.cut(grey) for greys in images.values() for grey in greys])
    labels = np.repeat(list(images), len(x) // len(images))
    order = natural_order(list(images))
    return Dataset(spec, x, tuple(labels), (SIDE, SIDE), source, heldout, order, notes=notes)


def _notes(images: Images, draws: Draws) -> tuple[str, ...]:
    """Return a note on characters that lose their strokes: less than `LEFT` of their ink is left."""
    left = {name: _left(np.array(greys), draws) for name, greys in images.items()}
    thin = [f"{quoted(name)} ({100 * share:.0f} %)" for name, share in left.items() if share < LEFT]
    if not thin:
        return ()
    return (
        f"strokes thinner than a pixel vanish at threshold {draws.threshold:g}: ink left of"
        f" {listed(thin, MOST_NAMES)}; lower `threshold`, raise `weight` or the sizes,"
        " as in emoji:1000,threshold=0.3,weight=1",
    )


def _left(greys: Grey, draws: Draws) -> float:
    """Return the share of the ink in these images that is left in black and white; 1 if there is none."""
    ink = float(greys.sum())
    return float(draws.cut(greys).sum()) / ink if ink else 1.0


def _another(
    spec: str, name: str, drawing: Drawing, known: set[bytes], draws: Draws, rng: np.random.Generator
) -> Grey:
    """Draw an image that is not among the known ones. Raises ValueError after `TRIES` attempts."""
    for _ in range(TRIES):
        if draws.cut(grey := draws.grey(drawing, rng)).tobytes() not in known:
            return grey
    raise ValueError(
        f"{quoted(spec)}: of {quoted(name)} every picture is a training image: draw fewer of each, or others"
    )


def _glyphs(font: str, characters: str, size: int) -> dict[str, Drawing]:
    """Return a drawing of each character. Raises ValueError if the font lacks one."""
    from matplotlib.ft2font import FT2Font

    check_file(font)
    wanted = list(dict.fromkeys(characters.replace(" ", "")))
    if not 1 <= len(wanted) <= MOST_CHARACTERS:
        raise ValueError(f"{len(wanted)} characters to draw: give 1 to {MOST_CHARACTERS}, without spaces")
    try:
        known = FT2Font(font)
        _typeface(font, size)
    except (RuntimeError, OSError, ValueError):
        raise ValueError(f"{quoted(font)} is not a scalable font: give a .ttf file") from None
    if missing := [c for c in wanted if not known.get_char_index(ord(c))]:
        names = listed(map(quoted, missing), MOST_NAMES)
        raise ValueError(f"font {quoted(font)} lacks {names}: name others by `emoji_characters`")
    return {c: partial(_glyph, font, c) for c in wanted}


def _glyph(font: str, character: str, draw: "ImageDraw", x: float, y: float, size: int) -> None:
    draw.text((x, y), character, fill=INK, font=_typeface(font, size), anchor="mm")


@lru_cache(maxsize=64)
def _typeface(font: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(font, size)
