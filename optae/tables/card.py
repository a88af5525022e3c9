"""Cards: how an object shows itself in a notebook, as HTML without a script: a title, facts and a picture."""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

WIDTH, HEIGHT, MARGIN = 260, 90, 4  # pixels of a curve
WIDE = 10.0  # a curve that falls by this factor is drawn on a logarithmic axis
POINTS = 300  # most points of a curve
IMAGES, ACROSS, SCALE = 32, 16, 3  # most images of a mosaic, images in a row, screen pixels of a small pixel
SMALL = 16  # pixels of an image's side up to which it is enlarged


def card(title: str, facts: Mapping[str, object], picture: str = "") -> str:
    """Return the HTML of a card; the texts are escaped, `picture` is HTML of this module."""
    rows = "".join(
        f'<tr><td style="text-align:left;opacity:.7">{escape(name)}</td>'
        f'<td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in facts.items()
    )
    table = f'<table style="margin:0">{rows}</table>' if rows else ""
    parts = "".join(f'<div style="margin-right:1.5em">{part}</div>' for part in (table, picture) if part)
    body = f'<div style="display:flex;flex-wrap:wrap">{parts}</div>'
    return f'<div style="margin:.5em 0"><b>{escape(title)}</b>{body}</div>'


def rows(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """Return a small table."""
    cells = [f"<th>{escape(name)}</th>" for name in head]
    body = ["".join(f"<td>{escape(str(value))}</td>" for value in line) for line in lines]
    return f"<table><tr>{''.join(cells)}</tr>{''.join(f'<tr>{line}</tr>' for line in body)}</table>"


def curve(x: ArrayLike, y: ArrayLike, label: str) -> str:
    """Return a curve of y over x as inline SVG; both (n,), values that are not finite are left out."""
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(across) & np.isfinite(up)
    across, up = across[known], up[known]
    if len(up) < 2 or across[0] == across[-1]:
        return ""
    if up.min() > 0 and up.max() / up.min() > WIDE:
        up, label = np.log(up), f"{label} (logarithmic)"
    chosen = np.unique(np.linspace(0, len(up) - 1, POINTS).astype(int))
    points = zip(_scaled(across[chosen], WIDTH), HEIGHT - _scaled(up[chosen], HEIGHT), strict=True)
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{WIDTH}" height="{HEIGHT}">'
        f"<title>{escape(label)}</title>"
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )


def mosaic(images: np.ndarray, shape: tuple[int, int], label: str) -> str:
    """Return the first of these images (n, d) in [0, 1] as one picture, ink dark; each has `shape`."""
    from PIL import Image

    tall, wide = shape
    shown = np.clip(images[:IMAGES], 0, 1).reshape(-1, tall, wide)
    across = min(ACROSS, len(shown))
    down = -(-len(shown) // across)
    sheet = np.zeros((down * (tall + 1), across * (wide + 1)))
    for at, image in enumerate(shown):
        top, left = divmod(at, across)
        sheet[top * (tall + 1) :, left * (wide + 1) :][:tall, :wide] = image
    scale = SCALE if max(shape) <= SMALL else 1
    picture = Image.fromarray((255 * (1 - sheet)).astype(np.uint8)).resize(
        (sheet.shape[1] * scale, sheet.shape[0] * scale), Image.Resampling.NEAREST
    )
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(label)}" src="data:image/png;base64,{data}"/>'


def _scaled(values: np.ndarray, room: int) -> np.ndarray:
    low, high = values.min(), values.max()
    span = high - low if high > low else 1.0
    return MARGIN + (room - 2 * MARGIN) * (values - low) / span
