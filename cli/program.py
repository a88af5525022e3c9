"""The group of all commands: bad input gets one plain line and exit code 2."""

import re
import sys
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from optae.registry import unknown
from optae.text import one_line, shortened
from optae.training.signals import SIGNALS, Interrupted

from .output import replace_unknown_characters, say

LONGEST = 2000  # characters of an error
WRONG = (ValueError, OSError, MemoryError)


class Program(click.Group):
    """A group whose errors are one line, and whose commands are imported when they are called."""

    def __init__(self, *args: Any, commands_at: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at  # from a name to its (module, one line of help)
        self.called: click.Command = self

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.commands_at:
            return None
        module = import_module(self.commands_at[name][0], __package__)
        return getattr(module, f"{name}_" if iskeyword(name) else name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.commands_at.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] not in self.commands_at:
            raise click.UsageError(unknown("command", args[0], self.commands_at))
        found = super().resolve_command(ctx, args)
        self.called = found[1] or self
        return found

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit with its code."""
        replace_unknown_characters()
        try:
            with SIGNALS:
                code = self._main(*args, **kwargs)
        except click.exceptions.NoArgsIsHelpError as error:
            say(error.format_message())
            code = 0
        except click.ClickException as error:
            code = complain(error.format_message())
        except Interrupted as error:
            code = complain(str(error), error.code)
        except (click.Abort, KeyboardInterrupt):
            code = complain("interrupted", 130)
        except WRONG as error:
            code = complain(with_flags(_sentence(error), self.called))
        sys.exit(code if isinstance(code, int) else 0)

    def _main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and return its code; a signal that ended it is not replaced by click's `Abort`."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.Abort as error:
            raise error.__cause__ or error from None


def complain(message: str, code: int = 2) -> int:
    """Print one plain line to stderr, and return the exit code."""
    say(f"Error: {shortened(one_line(message), LONGEST)}", err=True)
    return code


def with_flags(message: str, command: click.Command) -> str:
    """Return a message of the library with the names in backquotes replaced by this command's options.

    >>> option = click.Option(["--max-seconds"])
    >>> with_flags("`max_seconds` = 0: give a positive number", click.Command("train", params=[option]))
    '--max-seconds 0: give a positive number'
    """
    flags = _flags(command)
    return re.sub(r"`(\w+)`( = )?", lambda found: _flag(found, flags), message)


def _flag(found: re.Match[str], flags: Mapping[str, str]) -> str:
    name, equals = found.groups()
    if name not in flags:
        return found[0]
    return f"{flags[name]} " if equals else flags[name]


def _flags(command: click.Command) -> dict[str, str]:
    """Return the longest spelling of every option, by its own name and by its parameter's name."""
    if isinstance(command, click.Group):
        return {name: flag for one in command.commands.values() for name, flag in _flags(one).items()}
    longest = {param.name or "": max(param.opts, key=len) for param in command.params}
    spelled = {flag.lstrip("-").replace("-", "_"): flag for flag in longest.values()}
    return {name: flag for name, flag in (longest | spelled).items() if flag.startswith("-")}


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"'{error.filename}': {error.strerror}"
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}; choose a smaller --arch or method"
    return str(error)
