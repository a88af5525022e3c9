"""Pictures for a column of paper and for a slide: files of that width, with whole and legible texts."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.collections import PolyCollection
from matplotlib.text import Text
from optae.cli.main import main
from pypdf import PdfReader
from runs import FOUR, Grid

from optae import Autoencoder, Objective, figures, load_dataset
from optae.evaluation.curvature import MATRICES, curvature, draw_of
from optae.figures import save
from optae.figures.curves import KINDS
from optae.figures.medium import STYLES, current, inches, made_for, medium
from optae.figures.style import inked

SMALLEST = 5.9  # points of the smallest letters on paper
EIGHT = (*FOUR, "adam lr=0.03", "momentum", "rmsprop", "cg")
GRID = Grid(EIGHT, problems=2, seeds=3)
COLUMN, SLIDE = {"width": "3.3in"}, {"style": "slides"}
SHOWN = {
    "reconstructions": lambda *trained: figures.reconstructions(*trained),
    "latent": lambda *trained: figures.latent_plane(*trained),
    "decoded": lambda *trained: figures.decoded_plane(*trained),
    "walk": lambda *trained: figures.walk(*trained, 0, 9),
    "letter": lambda *trained: figures.letter(*trained, [0.3, -1.2]),
    "slices": lambda model, theta, data: figures.slices(model, theta, Objective(model, data.x)),
    "noisy": lambda model, theta, data: figures.noisy_pairs(model, theta, data, noise()),
    "restored": lambda model, theta, data: figures.restored(model, theta, data, noise(), [0.05, 0.1]),
    "curvature": lambda *trained: bent(*trained),
}
SAMPLED = {
    "heldout_pairs": figures.heldout_pairs,
    "quantile_grid": figures.quantile_grid,
    "samples": figures.samples,
    "traversal": figures.traversal,
    "latent of classes": figures.latent_plane,
    "curves": lambda model, theta, data: figures.curves(HISTORY, "bce"),
    "bounds": lambda model, theta, data: figures.bounds(HISTORY, LOOKS, "bce"),
}  # of a variational autoencoder of digits
LOOKS = [dict.fromkeys(("negative_elbo", "divergence", "negative_iwae", "misfit", "active_units"), 2.0)]
LOOKS = [LOOKS[0] | {"iteration": 1.0}, LOOKS[0] | {"iteration": 4.0}]
HISTORY = GRID.histories["0-0-0"].assign(
    iteration=range(len(GRID.histories["0-0-0"])), **dict.fromkeys(KINDS, 1)
)
COMPARED = ("convergence", "profile", "data_profile", "ecdf", "critical_difference", "boxes")


def noise():
    return Autoencoder([35, 8, 2], corruption="flip:0.1").corruption


def bent(model, theta, data):
    """The curvature of a network and how it grew."""
    draw, calls = draw_of(model, data.x), np.array([0.0, 10.0])
    found = [curvature(model, theta, draw, name, probes=1, steps=9) for name in MATRICES]
    return figures.curvature(found, {name: (calls, np.array([1.0, 9.0])) for name in MATRICES})


@pytest.fixture(scope="module")
def trained():
    data, model = load_dataset("font2"), Autoencoder([35, 8, 2])
    return model, 2 * model.init(0), data


@pytest.fixture(scope="module")
def digits():
    data, model = load_dataset("digits"), Autoencoder([64, 8, 2], bottleneck="gaussian")
    return model, 2 * model.init(0), data.take(np.arange(120))


def texts(path):
    """The texts of a PDF: the letters, their size in points, and the points where they begin and end."""
    found = []

    def keep(text, cm, tm, _, size):
        if not text.strip():
            return
        matrix = square(tm) @ square(cm)
        scale = float(np.hypot(*matrix[0, :2]))
        start, along = matrix[2, :2], matrix[0, :2] / scale
        found.append((text.strip(), size * scale, start, start + along * inked(text.strip(), size * scale)))

    PdfReader(path).pages[0].extract_text(visitor_text=keep)
    return found


def square(six):
    """The matrix that six numbers of a PDF stand for."""
    return np.array([[six[0], six[1], 0], [six[2], six[3], 0], [six[4], six[5], 1]])


def checked(figure, place, width, mute=False):
    """Check that a picture's PDF has this width in inches, and that its texts are inside and legible."""
    path = save(figure, place / "a.pdf")
    box = PdfReader(path).pages[0].mediabox
    assert float(box.width) == pytest.approx(72 * width, abs=0.1)
    found = texts(path)
    assert bool(found) != mute  # a mosaic has no letters without its title
    for text, size, *ends in found:
        assert size >= SMALLEST, f"{text!r} has {size:.1f} points"
        for x, y in ends:
            inside = -1 <= x <= float(box.width) + 1 and -1 <= y <= float(box.height) + 1
            assert inside, f"{text!r} at {x}, {y}"


