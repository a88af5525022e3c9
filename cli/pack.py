"""optae pack: put the records and histories of cells into one file."""

from collections.abc import Sequence
from pathlib import Path

import click

from .common import PATH, load, only_where
from .output import say, warn


@click.command()
@click.argument("dirs", nargs=-1, required=True, metavar="DIR...", type=PATH)
@click.option(
    "-o", "--out", type=PATH, default=Path("reference.zip"), show_default=True, help="The archive to write."
)
@click.option(
    "--records",
    is_flag=True,
    help="Leave the histories out: a tenth of the size, and enough for tables of final metrics and of the"
    " costs until a number of wrong pixels.",
)
@only_where
def pack(dirs: Sequence[Path], out: Path, records: bool, conditions: Sequence[str]) -> None:
    """Put the records and histories of cells into one file, to keep or to hand on.

    Every command that compares runs takes such an archive for a folder, and `optae table --against` shows
    its methods beside your own. The vectors are left out, and so is the place of the data on your disk. Each
    cell keeps the digests of its files. Equal cells make an equal file.

    \b
    optae bench benchmarks/methods.toml --out grids/methods
    optae pack grids/methods -o reference.zip
    optae table mine --against reference.zip --target max_pixel_error=0
    """
    from optae.storage.archive import is_archive
    from optae.storage.archive import pack as write
    from optae.text import counted

    if not is_archive(out):
        raise ValueError(f"`out` {out}: give a name that ends in .zip")
    frame = load(dirs, conditions)
    cells = frame.loc[frame["cell"] != "", "path"]
    if alone := len(frame) - len(cells):
        warn(f"{counted(alone, 'run')} of `optae train` left out: an archive holds cells of `optae bench`")
    write(map(Path, cells), out, not records)
    say(f"{out}: {counted(len(cells), 'cell')}, {out.stat().st_size / 1e6:.1f} MB")
