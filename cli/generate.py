"""optae generate: decode new letters from a stored run."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.datasets import Dataset

from .common import PATH
from .media import keep, made_for_a_medium
from .output import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from optae.storage.run import Run

STEPS, CELLS = 9, 15
SOURCE = "optae generate"
RAMP = ".:-=+*%@#"  # from paper to ink
Pictures = dict[str, Callable[[], "Figure"]]  # from a file's stem to the function that draws it


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--at", multiple=True, metavar="Z1,Z2", help="Decode this latent point; repeatable.")
@click.option(
    "--walk",
    nargs=2,
    metavar="A B",
    help="Walk from one sample to another; name them by label or number (from 0).",
)
@click.option("--steps", type=int, metavar="N", help=f"Number of images in the walk.  [default: {STEPS}]")
@click.option("--grid", is_flag=True, help="Decode the latent plane on a grid; this is the default.")
@click.option(
    "--window",
    metavar="X0,X1,Y0,Y1",
    help="Part of the plane to decode; if X0 > X1 the axis is reversed.  [default: around the codes, with a"
    " plane's axes by rank]",
)
@click.option(
    "--swap", is_flag=True, help="Put the second latent coordinate on the X axis and the first on the Y axis."
)
@click.option(
    "--zoom", metavar="CX,CY,FACTOR", help="Centre the window at CX,CY and make it FACTOR times smaller."
)
@click.option(
    "--cells",
    type=int,
    metavar="N",
    help=f"Number of images along each side of the grid.  [default: {CELLS}]",
)
@made_for_a_medium
@click.option("--out", type=PATH, help="The picture.  [default: RUN/generated/<what>.png]")
def generate(
    run: str,
    at: tuple[str, ...],
    walk: tuple[str, str] | None,
    steps: int | None,
    grid: bool,
    window: str | None,
    swap: bool,
    zoom: str | None,
    cells: int | None,
    out: Path | None,
) -> None:
    """Decode latent points, walks and windows of a stored run.

    For codes with two coordinates the plane is the latent space itself. For codes with one coordinate a
    window is X0,X1 and a zoom is CX,FACTOR. For codes with more, the plane is spanned by their two principal
    components, and --at takes all coordinates.

    \b
    optae generate runs/font2-powell-0
    optae generate runs/font2-powell-0 --at 0.3,-1.2 --at=-4,2
    optae generate runs/font2-powell-0 --walk A Q --steps 7
    optae generate runs/font2-powell-0 --window=-15,25,-15,25 --zoom 3,4,5 --cells 20
    optae generate runs/font2-powell-0 --window=25,-15,-15,25 --swap
    """
    from optae.storage.run import load_run

    if steps is not None and not walk:
        raise ValueError(f"--steps {steps} needs a walk: add --walk A B")
    stored = load_run(run)
    points = [numbers("--at", text, "0.3,-1.2") for text in at]
    pictures = {_stem("at", point): _letter(stored, point) for point in points}
    if walk:
        pictures |= _walk(stored, walk, STEPS if steps is None else steps)
    if grid or swap or (window, zoom, cells) != (None, None, None) or not pictures:
        pictures |= _grid(stored, window, zoom, cells, swap)
    _keep(_places(pictures, stored.path / "generated", out))
    for point in points:
        say(f"\n{sketch(stored, point)}")


def numbers(flag: str, text: str, example: str) -> list[float]:
    """Return the finite numbers of a comma-separated text. Raises ValueError for any other text.

    >>> numbers("--at", "0.3, -1.2", "0.3,-1.2")
    [0.3, -1.2]
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{flag} '{text}': write numbers with commas, such as {example}") from None
    if not all(map(isfinite, values)):
        raise ValueError(f"{flag} '{text}': give finite numbers, such as {example}")
    return values


def sketch(stored: "Run", point: Sequence[float]) -> str:
    """Return the decoded image at a latent point in characters, and the sample that it resembles most."""
    import numpy as np

    from optae.evaluation.latent import decode, nearest

    data, where = stored.data, ",".join(f"{v:g}" for v in point)
    image = decode(stored.autoencoder, stored.theta, np.array([point]))[0]
    near, apart = nearest(image, data.x)
    pixels = "1 pixel" if apart == 1 else f"{apart} pixels"
    drawn = characters(image.reshape(data.shape), bool(np.isin(data.x, (0, 1)).all()))
    return f"{where} looks like {data.labels[near]!r}, {pixels} apart\n{drawn}"


