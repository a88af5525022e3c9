"""Command line options made from an experiment's fields, in the groups of the schema.

A field has the same option in every command.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optae.experiments.classics import PROBLEMS
from optae.experiments.experiment import Experiment
from optae.experiments.schema import GROUPS, Facts, Vocabulary, Words, facts, kind
from optae.text import quoted

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]

FIELDS = facts(Experiment)
WORKERS = click.IntRange(1, 1024)
MODEL = tuple(name for name, known in FIELDS.items() if known.group in ("data", "network"))
TYPES: dict[type, "ParamType"] = {int: click.INT, float: click.FLOAT}  # all others are read from text
DEFAULT = vars(Experiment())
TYPED = "optae.typed"  # where a context keeps the words of its command


class Option(click.Option):
    """An option that knows its group in the help text."""

    def __init__(
        self,
        *names: str,
        group: str,
        help: str,
        metavar: str | None = None,
        type: "ParamType | None" = None,
        multiple: bool = False,
        is_flag: bool | None = None,
    ) -> None:
        super().__init__(
            list(names),
            help=help,
            metavar=metavar,
            type=type,
            multiple=multiple,
            is_flag=is_flag,
            default=None,
        )
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help shows its options in the groups of the schema, the most used group first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they were typed in the context's `meta`."""
        ctx.meta[TYPED] = [*args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group that has an option."""
        rows: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS}
        for option in self.get_params(ctx):
            record = None if isinstance(option, click.Argument) else option.get_help_record(ctx)
            if record:
                rows[option.group if isinstance(option, Option) else "output"].append(record)
        for name, lines in rows.items():
            if lines:
                with formatter.section(GROUPS[name]):
                    formatter.write_dl(lines)


def problem_option(multiple: bool) -> Option:
    """Return the option of problems by name, which a grid can have several of."""
    return Option(
        "--problem",
        group="data",
        metavar="NAME",
        multiple=multiple,
        help=f"Problem of the literature: {', '.join(PROBLEMS)} (optae problems). It stands for data,"
        " network, start and loss; options that are given replace its own.",
    )


def flag_of(name: str) -> str:
    """Return the flag of a field: max_seconds becomes --max-seconds."""
    return f"--{name.replace('_', '-')}"


def field_option(name: str, unset: str = "") -> Option:
    """Return the option of a field; `unset` is the text for its default in this command."""
    known, value = FIELDS[name], kind(Experiment, name)
    return Option(
        f"{flag_of(name)}/{flag_of(f'no_{name}')}" if value is bool else flag_of(known.option or name),
        name,
        group=known.group,
        help=_sentence(known.help, name, unset),
        metavar=_metavar(known),
        type=TYPES.get(value),
        is_flag=value is bool or None,
    )


def axis_options(name: str) -> list[Option]:
    """Return the repeatable options of a field that is an axis of a grid."""
    known, value = FIELDS[name], kind(Experiment, name)
    sentence = _sentence(f"{known.help} {known.several}".strip(), name)
    if value is bool:
        words = {name: sentence, f"no_{name}": f"No biases; with {flag_of(name)} too, both are run."}
        return [
            Option(flag_of(key), group=known.group, help=text, is_flag=True) for key, text in words.items()
        ]
    names = [flag_of(known.axis), name] if known.axis else [flag_of(name)]
    typed = None if known.axis else TYPES.get(value)  # seeds may be ranges
    return [
        Option(*names, group=known.group, help=sentence, metavar=_metavar(known), type=typed, multiple=True)
    ]


def _metavar(known: Facts) -> str | None:
    return known.metavar or ("WORD" if isinstance(known.read, Vocabulary) else None)


def _sentence(help: str, name: str, unset: str = "") -> str:
    """Return a field's help text followed by its default."""
    default = unset or FIELDS[name].unset or _spelled(DEFAULT[name])
    return f"{help}  [default: {default}]" if default else help


def _spelled(default: object) -> str:
    if default is None or default == math.inf or default == ():
        return ""
    return "bias" if default is True else str(default)


def grouped(fields: Iterable[Option], own: Iterable[Option]) -> list[click.Parameter]:
    """Return a command's options by group: the first field, the command's own options, the other fields."""
    fields, own, found = list(fields), list(own), list[click.Parameter]()
    for group in GROUPS:
        mine = [option for option in fields if option.group == group]
        found += [*mine[:1], *(option for option in own if option.group == group), *mine[1:]]
    return found


def where_it_runs(cells: str, out: Path) -> tuple[Option, Option]:
    """Return the options of a command that runs rounds of cells: their folder, and how many at a time."""
    return (
        Option(
            "--out",
            group="output",
            type=click.Path(path_type=Path),
            help=f"Folder of {cells}.  [default: {out}]",
        ),
        Option(
            "--jobs",
            group="hardware",
            type=WORKERS,
            metavar="N",
            help="Runs at the same time.  [default: one for each core]",
        ),
    )


def read(typed: Mapping[str, object]) -> Words:
    """Return the experiment's words for the options that were given. Raises ValueError for invalid values."""
    words: Words = {}
    for name, value in typed.items():
        if value == "":
            raise ValueError(f"`{name}` '' is empty: give a value, or leave it out")
        reader = FIELDS[name].read
        if value is not None and reader is not None:
            words |= reader(name, value)[0]
    return words


def pairs(texts: Sequence[str], name: str = "option", example: str = "lr=1e-3") -> dict[str, str]:
    """Return the `key=value` texts of an option as a dict. Raises ValueError for any other text."""
    for text in texts:
        if "=" not in text or not text.split("=", 1)[0].strip():
            raise ValueError(f"`{name}` {quoted(text)}: write key=value, such as {example}")
    return {key.strip(): value.strip() for key, value in (text.split("=", 1) for text in texts)}
