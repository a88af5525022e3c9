"""Read the text of a file in any common encoding."""

import codecs
from pathlib import Path

from ..files import check_file
from ..text import quoted

MARKS = {  # first bytes of a file and its encoding; the marks of UTF-32 begin with those of UTF-16
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BINARY = dict.fromkeys(set(range(32)) - set(b"\t\n\v\f\r\x1a"))


def read_text(path: str, limit: int) -> str:
    r"""Return the text of a file with lines ended by \n: UTF-8, UTF-16 or UTF-32 by its mark, else Latin-1.

    Raises ValueError for a file of more than `limit` bytes, and for one that is not text.
    """
    check_file(path)
    if Path(path).stat().st_size > limit:
        raise ValueError(f"{quoted(path)} has more than {limit:,} bytes: give a smaller file")
    data = Path(path).read_bytes()
    text = _decoded(data, next((MARKS[mark] for mark in MARKS if data.startswith(mark)), "utf-8"))
    if text is None or len(text.translate(_BINARY)) < len(text):
        raise ValueError(f"{quoted(path)} is not text: save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:  # accents in the comments of an old file
        return data.decode("latin-1") if encoding.startswith("utf-8") else None
