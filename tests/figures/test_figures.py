"""Every picture of every model draws without a warning, says what it shows, and is the same twice."""

import os
import subprocess
import sys
from itertools import combinations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from places import TOP

from optae import METHODS, Autoencoder, Dataset, Problem, fit, load_dataset, measure
from optae.evaluation.latent import check_window, frame, grid, nearest, plane_of, walk_codes, zoom
from optae.evaluation.metrics import Target, wrong_pixels
from optae.figures import curves, decoded_plane, latent_plane, letter, made_by, reconstructions, save, walk
from optae.figures.decoded_plane import mosaic
from optae.figures.reconstructions import worst_sample
from optae.figures.style import clean
from optae.training.history import Row

INF, NAN = float("inf"), float("nan")
HOSTILE = (
    "$\\frac", "%%", "", " ", "\n", "w" * 300, "日本", "🦊", "á", "$x$", "\\", "_^", "\0", "{}",
    "مرحبا", "%s", "\ud800", "{0}", "<b>", "\x1b[31m",
)  # fmt: skip
CASES = {  # data set, widths
    "line": ("font2", [35, 12, 1]),
    "plane": ("font2", [35, 12, 2]),
    "space": ("font3", [35, 12, 3]),
    "wide": ("font1", [35, 40]),
    "digits": ("digits", [64, 12, 2]),
    "digits-line": ("digits", [64, 12, 1]),
}
PICTURES = {
    "reconstructions": reconstructions,
    "latent_plane": latent_plane,
    "decoded_plane": lambda *trained: decoded_plane(*trained, cells=5),
    "letter": lambda model, theta, data: letter(model, theta, data, np.full(model.latent_width, 0.3)),
    "walk": lambda model, theta, data: walk(model, theta, data, 0, len(data.x) - 1, 5),
}


@pytest.fixture(scope="session")
def trained():
    """Each case's model, vector and data, trained once and briefly."""
    kept = {}

    def train(case):
        if case not in kept:
            name, widths = CASES[case]
            data = load_dataset(name)
            data = Dataset(name, data.x[:120], data.labels[:120], data.shape, data.source)
            model = Autoencoder(widths)
            result = fit(Problem(model, data.x), METHODS["adam"](lr=1e-2), max_iterations=250)
            kept[case] = model, result.theta, data, result.trace
        return kept[case]

    return train


@pytest.fixture
def plane(trained):
    return trained("plane")[:3]


