"""The files of pictures: PNG, PDF or SVG, equal byte by byte for equal pictures, that say who made them."""

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from ..files import whole_file
from .style import DPI, STYLE, Picture, in_language

SOURCE = "optae"
FORMATS = ("png", "pdf", "svg")


@rc_context(STYLE)
def save(figure: Figure, path: str | Path, source: str = SOURCE) -> Path:
    """Write a picture in the format of the path's ending, whole or not at all, and make its folders.

    The file names its `source`, which `made_by` reads. Raises ValueError if it cannot be written.
    """
    path = Path(path)
    form = _format(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(_content(figure, form, source))
    except OSError as error:
        raise ValueError(f"cannot write '{path}' ({error.strerror}): choose another place") from error
    return path


def _content(figure: Figure, form: str, source: str) -> bytes:
    """Return the file of a picture, at the scale and with the pixels of its medium."""
    if isinstance(figure, Picture):
        figure.settle()
    scale = figure.scale if isinstance(figure, Picture) else 1.0
    pixels = figure.medium.dpi if isinstance(figure, Picture) else DPI
    fine: dict[str, Any] = (
        {"dpi": pixels * scale, "pil_kwargs": {"dpi": (pixels, pixels)}} if form == "png" else {}
    )
    file = BytesIO()
    in_language(figure).savefig(file, format=form, metadata=_metadata(form, source), **fine)
    return file.getvalue() if scale == 1 else SCALED[form](file.getvalue(), scale)


def _svg(content: bytes, scale: float) -> bytes:
    """Return an SVG file on a page `scale` times as large: its view box stays."""
    start = content.index(b"<svg")
    size = re.compile(rb' (width|height)="([0-9.]+)pt"')
    text = size.sub(lambda m: b' %s="%.6gpt"' % (m[1], float(m[2]) * scale), content[start:], count=2)
    return content[:start] + text


def _pdf(content: bytes, scale: float) -> bytes:
    """Return a PDF file on a page `scale` times as large."""
    from pypdf import PdfWriter
    from pypdf.generic import RectangleObject, StreamObject

    writer, file = PdfWriter(clone_from=BytesIO(content)), BytesIO()
    page = writer.pages[0]
    drawn = page["/Contents"].get_object()
    assert isinstance(drawn, StreamObject)
    drawn.set_data(b"%.6g 0 0 %.6g 0 0 cm\n" % (scale, scale) + drawn.get_data())
    page.mediabox = RectangleObject([round(float(side) * scale, 4) for side in page.mediabox])
    writer.write(file)
    return file.getvalue()


SCALED: Mapping[str, Callable[[bytes, float], bytes]] = {
    "png": lambda content, _: content,
    "pdf": _pdf,
    "svg": _svg,
}


def check_place(path: Path, source: str) -> Path:
    """Return the path if a picture of that source may go there. Raises ValueError.

    A picture never overwrites a file that another program or person has written.
    """
    _format(path)
    if path.exists() and not (path.is_file() and made_by(source, path)):
        raise ValueError(f"'{path}' exists and is not a picture of {source}: choose another place")
    return path


def made_by(source: str, path: str | Path) -> bool:
    """Return whether `save` wrote this file for this source."""
    content, name = Path(path).read_bytes(), source.encode()
    if content.startswith(b"\x89PNG"):
        return b"tEXtSource\0" + name in content[:512]
    if content.startswith(b"%PDF"):
        return b"/Creator (" + name in content
    return b"<svg" in content and b"<dc:title>" + name in content


def _format(path: Path) -> str:
    """Return the format of a path. Raises ValueError for another ending."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise ValueError(f"'{path}': pictures are PNG, PDF or SVG files, so end it with .png, .pdf or .svg")
    return form


def _metadata(form: str, source: str) -> dict[str, Any]:
    """Return the metadata of a file: its source, and no date or version, so that equal pictures are equal."""
    if form == "png":
        return {"Software": None, "Source": source}
    if form == "pdf":
        return {"Creator": source, "Producer": None, "CreationDate": None}
    return {"Creator": source, "Date": None}
