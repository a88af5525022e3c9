"""optae plot: pictures that compare stored runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from optae.evaluation.pass_line import PASS_LINE
from optae.registry import lookup

SOURCE = "optae plot"
PATH = click.Path(path_type=Path)
TAU = 1e-3
WARNINGS = 3  # lines before the rest is only counted
Options = dict[str, Any]


@click.command()
@click.argument("kind", metavar="KIND")
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=PATH)
@click.option("--out", type=PATH, help="The picture; of all, the folder.  [default: beside the first DIR]")
@click.option("--cost", default="operations", show_default=True, help="seconds, operations or evaluations.")
@click.option("--metric", default="loss", show_default=True, help="What convergence, ranks and boxes show.")
@click.option("--target", default=PASS_LINE, show_default=True, help="What profile and ecdf wait for.")
@click.option("--tau", type=float, default=TAU, show_default=True, help="The tolerance of data-profile.")
@click.option("--where", multiple=True, metavar="TEXT", help="Only such runs, as method=adam; repeatable.")
@click.option("--with-compile", is_flag=True, help="Seconds include compiling.")
@click.option("--mixed-times", is_flag=True, help="Compare seconds of unlike machines and threads.")
def plot(
    kind: str, folders: tuple[Path, ...], out: Path | None, where: tuple[str, ...], **chosen: Any
) -> None:
    """Pictures of stored runs: KIND is one of those below, or all that compare them.

    \b
    convergence   median and quartiles over seeds, by cost
    profile       performance profiles of the cost to a target
    data-profile  what a cost solves, to a tolerance
    ecdf          who reaches a target, and when
    ranks         average ranks, and who cannot be told apart
    boxes         every run of every method
    slices        the loss around the best run's vector
    paths         several methods on one plane of the loss
    run           one run's own, as optae train draws them

    \b
    optae plot convergence grid/ --cost seconds --metric max_pixel_error
    optae plot profile grid/ --target max_pixel_error=0 --out profile.png
    optae plot all grid/ --out pictures/
    optae plot run runs/mnist-adam-0
    """
    lookup("kind of picture", kind, {**KINDS, "all": None, "run": None})
    if kind == "run":
        _run(folders, out)
        return
    frame = _cells(folders, where)
    if kind == "all":
        _all(frame, out or _beside(folders[0], "plots"), chosen)
    else:
        path = _free(out or _beside(folders[0], f"{kind}.png"))
        _keep(KINDS[kind](frame, chosen), path)


def _run(folders: tuple[Path, ...], out: Path | None) -> None:
    """The pictures of one run, in a folder."""
    from optae.figures.run import of_run
    from optae.storage.run import load_run

    if len(folders) != 1:
        raise ValueError(f"plot run draws one run, not {len(folders)}: name one folder")
    folder = out or _beside(folders[0], "pictures")
    for name, figure in of_run(load_run(folders[0])):
        _keep(figure, _free(folder / f"{name}.png"))


def _cells(folders: tuple[Path, ...], where: tuple[str, ...]) -> Any:
    """The stored cells, and on stderr what is wrong with some."""
    from optae.storage.frame import load_cells

    frame = load_cells(folders)
    warnings = frame.attrs.get("warnings", [])
    for line in warnings[:WARNINGS]:
        click.echo(f"Warning: {line}", err=True)
    if len(warnings) > WARNINGS:
        click.echo(f"Warning: and {len(warnings) - WARNINGS} more such", err=True)
    if not len(frame):
        raise ValueError(f"no stored runs in '{folders[0]}': give a folder of optae bench or optae train")
    if where:
        from optae.comparison import where as select

        frame = select(frame, where)
    return frame


def _all(frame: Any, folder: Path, chosen: Options) -> None:
    """Every picture that these runs allow; why not the others, on stderr."""
    drawn = 0
    for kind, draw in KINDS.items():
        try:
            _keep(draw(frame, chosen), _free(folder / f"{kind}.png"))
            drawn += 1
        except ValueError as error:
            click.echo(f"{kind}: not drawn, {error}", err=True)
    if not drawn:
        raise ValueError("no picture could be drawn of these runs: the lines above say why")


def _beside(folder: Path, what: str) -> Path:
    place = folder.resolve()
    return place.with_name(f"{place.name or 'runs'}-{what}")


def _free(path: Path) -> Path:
    """The path, if a picture may go there. Raises ValueError."""
    from optae.figures import made_by

    if path.suffix.lower() != ".png":
        raise ValueError(f"--out '{path}': pictures are PNG files, so end it with .png")
    if path.exists() and not (path.is_file() and made_by(SOURCE, path)):
        raise ValueError(f"'{path}' exists and is no picture of optae plot: choose another --out")
    return path


def _keep(figure: Any, path: Path) -> None:
    from optae.figures import save

    click.echo(save(figure, path, SOURCE))


def _picture(name: str, *options: str, cost: bool = True) -> Callable[[Any, Options], Any]:
    """A picture of `optae.figures` drawn from a frame, with these of the options."""

    def draw(frame: Any, chosen: Options) -> Any:
        from optae import figures

        names = [*options, *(("cost", "with_compile", "mixed_times") if cost else ())]
        return getattr(figures, name)(frame, **{option: chosen[option] for option in names})

    return draw


def _slices(frame: Any, _: Options) -> Any:
    """Around the best vector of the problem with the most runs."""
    from optae import figures
    from optae.storage.groups import together

    runs = together(frame)
    best = min(runs, key=lambda run: run.record["value"] if run.record["value"] is not None else float("inf"))
    problem = best.experiment.problem(best.data)
    words = (best.record["method"], Path(str(best.record["dataset"])).name, f"seed {best.record['seed']}")
    return figures.slices(best.model, best.theta, problem.objective(), name=", ".join(words))


def _paths(frame: Any, _: Options) -> Any:
    """Of the problem and seed with the most runs."""
    from optae import figures
    from optae.storage.groups import together

    return figures.paths(together(frame))


KINDS: dict[str, Callable[[Any, Options], Any]] = {
    "convergence": _picture("convergence", "metric"),
    "profile": _picture("profile", "target"),
    "data-profile": _picture("data_profile", "tau"),
    "ecdf": _picture("ecdf", "target"),
    "ranks": _picture("critical_difference", "metric", cost=False),
    "boxes": _picture("boxes", "metric", cost=False),
    "slices": _slices,
    "paths": _paths,
}