@pytest.mark.parametrize("name", [*SHOWN, *COMPARED])
def test_a_column_holds_every_picture_whole_and_legible(name, trained, tmp_path):
    with made_for(**COLUMN):
        figure = SHOWN[name](*trained) if name in SHOWN else GRID.draw(name)
    checked(figure, tmp_path, 3.3)
    assert len(figure.caption) > 25 and not figure.get_suptitle()


@pytest.mark.parametrize("name", SAMPLED)
def test_a_column_holds_the_pictures_of_a_variational_model(name, digits, tmp_path):
    with made_for(**COLUMN):
        checked(SAMPLED[name](*digits), tmp_path, 3.3, name in ("quantile_grid", "samples", "traversal"))


def test_the_curves_of_a_variational_model_have_named_axes_and_whole_epochs():
    upper, lower = figures.bounds(HISTORY, LOOKS, "bce").axes
    assert upper.get_ylabel() == "nats per image" and lower.get_ylabel() == "divergence"
    assert all(float(tick).is_integer() for tick in lower.get_xticks())


@pytest.mark.parametrize("name", ["reconstructions", "decoded", "convergence", "boxes"])
def test_a_slide_has_large_letters_and_a_title(name, trained, tmp_path):
    with made_for(**SLIDE):
        figure = SHOWN[name](*trained) if name in SHOWN else GRID.draw(name)
    checked(figure, tmp_path, 12.0)
    assert min(size for _, size, *_ in texts(tmp_path / "a.pdf")) >= 11
    assert figure.title in " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


def test_a_png_has_the_pixels_and_an_svg_the_width_of_its_page(trained, tmp_path):
    with made_for(width="84mm"):
        figure = figures.latent_plane(*trained)
    png = save(figure, tmp_path / "a.png").read_bytes()
    assert int.from_bytes(png[16:20]) == pytest.approx(84 / 25.4 * STYLES["paper"].dpi, abs=1)
    svg = ElementTree.parse(save(figure, tmp_path / "a.svg")).getroot()
    wide, box = float(svg.get("width").removesuffix("pt")), svg.get("viewBox").split()
    assert wide == pytest.approx(72 * 84 / 25.4, abs=0.1)
    sizes = re.findall(r"font(?:-size)?: (?:\w+ )*([0-9.]+)px", ElementTree.tostring(svg, encoding="unicode"))
    assert min(map(float, sizes)) * wide / float(box[2]) >= SMALLEST


def test_the_usual_medium_is_the_screen_also_after_another(trained):
    with made_for(**COLUMN):
        assert current().width == 3.3 and current().narrow
    assert current() == medium() == STYLES["screen"] and medium(width="3.3in").scale == STYLES["paper"].scale


@pytest.mark.parametrize("width", ["3.3", "wide", "-3in", "3 furlongs", "", "1in", "99in", "1e9in", "nan in"])
def test_a_width_that_is_none_is_one_plain_line(width):
    with pytest.raises(ValueError, match=r"`width` '.*': (write a length|give 2.5in)") as error:
        inches(width)
    assert "\n" not in str(error.value)


def test_the_command_prints_the_caption_that_the_picture_lacks(tmp_path, trained):
    words = ["train", "--arch", "35,4,2", "--max-iterations", "3", "--out", str(tmp_path / "r")]
    assert CliRunner().invoke(main, words).exit_code == 0
    words = ["plot", "run", str(tmp_path / "r"), "--width", "3.3in", "--format", "svg"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0 and said.stderr.count("caption: ") == 4, said.output
    wrong = CliRunner().invoke(main, ["generate", str(tmp_path / "r"), "--style", "slide"])
    assert wrong.exit_code == 2 and "did you mean 'slides'" in wrong.stderr
    assert not (tmp_path / "r" / "generated").exists()


def test_of_more_than_six_methods_the_best_have_colours_and_the_others_are_named_in_grey():
    figure = Grid(EIGHT).draw("convergence")
    [caption] = [figure.get_supxlabel().replace("\n", " ")]
    rest = re.search(r"In grey: the other methods, (.*)\.", caption)[1]
    notes = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert len(rest.split(", ")) == 2 and len(notes) == 6 and not notes & set(rest.split(", "))


def test_no_band_begins_before_all_runs_have_a_value():
    grid = Grid(FOUR[:1], problems=1, seeds=3)
    for k, table in enumerate(grid.histories.values()):
        table["operations"] = table["operations"] + 10.0 ** (k + 1)
    [axes] = grid.draw("convergence").axes
    bands = [c for c in axes.collections if isinstance(c, PolyCollection)]
    x = np.concatenate([path.vertices[:, 0] for band in bands for path in band.get_paths()])
    assert len(x) and x.min() >= 999 and axes.get_xlim()[0] < 20


@pytest.mark.parametrize("seeds, boxes", [(4, 0), (5, 4)])
def test_few_seeds_are_dots_without_a_box(seeds, boxes):
    [axes] = Grid(FOUR, problems=1, seeds=seeds).draw("boxes").axes
    assert len(axes.patches) == boxes
