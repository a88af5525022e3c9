"""A page of results in Markdown: a spec's question, what made the page, tables and pictures of its cells.

`optae bench SPEC --out FOLDER` runs the cells, `optae report SPEC FOLDER --markdown FILE` makes the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..comparison import add_reference, arrange, pivot, summarise, where
from ..comparison.beside import table_of
from ..comparison.tuning.flips import flips
from ..comparison.tuning.record import Tuned, load
from ..comparison.tuning.tune import chosen_experiments
from ..comparison.tuning.words import among, apart, note
from ..experiments.experiment import Experiment
from ..experiments.identity import cell_names
from ..experiments.spec import Spec, read_spec
from ..figures.comparison.tuning import best_of_trials, slug
from ..figures.files import save
from ..files import whole_file
from ..storage.frame import load_cells
from ..storage.fresh_noise import on_fresh_noise
from ..tables.render import markdown
from ..tables.table import Table
from ..text import listed
from .drawings import drawn
from .histories import with_histories
from .sections import FigureSection, Sections, TableSection
from .stamp import Stamp, asked

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "optae report"
DAMAGED = 5  # damaged cells that an error names


@dataclass(frozen=True, eq=False)
class Source:
    """A spec with the folders of its cells and the frame of exactly those cells."""

    path: Path
    spec: Spec
    sections: Sections
    cells: "DataFrame"
    tuned: Sequence[Tuned] = ()

    @classmethod
    def of(cls, path: Path, folders: Sequence[Path]) -> "Source":
        """Read a spec and its cells. Raises ValueError if a cell has not run."""
        spec = read_spec(path)
        known = [tuned for folder in folders for tuned in load(folder)]
        try:
            experiments = [*spec.experiments, *chosen_experiments(spec.tuned, known)]
            return cls(path, spec, Sections.of(spec), cells_of(experiments, folders), known)
        except ValueError as error:
            raise ValueError(f"'{path}': {error}") from None


def write_page(
    path: Path,
    folders: Sequence[Path],
    page: Path,
    command: str,
    warn: Callable[[str], object] = lambda warning: None,
) -> Path:
    """Write the page of a spec, and its pictures into `pictures/` beside it.

    The page names `command` as the one that made it; `warn` is told what `load_cells` warns of. Raises
    ValueError if a cell of the spec has not run or is damaged, and for words that are unknown or do not suit
    the runs.
    """
    sources = sources_of(path, folders)
    for warning in dict.fromkeys(line for source in sources for line in source.cells.attrs["warnings"]):
        warn(warning)
    own = sources[-1]
    stamp = Stamp.of(_all_cells(sources), command, asked(source.spec for source in sources))
    tables = [_table_text(section, sources) for section in own.sections.tables]
    pictures = [_picture(section, own, page) for section in own.sections.figures]
    words = [own.spec.question, own.sections.remark, *tables, *pictures, _tuning(own, page)]
    parts = [f"# {own.spec.title}", str(stamp), *words]
    text = "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
    page.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(page) as file:
        file.write(text.encode())
    return page


def sources_of(path: Path, folders: Sequence[Path]) -> list[Source]:
    """Return the specs of the page, its own spec last."""
    return [Source.of(one, folders) for one in specs_of(path)]


def specs_of(path: Path) -> list[Path]:
    """Return the spec files whose cells a page shows: those that its tables name, then its own."""
    tables = Sections.of(read_spec(path)).tables
    named = [path.parent / section.spec for section in tables if section.spec]
    return [*dict.fromkeys(named), path]


def cells_of(experiments: Sequence[Experiment], folders: Sequence[Path]) -> "DataFrame":
    """Return the cells of these experiments in or below the folders. Raises ValueError if any is missing.

    The error names the damaged cells in the folders, which are among the missing ones or no part of the grid.
    """
    names = {*cell_names(experiments)}
    frame = load_cells(folders)
    found = frame[frame["cell"].isin(names)].reset_index(drop=True)
    if missing := len(names) - len(found):
        places = " ".join(map(str, folders))
        damaged = [line for line in frame.attrs["warnings"] if " is damaged" in line]
        found_too = f"; {listed(damaged, DAMAGED)}" if damaged else ""
        raise ValueError(
            f"{missing} of {len(names)} cells are not in {places}: run optae bench first{found_too}"
        )
    return found


def table_of_section(section: TableSection, source: Source) -> Table:
    """Return the table of a section. Raises ValueError for unknown names or runs that cannot be compared."""
    rows = on_fresh_noise(source.cells, source.sections.noise) if section.rows == "denoised" else source.cells
    frame = with_histories(where(rows, section.where), _metrics(section), section.goal)
    if section.rows == "flips":
        return flips(frame, source.tuned, section.metric, section.target, mixed_times=True)
    how: dict[str, Any] = {"target": section.target, "against": section.against}
    if section.columns is None:
        table = summarise(frame, section.by, section.metric, **how)
    else:
        table = table_of(frame, section.by, section.metric, section.columns, **how)
    if section.reference:
        table = add_reference(table, source.path.parent / section.reference, section.metric)
    if section.sort or section.reverse:
        table = arrange(table, section.sort, section.reverse)
    if section.pivot:
        table = pivot(table, section.pivot, section.columns[0] if section.columns else None)
    return table


def _all_cells(sources: Sequence[Source]) -> "DataFrame":
    import pandas as pd

    return pd.concat([source.cells for source in sources], ignore_index=True)


def _table_text(section: TableSection, sources: Sequence[Source]) -> str:
    own = sources[-1]
    wanted = own.path.parent / section.spec if section.spec else own.path
    source = next(source for source in sources if source.path == wanted)
    try:
        table = table_of_section(section, source)
    except ValueError as error:
        raise ValueError(f"'{own.path}', [[table]] '{section.title or section.metric}': {error}") from None
    title = f"## {section.title}" if section.title else ""
    return "\n\n".join(part for part in (title, markdown(table).strip(), section.note.strip()) if part)


def _tuning(source: Source, page: Path) -> str:
    """Return what was tried and chosen for each method of the page, with pictures of what tuning brings."""
    parts = apart(among(source.cells, source.tuned))
    return "\n\n".join(["## What was tuned", *starmap(partial(_tuned, page), parts.items())]) if parts else ""


def _tuned(page: Path, name: str, tuned: Sequence[Tuned]) -> str:
    """Return the notes on the tunings for one problem, and the picture of their scores if they have any."""
    parts = [f"### {name}" if name else "", "\n".join(f"- {note(one)}" for one in tuned)]
    if any(row.score is not None for one in tuned for row in one.trials):
        place = f"{page.stem}_best_of{f'_{slug(name)}' if name else ''}.png"
        save(best_of_trials(tuned), page.parent / "pictures" / place, SOURCE)
        parts.append(f"![The best of k trials{f', {name}' if name else ''}](pictures/{place})")
    return "\n\n".join(filter(None, parts))


def _metrics(section: TableSection) -> list[str]:
    return [section.metric, *(column.rpartition(" of ")[2] for column in section.columns or ())]


def _picture(section: FigureSection, source: Source, page: Path) -> str:
    name = f"{page.stem}_{section.name or section.kind.replace('-', '_')}"
    frame = where(source.cells, section.where)
    place = save(drawn(frame, section), page.parent / "pictures" / f"{name}.png", SOURCE)
    caption = f"\n\n*{section.caption}*" if section.caption else ""
    return f"![{section.caption or name}](pictures/{place.name}){caption}"
