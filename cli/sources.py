"""The options that name a data set's files, as parts of the data set's word, and the notes of readers."""

from collections.abc import Iterable

from .output import say


def spelled(
    dataset: str, data_folder: str | None, emoji_font: str | None, emoji_characters: str | None
) -> str:
    """Return the data set's word with these parts in it. Raises ValueError if they do not fit the data set.

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


def say_remarks(remarks: Iterable[str]) -> None:
    """Print to standard error what the readers of data sets have changed or assumed."""
    for remark in remarks:
        say(remark, err=True)
