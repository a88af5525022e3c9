"""Five round faces, drawn by the project, that differ in eyes and mouth."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

INK = 255
Drawing = Callable[["ImageDraw", float, float, int], None]  # draws on a canvas around x, y at a size


def faces() -> dict[str, Drawing]:
    """Return the drawing of each face by its name."""
    return {
        "smile": partial(_face, _dots, partial(_arc, 20, 160, 0.03)),
        "sad": partial(_face, _dots, partial(_arc, 205, 335, 0.38)),
        "wow": partial(_face, _dots, _open),
        "wink": partial(_face, _wink, partial(_arc, 20, 160, 0.03)),
        "cool": partial(_face, _glasses, partial(_arc, 50, 130, 0.06)),
    }


def _face(eyes: Drawing, mouth: Drawing, draw: "ImageDraw", x: float, y: float, size: int) -> None:
    _ellipse(draw, x, y, 0.46 * size, 0.46 * size, outline=INK, width=round(0.075 * size))
    eyes(draw, x, y, size)
    mouth(draw, x, y, size)


def _dots(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    for side in (-1, 1):
        _ellipse(draw, x + side * 0.17 * size, y - 0.13 * size, 0.06 * size, 0.08 * size, fill=INK)


def _wink(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    _ellipse(draw, x - 0.17 * size, y - 0.13 * size, 0.06 * size, 0.08 * size, fill=INK)
    across, down = 0.08 * size, y - 0.11 * size
    draw.line(
        (x + 0.17 * size - across, down, x + 0.17 * size + across, down), fill=INK, width=round(0.07 * size)
    )


def _glasses(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    for side in (-1, 1):
        _ellipse(draw, x + side * 0.18 * size, y - 0.1 * size, 0.15 * size, 0.11 * size, fill=INK)
    draw.line(
        (x - 0.4 * size, y - 0.15 * size, x + 0.4 * size, y - 0.15 * size), fill=INK, width=round(0.06 * size)
    )


def _open(draw: "ImageDraw", x: float, y: float, size: int) -> None:
    _ellipse(draw, x, y + 0.18 * size, 0.11 * size, 0.13 * size, fill=INK)


def _arc(start: int, end: int, down: float, draw: "ImageDraw", x: float, y: float, size: int) -> None:
    """Part of a circle, its middle `down` below the face's, as a mouth; degrees run clockwise."""
    r, middle = 0.24 * size, y + down * size
    draw.arc((x - r, middle - r, x + r, middle + r), start, end, fill=INK, width=round(0.07 * size))


def _ellipse(draw: "ImageDraw", x: float, y: float, across: float, tall: float, **style: int) -> None:
    draw.ellipse((x - across, y - tall, x + across, y + tall), **style)
