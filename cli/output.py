"""Print text without control characters, which a terminal would obey."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

import click

from optae.text import harmless, one_line


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print lines to standard output, or to standard error, without control characters."""
    with named(err):
        click.echo(harmless(str(text)), err=err, nl=nl)


def warn(text: str) -> None:
    """Print one line to standard error that begins with Warning."""
    say(f"Warning: {one_line(text)}", err=True)


@contextmanager
def named(err: bool = False) -> Iterator[None]:
    """Name the stream in the error of a write that fails, such as on a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = "standard error" if err else "standard output"
        raise


def replace_unknown_characters() -> None:
    """Print a question mark for a character that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
