"""Options that say where a data set's files lie, as parts of the data set's word."""

from collections.abc import Callable
from typing import Any

import click

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--data-folder", {"metavar": "DIR", "help": "The folder of mnist's or fashion-mnist's IDX files."}),
    ("--emoji-font", {"metavar": "FILE", "help": "A TrueType font to draw emoji with, not our own faces."}),
    ("--emoji-characters", {"metavar": "TEXT", "help": "Which of the font's characters to draw."}),
)


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--data-folder, --emoji-font, --emoji-characters."""
    for flag, extra in reversed(_OPTIONS):
        command = click.option(flag, default=None, **extra)(command)
    return command


def spelled(
    dataset: str, data_folder: str | None, emoji_font: str | None, emoji_characters: str | None
) -> str:
    """The data set's word with these parts in it. Raises ValueError where they do not fit.

    >>> spelled("mnist:300", "some/folder", None, None), spelled("emoji", None, "a.ttf", "XY")
    ('mnist@some/folder:300', 'emoji@a.ttf:XY')
    """
    name, colon, first = dataset.partition(":")
    if data_folder is not None:
        if name not in ("mnist", "fashion-mnist"):
            raise ValueError(f"--data-folder is for mnist and fashion-mnist, not for '{dataset}'")
        return f"{name}@{data_folder}{colon}{first}"
    if emoji_font is None and emoji_characters is None:
        return dataset
    if emoji_font is None or name != "emoji":
        raise ValueError("--emoji-characters are drawn with --emoji-font FILE, and both are for emoji")
    return f"{dataset}@{emoji_font}" + (f":{emoji_characters}" if emoji_characters else "")
