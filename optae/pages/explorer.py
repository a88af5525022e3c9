"""Make the latent explorer: drag a point and decode it, draw a glyph and encode it, in the browser."""

from collections.abc import Sequence

from .exhibit import Exhibit, described
from .page import Json, assemble, asset

MOST = 4  # most runs side by side
STYLES = ("base.css", "explorer.css")
SCRIPTS = ("network.js", "images.js", "plane.js", "pad.js", "view.js", "explorer.js")


def explorer(shown: Sequence[Exhibit], command: str = "") -> str:
    """Return the page of these models. Raises ValueError unless there are 1 to `MOST`."""
    if not 1 <= len(shown) <= MOST:
        raise ValueError(f"{len(shown)} runs to explore: give 1 to {MOST}")
    names = " and ".join(dict.fromkeys(one.name for one in shown))
    data: dict[str, Json] = {
        "lead": _lead(shown),
        "foot": f"Made by {command}" if command else "",
        "runs": [described(one) for one in shown],
    }
    return assemble(f"{names}: latent explorer", asset("explorer.html"), STYLES, SCRIPTS, data)


def _lead(shown: Sequence[Exhibit]) -> str:
    """Return one or two sentences that say how to use the page."""
    what = (
        "Drag the ring: the decoder runs in this page, and the field behind shows what each place decodes to."
    )
    if len(shown) == 1:
        return what
    alike = len({one.data.shape for one in shown}) == 1
    linked = (
        "every other ring goes where its own encoder puts the same image"
        if alike
        else "the other rings follow by their coordinates"
    )
    return f"{what} Move one ring, and {linked}."