def words(figure):
    """All the text of a figure."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def stays_inside(figure):
    """Whether nothing is cut off at the edge of the picture."""
    figure.draw_without_rendering()
    for note in figure.findobj(Annotation):
        note.set_in_layout(True)
    inked, page = figure.get_tightbbox(), figure.bbox_inches
    beyond = page.x0 - inked.x0, inked.x1 - page.x1, page.y0 - inked.y0, inked.y1 - page.y1
    return max(beyond) < 0.02


def frames(figure):
    """Frames around cells: thick unfilled rectangles."""
    return [r for r in figure.findobj(Rectangle) if r.get_linewidth() > 1.5 and not r.get_fill()]


def history(loss, best=None, wrong=None):
    n = len(loss)
    best = list(np.fmin.accumulate(loss)) if best is None else best
    wrong = [3] * n if wrong is None else wrong
    counted = {name: np.arange(n) for name in Row._fields if "evaluations" in name or name == "operations"}
    columns = {"seconds": np.arange(n) / 10, "loss": loss, "best": best, "max_pixel_error": wrong, **counted}
    return pd.DataFrame({"iteration": np.arange(n), **columns})


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("case", CASES)
def test_every_picture_says_what_it_shows_in_full_and_is_the_same_twice(trained, tmp_path, case, name):
    model, theta, data, _ = trained(case)
    figure = PICTURES[name](model, theta, data)
    title, *_, caption = sorted(words(figure), key=len)[-2:]
    assert len(title) > 15 and len(caption) > 25
    once, again = (
        save(figure, tmp_path / "a.png"),
        save(PICTURES[name](model, theta, data), tmp_path / "b.png"),
    )
    assert once.read_bytes() == again.read_bytes() and stays_inside(figure)
    assert once.read_bytes().startswith(b"\x89PNG") and b"Software" not in once.read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_the_curves_of_every_run(trained, tmp_path, case):
    *_, trace = trained(case)
    figure = curves(trace, "bce")
    assert stays_inside(figure) and save(figure, tmp_path / "c.png").stat().st_size > 1000
    assert any("evaluations on all the data (values, gradients)" in w for w in words(figure))


def test_no_style_leaks_and_no_window_opens(plane):
    before = dict(matplotlib.rcParams)
    reconstructions(*plane), latent_plane(*plane), curves(history([1.0]), "mse")
    assert dict(matplotlib.rcParams) == before


def test_a_users_own_style_does_not_change_the_picture(plane, tmp_path):
    plain = save(latent_plane(*plane), tmp_path / "a.png").read_bytes()
    wild = {"font.size": 30, "text.color": "red", "figure.facecolor": "black", "axes.facecolor": "black"}
    with matplotlib.rc_context(wild):
        assert save(latent_plane(*plane), tmp_path / "b.png").read_bytes() == plain


def test_only_pictures_import_matplotlib_and_nothing_imports_pyplot():
    code = (
        "import sys, optae; assert 'matplotlib' not in sys.modules; import optae.evaluation.latent;"
        "import optae.figures;"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    root = str(TOP)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


# reconstructions


@pytest.mark.parametrize("case", CASES)
def test_the_worst_sample_is_framed_and_named_in_words(trained, case):
    model, theta, data, _ = trained(case)
    figure, metrics = reconstructions(model, theta, data), measure(model, theta, data.x)
    wrong, said = metrics["max_pixel_error"], [" ".join(w.split()) for w in words(figure)]
    assert [w for w in said if w.startswith("worst: ")] == ([f"worst: {wrong} px"] if wrong else [])
    assert len(frames(figure)) == bool(wrong)
    every = f"Every pixel of {len(data.x)} samples is right"
    assert any((f"Without a wrong pixel: {metrics['exact']} of" if wrong else every) in w for w in said)


def test_no_letter_is_framed_if_all_are_right(letters):
    problem = Problem(Autoencoder([35, 20, 15, 2]), letters.x)
    target = Target(0, "max_pixel_error")
    theta = fit(problem, METHODS["lm"](), max_iterations=300, target=target).theta
    figure = reconstructions(problem.model, theta, letters)
    assert not frames(figure) and not any("worst" in text for text in words(figure))


def test_wrong_pixels_are_counted_and_outlined(plane):
    model, _, data = plane
    figure = reconstructions(model, model.init(3), data)
    wrong = wrong_pixels(model.reconstruct(model.init(3), data.x), data.x)
    outlined = sum(len(c.get_paths()) for c in figure.axes[0].collections)
    assert outlined == wrong.sum() > 0
    assert sorted(w for w in words(figure) if w[0].isdigit() and w.endswith(" px")) == sorted(
        f"{n} px"
        for i, n in enumerate(wrong)
        if i != worst_sample(model.reconstruct(model.init(3), data.x), data.x)
    )


def test_a_large_data_set_shows_64_with_the_worst_among_them(trained):
    model, theta, data, _ = trained("digits")
    figure = reconstructions(model, theta, data)
    assert len(figure.axes[0].images) == 2 * 64 and len(frames(figure)) == 1
    assert any("64 of 120 samples are shown" in w for w in words(figure))


@pytest.mark.parametrize("columns", (-1, 1, 3, 16, 1000))
def test_any_number_of_columns_makes_a_page(plane, columns):
    figure = reconstructions(*plane, columns=columns)
    assert 1 < figure.get_figwidth() < 14 and len(figure.axes[0].images) == 64


@pytest.mark.parametrize("shape", ((7, 5), (35, 1), (1, 35), (5, 7)))
def test_images_of_any_shape(plane, tmp_path, shape):
    model, theta, data = plane
    data = Dataset("s", data.x, data.labels, shape, "")
    for name, draw in PICTURES.items():
        save(draw(model, theta, data), tmp_path / f"{name}.png")


# planes


def test_no_glyph_covers_another(trained):
    model, theta, data, _ = trained("plane")
    figure = latent_plane(model, theta, data)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    notes = figure.findobj(AnnotationBbox)
    assert len(notes) == len(data.x)
    boxes = [note.offsetbox.get_window_extent(renderer) for note in notes]
    assert not any(a.shrunk(0.8, 0.8).overlaps(b.shrunk(0.8, 0.8)) for a, b in combinations(boxes, 2))


def test_repeated_labels_become_a_legend_of_colours_and_markers(trained):
    model, theta, data, _ = trained("digits")
    axes = latent_plane(model, theta, data).axes[0]
    assert [t.get_text() for t in axes.get_legend().get_texts()] == [str(i) for i in range(10)]
    assert len({(line.get_color(), line.get_marker()) for line in axes.lines}) == 10


def test_more_than_two_dimensions_say_how_much_the_plane_explains(trained):
    for draw in (latent_plane, decoded_plane):
        model, theta, data, _ = trained("space")
        text = " ".join(" ".join(words(draw(model, theta, data))).split())
        assert "two principal components of 3-dimensional codes" in text and "% of their variance" in text


def test_the_decoded_plane_is_the_decoder_on_the_grid(plane):
    model, theta, data = plane
    window = (-2.0, 2.0, -1.0, 1.0)
    shown = np.asarray(decoded_plane(model, theta, data, window, 2).axes[0].images[0].get_array())
    corners = model.decode(theta, np.array([[-1, 0.5], [1, 0.5], [-1, -0.5], [1, -0.5]])).reshape(2, 2, 7, 5)
    step = (len(shown) - 1) // 2  # an image, its gap and the strip for names below it
    below = slice(1 + step, 8 + step)
    assert np.allclose(shown[1:8, 1:6], corners[0, 0]) and np.allclose(shown[below, 7:12], corners[1, 1])
    assert np.allclose(shown[1:8, 7:12], corners[0, 1]) and (shown[8 : 1 + step] == -1).all() and step > 8


def test_names_stand_below_the_image_of_their_cell_on_axes_by_rank(plane):
    model, theta, data = plane
    figure = decoded_plane(model, theta, data, cells=9)
    said = " ".join(note.get_text() for note in figure.findobj(Annotation)).split()
    assert sorted(said) == sorted(data.labels) and "by rank" in " ".join(words(figure))
    codes = model.encode(theta, data.x)
    leftmost = data.labels[int(codes[:, 0].argmin())]
    [note] = [note for note in figure.findobj(Annotation) if leftmost in note.get_text().split()]
    assert note.xy[0] == pytest.approx(0.5 / 9)


def test_codes_outside_the_window_are_counted_not_drawn(plane):
    figure = decoded_plane(*plane, (1e6, 2e6, 1e6, 2e6), 2)
    assert not figure.findobj(Annotation) and any(
        "32 codes outside" in " ".join(w.split()) for w in words(figure)
    )


def test_a_mosaic_keeps_values_in_range_and_gaps_below():
    tiles = mosaic(np.array([[2.0, -3.0], [0.5, NAN]]), (1, 2), 2)
    assert tiles.shape == (3, 7) and np.allclose(tiles[1, [1, 2, 4]], [1, 0, 0.5]) and np.isnan(tiles[1, 5])
    assert (tiles[[0, 2]] == -1).all() and (tiles[:, [0, 3, 6]] == -1).all()


@pytest.mark.parametrize("cells", (0, -3, 101))
def test_cells_out_of_range_are_refused(plane, cells):
    with pytest.raises(ValueError, match=f"cells {cells}: give 1 to 100"):
        decoded_plane(*plane, cells=cells)


# one letter, and walks


def test_a_letter_names_the_training_sample_it_resembles(plane):
    model, theta, data = plane
    z = model.encode(theta, data.x[:1])[0]
    near, apart = nearest(model.decode(theta, z[None])[0], data.x)
    text = " ".join(words(letter(model, theta, data, z)))
    assert f"nearest: {data.labels[near]}" in text and (str(apart) if apart else "same pixels") in text


@pytest.mark.parametrize("z", ([], [1.0], [1.0, 2.0, 3.0], [NAN, 0.0], [INF, 0.0], [[1.0, 2.0]]))
def test_a_point_that_is_not_a_code_is_refused(plane, z):
    with pytest.raises(ValueError, match="latent point"):
        letter(*plane, z)


def test_a_walk_begins_and_ends_at_the_originals(plane):
    model, theta, data = plane
    figure = walk(model, theta, data, 1, 17, 4)
    images = [np.asarray(image.get_array()).ravel() for image in figure.axes[0].images]
    assert len(images) == 6 and len(frames(figure)) == 2
    assert np.array_equal(images[0], data.x[1]) and np.array_equal(images[1], data.x[17])
    assert np.allclose(images[2], model.reconstruct(theta, data.x[[1]])[0])
    assert np.allclose(images[5], model.reconstruct(theta, data.x[[17]])[0])


@pytest.mark.parametrize("bad", ((0, 32, 5), (-1, 0, 5), (0, 1, 1), (0, 1, 201)))
def test_walks_to_unknown_samples_are_refused(plane, bad):
    with pytest.raises(ValueError, match=r"sample|steps"):
        walk(*plane, *bad)


# what hostile input looks like


@pytest.mark.parametrize("name", PICTURES)
def test_labels_and_names_may_be_any_text(plane, tmp_path, name):
    model, theta, data = plane
    labels = (*HOSTILE, *(f"{i}" for i in range(32 - len(HOSTILE))))
    for title in ("$\\frac{" + "W" * 500, "/a/b/日本.h:Font3"):
        hostile = Dataset(title, data.x, labels, data.shape, "")
        figure = PICTURES[name](model, theta, hostile)
        assert stays_inside(figure)
        save(figure, tmp_path / "a.png")


@pytest.mark.parametrize("text", HOSTILE)
def test_clean_text_is_one_short_line(text):
    assert 0 < len(clean(text)) <= 12 and clean(text).isprintable()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("factor", (0.0, 1e33, 1e200, NAN))
def test_any_vector_can_be_drawn(trained, tmp_path, name, factor):
    for case in ("line", "space"):
        model, theta, data, _ = trained(case)
        with np.errstate(all="ignore"):
            theta = theta * factor
        save(PICTURES[name](model, theta, data), tmp_path / "a.png")


@pytest.mark.parametrize("name", PICTURES)
def test_one_sample_is_enough(plane, tmp_path, name):
    model, theta, data = plane
    save(PICTURES[name](model, theta, Dataset("one", data.x[:1], ("A",), (7, 5), "")), tmp_path / "a.png")


TRACES = {
    "one row": ([1.0], None),
    "one zero": ([0.0], None),
    "constant": ([2.0] * 5, None),
    "to zero": ([3.0, 1.0, 0.0], None),
    "never a number": ([NAN, INF], [INF, INF]),
    "wild": ([5.0, 1e20, INF, NAN, 4.0, 1e300, 1e-3], [5, 5, 5, 5, 4, 4, 1e-3]),
    "tiny": ([1.0, 1e-100, 5e-324], None),
    "tiny and logarithmic": ([1.0, 1e-100, 1e-280], None),
    "largest": ([1.7e308, 1e308, 1.0], None),
    "negative": ([-1.0, -1e300], None),
}


@pytest.mark.parametrize("name", TRACES)
@pytest.mark.parametrize("measured", (True, False))
def test_any_history_can_be_drawn(tmp_path, name, measured):
    loss, best = TRACES[name]
    trace = history(loss, best, None if measured else [NAN] * len(loss))
    figure = curves(trace, "$\\frac", "100 % of $x" * 30)
    assert stays_inside(figure) and save(figure, tmp_path / "a.png").exists()
    assert measured == ("not measured" not in words(figure))


@pytest.mark.parametrize(
    ("loss", "scale"),
    (([10.0, 0.1], "log"), ([10.0, 5.0], "linear"), ([10.0, 0.0], "linear"), ([10.0, -1.0], "linear")),
)
def test_the_loss_axis_is_logarithmic_where_it_helps(loss, scale):
    assert curves(history(loss), "mse").axes[0].get_yscale() == scale


def test_losses_far_above_the_start_do_not_squash_the_curve():
    figure = curves(history([1.0, 1e20, 0.5], [1.0, 1.0, 0.5]), "mse")
    assert figure.axes[0].get_ylim()[1] < 2
    assert any("Losses far above" in w for w in words(figure))


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        curves(history([]), "mse")


# files


def test_a_picture_is_written_whole_or_not_at_all(plane, tmp_path, monkeypatch):
    figure, path = latent_plane(*plane), tmp_path / "new" / "a.png"
    save(figure, path)
    before = path.read_bytes()

    def half(file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", half)
    with pytest.raises(ValueError, match="No space left"):
        save(figure, path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["a.png"]


def test_an_invalid_place_is_one_plain_error(plane, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="cannot write"):
        save(latent_plane(*plane), tmp_path / "file" / "a.png")


def test_a_picture_says_who_made_it(plane, tmp_path):
    path = save(latent_plane(*plane), tmp_path / "a.png", "optae generate")
    other = save(latent_plane(*plane), tmp_path / "b.png")
    assert made_by("optae generate", path) and not made_by("optae generate", other)
    other.write_bytes(b"")
    assert not made_by("optae", other)


# codes, windows and walks


@pytest.mark.parametrize("width", (1, 2, 3, 7))
def test_a_plane_gives_back_the_points_on_it(rng, width):
    codes = rng.normal(size=(20, width))
    plane = plane_of(codes)
    points = plane.points(codes)
    assert points.shape == (20, min(width, 2)) and np.allclose(plane.points(plane.codes(points)), points)
    assert width > 2 or np.array_equal(plane.codes(points), codes)


def test_principal_components_explain_the_share_of_their_singular_values(rng):
    codes = rng.normal(size=(50, 4)) * [9, 3, 1, 0.1] + 5
    variance = np.sort(np.linalg.eigvalsh(np.cov(codes.T)))[::-1]
    assert np.allclose(plane_of(codes).explained, (variance / variance.sum())[:2])


def test_outliers_stay_outside_the_frame_but_saturated_codes_do_not(rng):
    points = rng.uniform(size=(32, 2))
    points[0] = 1e20
    assert max(map(abs, frame(points))) < 3
    corners = np.repeat([[0.0], [1.0]], [30, 2], axis=0)
    assert frame(corners)[0] < 0 and frame(corners)[1] > 1


@pytest.mark.parametrize("value", (0.0, 0.3, -1e20, 1e100))
def test_equal_codes_have_a_window_too(value):
    window = frame(np.full((5, 2), value))
    assert check_window(window, 2) == window and window[0] < value < window[1]


@pytest.mark.parametrize(
    "window",
    ((), (1,), (0, 1), (0, 1, 1, 1), (0, 0, 0, 1), (0, NAN, 0, 1), (0, INF, 0, 1), (1e20, 1e20 + 1, 0, 1)),
)
def test_empty_windows_are_refused(window):
    with pytest.raises(ValueError, match="window"):
        check_window(window, 2)


@pytest.mark.parametrize("factor", (0.0, -1.0, NAN, INF, 1e300))
def test_invalid_zooms_are_refused(factor):
    with pytest.raises(ValueError, match=r"zoom|window"):
        zoom((0.0, 1.0, 0.0, 1.0), (0.5, 0.5), factor)


def test_grids_run_like_a_page_from_the_top_left():
    assert grid((0.0, 3.0), 3).tolist() == [[0.5], [1.5], [2.5]]
    points = grid((-1.0, 1.0, 10.0, 20.0), 4)
    assert (
        points.shape == (16, 2)
        and points[0].tolist() == [-0.75, 18.75]
        and points[-1].tolist() == [0.75, 11.25]
    )


def test_a_walk_meets_both_ends_exactly(rng):
    start, end = rng.normal(size=(2, 5)) * 1e10
    codes = walk_codes(start, end, 7)
    assert np.array_equal(codes[0], start) and np.array_equal(codes[-1], end)