def characters(image: Iterable[Iterable[float]], binary: bool) -> str:
    """Return pixels (rows, columns) as # and ., or for grey data as a ramp; NaN is ?.

    >>> print(characters([[0.1, 0.9], [0.6, float("nan")]], binary=True))
    .#
    #?
    """
    return "\n".join("".join(_character(float(v), binary) for v in row) for row in image)


def _character(value: float, binary: bool) -> str:
    if value != value:
        return "?"
    ink = float(value > 0.5) if binary else min(max(value, 0.0), 1.0)
    return RAMP[round(ink * (len(RAMP) - 1))]


def _letter(stored: "Run", point: list[float]) -> Callable[[], "Figure"]:
    from optae import figures
    from optae.evaluation import latent

    latent.check_point(point, stored.autoencoder.latent_width)
    return lambda: figures.letter(stored.autoencoder, stored.theta, stored.data, point)


def _walk(stored: "Run", words: tuple[str, str], steps: int) -> Pictures:
    from optae import figures

    a, b = (stored.data.sample(word) for word in words)
    stem = _stem("walk", [_slug(stored.data, a), _slug(stored.data, b), steps if steps != STEPS else ""])
    return {stem: lambda: figures.walk(stored.autoencoder, stored.theta, stored.data, a, b, steps)}


def _grid(stored: "Run", window: str | None, zoom: str | None, cells: int | None, swap: bool) -> Pictures:
    from optae import figures
    from optae.evaluation import latent

    model, theta, data = stored.autoencoder, stored.theta, stored.data
    k = min(model.latent_width, 2)
    ends = numbers("--window", window, ("-15,25", "-15,25,-15,25")[k - 1]) if window is not None else None
    closer = numbers("--zoom", zoom, ("3,5", "3,4,5")[k - 1]) if zoom is not None else None
    shown = latent.view(model, theta, data.x, ends, closer, swap)
    if swap:
        latent.shadows(model, theta, data.x[:1])[0].swapped()  # raises if there is only one coordinate
    parts = [f"{cells}cells" if cells not in (None, CELLS) else "", "swapped" if swap else ""]
    stem = _stem("grid", [*(shown or ()), *parts])
    return {stem: lambda: figures.decoded_plane(model, theta, data, shown, cells, swap)}


def _slug(data: Dataset, i: int) -> str:
    """Return the label if it is safe as a file name, else the sample's number."""
    label = data.labels[i]
    return label if label.isascii() and label.isalnum() and len(label) <= 20 else f"sample{i}"


def _stem(what: str, parts: Sequence[object]) -> str:
    """Return the stem of a file's name from its non-empty parts; a long stem ends in a digest.

    >>> _stem("at", [0.3, -1.2, ""]), len(_stem("at", [0.1] * 100))
    ('at_0.3_-1.2', 80)
    """
    words = [f"{part:.12g}" if isinstance(part, float) else str(part) for part in parts]
    stem = "_".join(filter(None, [what, *words]))
    return stem if len(stem) <= 80 else f"{stem[:71]}_{sha256(stem.encode()).hexdigest()[:8]}"


def _places(pictures: Pictures, folder: Path, out: Path | None) -> dict[Path, Callable[[], "Figure"]]:
    """Return the path of each picture. Raises ValueError if another program's file is there."""
    from optae.figures import check_place

    if out is not None and len(pictures) > 1:
        raise ValueError(f"--out '{out}' names one picture, and {len(pictures)} are asked: leave it out")
    places = {out or folder / f"{stem}.png": draw for stem, draw in pictures.items()}
    return {check_place(path, SOURCE): draw for path, draw in places.items()}


def _keep(places: dict[Path, Callable[[], "Figure"]]) -> None:
    """Draw all pictures, then write them, so that nothing is written if drawing one fails."""
    for path, figure in {path: draw() for path, draw in places.items()}.items():
        keep(figure, path, SOURCE)
