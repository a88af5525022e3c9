"""Assemble one safe, self-contained HTML file from styles, scripts and data.

Text of the user (labels, paths, recipes) goes into the page as JSON with every `<` escaped, and the scripts
show it only as text. The page's content security policy forbids loading anything and runs only our scripts.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from ..files import whole_file
from ..tables.language import LANGUAGE, translated_page

SOURCE = "optae"
REPORT_SCRIPTS = ("vendor/uPlot.iife.min.js", "network.js", "images.js", "parts.js", "tables.js", "charts.js")
Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | None  # data for a page's scripts
MARK = f'<meta name="generator" content="{SOURCE}">'

HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
{mark}
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{styles}</style>
</head>
<body>
{body}
"""


def assemble(title: str, body: str, styles: Sequence[str], scripts: Sequence[str], data: Json) -> str:
    """Return the page: `styles` and `scripts` are files of `web/`, the scripts read `data` as `#page`.

    Raises ValueError for data that JSON cannot hold.
    """
    codes = [f"\n{asset(name) if '/' in name else translated_page(asset(name))}" for name in scripts]
    head = HEAD.format(
        mark=MARK,
        policy=_policy(codes),
        title=escape(title),
        styles="".join(map(asset, styles)),
        body=translated_page(body),
        language=LANGUAGE.get(),
    )
    parts = [f'<script type="application/json" id="page">{safe_json(data)}</script>']
    parts += [f"<script>{code}</script>" for code in codes]
    return head + "\n".join(parts) + "\n</body>\n</html>\n"


def safe_json(data: Json) -> str:
    r"""Return JSON whose texts cannot end a script element.

    >>> safe_json("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def asset(name: str) -> str:
    """Return the text of a file of `web/`."""
    return (files(__package__) / "web" / name).read_text(encoding="utf-8")


def save(text: str, path: str | Path) -> Path:
    """Write a page whole or not at all, and make its folders. Raises ValueError if that fails."""
    path = Path(path)
    if path.exists() and not (path.is_file() and made_by_us(path)):
        raise ValueError(f"'{path}' exists and is not a page of optae: choose another file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise ValueError(f"cannot write '{path}' ({error.strerror}): choose another file") from error
    return path


def made_by_us(path: Path) -> bool:
    """Return whether `assemble` made this file."""
    with path.open("rb") as file:
        return MARK.encode() in file.read(512)


def _policy(codes: Sequence[str]) -> str:
    """Return a content security policy that loads nothing and runs only these scripts."""
    digests = (b64encode(sha256(code.encode()).digest()).decode() for code in codes)
    known = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {known}; style-src 'unsafe-inline'; img-src data: blob:"
