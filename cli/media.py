"""The options that say for which medium pictures are made, and how they are written."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .output import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Command = Callable[..., Any]

_width = click.option(
    "--width",
    metavar="LENGTH",
    help="Width of the page, such as 3.3in or 84mm; with it the style is paper unless --style is given.",
)
_style = click.option(
    "--style",
    metavar="WORD",
    help="screen; paper: no title, and the caption is printed for your text; slides: large letters and the"
    " title, the caption is printed.  [default: screen]",
)
picture_ending = click.option(
    "--picture-format",
    "ending",
    type=click.Choice(["png", "pdf", "svg"]),
    default="png",
    show_default=True,
    callback=lambda context, option, value: f".{value}",
    help="Format of the pictures.",
)


def made_for_a_medium(command: Command) -> Command:
    """Add the options of a medium, and run the command for it."""

    @wraps(command)
    def for_medium(*words: Any, style: str | None, width: str | None, **chosen: Any) -> Any:
        from optae.figures.medium import made_for

        with made_for(style, width):
            return command(*words, **chosen)

    return _style(_width(for_medium))


def keep(figure: "Figure", path: Path, source: str, err: bool = False) -> None:
    """Write a picture, and print its path, and its caption if the picture does not show it.

    Raises ValueError if another program's file is there.
    """
    from optae.figures import check_place, save
    from optae.figures.style import Picture

    say(save(figure, check_place(path, source), source), err=err)
    if isinstance(figure, Picture) and not figure.medium.captioned:
        say(f"caption: {figure.caption}", err=True)
