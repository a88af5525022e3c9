"""The explorer decodes as Python does, obeys hands and keys, and is harmed by no name."""

import json
import re

import numpy as np
import pytest
from browsers import DARK, PHONE, chromium, opened, shoot
from click.testing import CliRunner
from models import MODELS
from optae.cli.main import main

from optae import ACTIVATIONS, METHODS, Autoencoder, Dataset, Gaussian, Problem, fit, load_run
from optae.evaluation.latent import nearest
from optae.experiments.experiment import Experiment
from optae.figures.palette import CLASSES
from optae.pages import Exhibit, explorer, save
from optae.pages.exhibit import described, exhibit, precision
from optae.pages.packing import grey
from optae.storage.run import save_run
from optae.storage.snapshots import FILE, read_snapshots, snapshot_files
from optae.training.snapshots import Snapshot

HOSTILE = "</script><img src=x onerror=alert(1)><!--"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A stored run with snapshots."""
    folder = tmp_path_factory.mktemp("runs") / "letters"
    experiment = Experiment(arch=(35, 20, 15, 2), method="l-bfgs", max_evaluations=400)
    data = experiment.data()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optae.figures.run.draw", lambda *_: None)
        save_run(folder, experiment, data, experiment.run(snapshots=True))
    return folder


@pytest.fixture(scope="module")
def page_file(run):
    out = run.parent / "explorer.html"
    result = CliRunner().invoke(main, ["explore", str(run), "-o", str(out)])
    assert result.exit_code == 0 and result.output.startswith(str(out))
    return out


def shown(name, model, data, seed=0, **words):
    return Exhibit(name, model, model.init(seed) * 3, data, **words)


# the same numbers


def test_every_model_decodes_and_encodes_in_the_browser_as_in_python(browser, letters, tmp_path, rng):
    names = list(MODELS)
    for part in (names[:4], names[4:8], names[8:]):
        page = save(
            explorer([shown(name, MODELS[name], letters) for name in part]), tmp_path / f"{part[0]}.html"
        )
        with opened(browser, page) as tab:
            for k, name in enumerate(part):
                model, theta = MODELS[name], MODELS[name].init(0) * 3
                z = rng.normal(0, 3, (100, model.latent_width))
                decoded = tab.evaluate(
                    f"async (z) => {{ const {{views}} = await ready; {ASK % (k, 'decode')} }}", z.tolist()
                )
                assert np.allclose(decoded, model.decode(theta, z), atol=1e-5, rtol=0), name
                encoded = tab.evaluate(
                    f"async (z) => {{ const {{views}} = await ready; {ASK % (k, 'encode')} }}",
                    letters.x.tolist(),
                )
                assert np.allclose(encoded, model.encode(theta, letters.x), atol=1e-5, rtol=1e-5), name


ASK = "return z.map((v) => Array.from(views[%d].model.%s(v)));"


def test_every_activation_is_there_in_javascript(browser, letters, tmp_path):
    models = [Autoencoder([35, 2], output=name, loss="mse") for name in ACTIVATIONS]
    a = np.array([-700.0, -1.5, 0.0, 0.3, 40.0])
    page = save(explorer([shown("one", models[0], letters)]), tmp_path / "page.html")
    with opened(browser, page) as tab:
        for model in models:
            layer = described(shown("one", model, letters))["decoder"][-1]
            found = tab.evaluate(
                "([f, p, a]) => a.map((v) => ACTIVATIONS[f](v, p))",
                [layer["activation"], layer["parameter"], a.tolist()],
            )
            assert np.allclose(found, model.output(a.copy()), atol=1e-12)


def test_the_nearest_sample_is_the_one_with_the_fewest_unlike_pixels(browser, page_file, letters, rng):
    images = rng.random((20, 35))
    with opened(browser, page_file) as tab:
        found = tab.evaluate(
            "async (v) => { const { inked } = (await ready).first; return v.map((y) => nearest(y, inked)); }",
            images.tolist(),
        )
    assert [(near["index"], near["apart"]) for near in found] == [nearest(v, letters.x) for v in images]


def test_single_precision_only_where_it_does_not_show(letters):
    model = MODELS["deck-a"]
    small, wild = model.init(0), model.init(0) * 1e4
    assert precision(model, small, model.encode(small, letters.x)) == "f4"
    assert precision(model, wild, model.encode(wild, letters.x)) == "f8"


# hands


def test_dragging_the_point_changes_the_decoded_image(browser, page_file):
    with opened(browser, page_file) as tab:
        box = tab.locator(".plane").bounding_box()
        before = picture(tab, ".decoded")
        tab.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
        tab.mouse.down()
        first = picture(tab, ".decoded")
        tab.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.7 * box["height"], steps=4)
        tab.mouse.up()
        assert len({before, first, picture(tab, ".decoded")}) == 3
        shoot(tab, "explorer-light")


def picture(tab, selector, k=0):
    return tab.locator(selector).nth(k).evaluate("(canvas) => canvas.toDataURL()")


def test_a_known_letter_drawn_by_hand_lands_on_its_code(browser, page_file, run, letters):
    stored = load_run(run)
    with opened(browser, page_file) as tab:
        tab.get_by_role("button", name="Clear").click()
        box = tab.locator("#pad").bounding_box()
        image = letters.x[5].reshape(letters.shape)
        for row, column in np.argwhere(image):
            position = {"x": (column + 0.5) * box["width"] / 5, "y": (row + 0.5) * box["height"] / 7}
            tab.locator("#pad").click(position=position)
        mine = tab.evaluate("async () => (await ready).first.plane.mine")
        assert np.allclose(mine, stored.model.encode(stored.theta, letters.x[5:6])[0], atol=1e-4)
        assert "nearest" in tab.locator("#returns").inner_text()
        tab.locator("#noise").fill("40")
        assert tab.evaluate("async () => (await ready).first.plane.mine") != mine


def test_keys_move_the_point_ink_the_pad_and_zoom(browser, page_file):
    with opened(browser, page_file) as tab:
        tab.locator(".plane").focus()
        z = tab.evaluate("async () => Array.from((await ready).first.z)")
        for key in ("ArrowRight", "Shift+ArrowUp", "+"):
            tab.keyboard.press(key)
        moved, window, home = tab.evaluate(
            "async () => { const { z, plane, run } = (await ready).first;"
            " return [Array.from(z), plane.window, run.window]; }"
        )
        assert moved[0] > z[0] and moved[1] > z[1]
        assert window[1] - window[0] < home[1] - home[0]
        tab.locator("#pad").focus()
        ink = "async () => (await ready).pad.image[1]"
        before = tab.evaluate(ink)
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("Space")
        assert tab.evaluate(ink) == 1 - before


def test_any_window_can_be_shown_and_an_empty_one_is_not(browser, page_file):
    with opened(browser, page_file) as tab:
        tab.get_by_text("Window").click()
        fields = tab.locator(".window input")
        for k, end in enumerate((-15, 25, -15, 25)):
            fields.nth(k).fill(str(end))
        tab.get_by_role("button", name="Show").click()
        assert tab.evaluate("async () => (await ready).first.plane.window") == [-15, 25, -15, 25]
        fields.nth(0).fill("30")
        tab.get_by_role("button", name="Show").click()
        assert fields.nth(0).input_value() == "-15"


def test_an_arrow_at_the_edge_points_to_a_ring_outside(browser, page_file):
    edge = "async () => (await ready).first.plane.edge()"
    with opened(browser, page_file) as tab:
        assert tab.evaluate(edge) is None
        before = picture(tab, ".plane")
        tab.evaluate(AWAY)
        left, frame = tab.evaluate(edge), tab.evaluate("async () => (await ready).first.plane.frame")
        assert left[0] == frame["left"] and left[1] == pytest.approx(frame["top"] + frame["height"])
        tab.wait_for_timeout(60)
        assert picture(tab, ".plane") != before


COLOURS = "async () => [0, 1].map(((plane) => (i) => plane.colour(i))((await ready).first.plane))"
AWAY = """async () => {
  const { plane, z } = (await ready).first;
  plane.look([z[0] + 1, z[0] + 2, z[1], z[1] + 1]);
}"""


def test_classes_have_colours_that_hide_and_show_them(browser, tmp_path):
    data = Dataset("two", np.repeat(np.eye(6), 2, axis=0)[:6], ("a", "b") * 3, (2, 3), "made")
    page = save(explorer([shown("run", Autoencoder([6, 2]), data)]), tmp_path / "page.html")
    with opened(browser, page) as tab:
        tab.wait_for_selector(".classes button")
        colours = tab.evaluate(COLOURS)
        assert colours == [*CLASSES[:2]] and tab.locator(".show").input_value() == "dots"
        button = tab.locator(".classes button").first
        button.click()
        assert button.get_attribute("aria-pressed") == "false"
        assert tab.evaluate("async () => [...(await ready).first.plane.off]") == [0]


def test_it_opens_on_a_sample_with_ink(browser, tmp_path):
    x = np.zeros((3, 6))
    x[2, :3] = 1
    data = Dataset("d", x, (" ", ".", "A"), (2, 3), "made")
    page = save(explorer([shown("run", Autoencoder([6, 2]), data)]), tmp_path / "page.html")
    with opened(browser, page) as tab:
        assert tab.evaluate("async () => Array.from((await ready).pad.image)") == x[2].tolist()
        assert tab.locator("#walk-from").input_value() == "2"


def test_the_plane_fills_the_screen_and_takes_the_decoded_image_along(browser, page_file):
    with opened(browser, page_file) as tab:
        tab.get_by_role("button", name="Full screen").click()
        tab.locator(".plane-card:fullscreen .decoded").wait_for()
        tab.get_by_role("button", name="Leave full screen").click()
        tab.locator(".point-card .decoded").wait_for()


def test_no_exact_images_are_counted_of_a_variational_model(tmp_path):
    experiment = Experiment(arch=(35, 4, 2), method="adam", bottleneck="gaussian", max_iterations=2.0)
    data = experiment.data()
    save_run(tmp_path / "vae", experiment, data, experiment.run(experiment.problem(data)))
    assert not any("exact" in fact or "wrong" in fact for fact in exhibit(load_run(tmp_path / "vae")).facts)


def test_time_unfolds_the_plane_and_the_walk_ends_at_its_letters(browser, page_file, run, letters):
    stored, (first, *_) = load_run(run), read_snapshots(run)
    with opened(browser, page_file, **DARK) as tab:
        points = "async () => (await ready).first.plane.points"
        tab.locator(".when").fill("0")
        assert np.allclose(tab.evaluate(points), stored.model.encode(first.theta, letters.x), atol=0.05)
        tab.locator(".when").fill(tab.locator(".when").get_attribute("max"))
        assert np.allclose(tab.evaluate(points), stored.model.encode(stored.theta, letters.x), atol=1e-4)
        tab.locator("#walk-to").select_option("7")
        tab.locator("#walk-at").fill("100")
        z = tab.evaluate("async () => Array.from((await ready).first.z)")
        assert np.allclose(z, stored.model.encode(stored.theta, letters.x[7:8])[0], atol=1e-4)
        shoot(tab, "explorer-dark")


def test_two_runs_have_linked_cursors(browser, letters, tmp_path):
    two = [shown("AE", MODELS["bce"], letters), shown("VAE", MODELS["vae"], letters, seed=1)]
    with opened(browser, save(explorer(two), tmp_path / "page.html")) as tab:
        other = "async () => Array.from((await ready).views[1].z)"
        before = tab.evaluate(other)
        tab.locator(".plane").first.click(position={"x": 90, "y": 60})
        image = tab.evaluate("async () => Array.from((await ready).views[0].image)")
        model, theta = MODELS["vae"], MODELS["vae"].init(1) * 3
        assert tab.evaluate(other) != before
        assert np.allclose(tab.evaluate(other), model.encode(theta, np.array([image]))[0], atol=1e-4)
        shoot(tab, "explorer-two")


@pytest.mark.parametrize("latent", [1, 5])
def test_lines_and_many_dimensions_on_a_phone(browser, letters, tmp_path, latent):
    model = Autoencoder([35, 8, latent], bottleneck=Gaussian())
    page = save(explorer([shown("run", model, letters)]), tmp_path / "page.html")
    with opened(browser, page, **PHONE) as tab:
        sliders = tab.locator(".sliders input")
        assert sliders.count() == latent
        before = picture(tab, ".decoded")
        slider = sliders.nth(latent - 1)
        slider.fill(slider.get_attribute("max"))
        assert picture(tab, ".decoded") != before
        before = tab.evaluate("async () => Array.from((await ready).first.z)")
        tab.locator(".plane").tap(position={"x": 120, "y": 80})
        assert tab.evaluate("async () => Array.from((await ready).first.z)") != before
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(tab, f"explorer-phone-{latent}")


# names, files, refusals


def test_hostile_names_do_no_harm(browser, tmp_path):
    labels = (HOSTILE, "<b>bold</b>", "a\u202eb", "__proto__", "'\"&", " ")
    data = Dataset(HOSTILE, np.eye(6), labels, (2, 3), HOSTILE)
    model = Autoencoder([6, 2])
    page = save(explorer([shown(HOSTILE, model, data, facts=(HOSTILE,))], HOSTILE), tmp_path / "page.html")
    assert page.read_text().count("</script>") == len(re.findall("<script", page.read_text()))
    with opened(browser, page) as tab:
        assert tab.locator(".name").inner_text() == HOSTILE and HOSTILE in tab.title()
        assert tab.locator("img, b:not([aria-hidden])").count() == 0


def test_bad_input_gets_a_line(run, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("my thesis")
    for words, said in {
        (str(tmp_path),): "not a run folder",
        (str(run), "-o", "page.png"): "end it with .html",
        (str(run), "-o", str(mine)): "is not a page of optae",
        (str(run),) * 5 + ("-o", str(tmp_path / "a.html")): "give 1 to 4",
    }.items():
        result = CliRunner().invoke(main, ["explore", *words])
        assert result.exit_code == 2 and said in result.output
    assert mine.read_text() == "my thesis"


def test_the_page_of_a_letter_net_is_small_and_self_contained(page_file):
    text = page_file.read_text()
    assert len(text) < 300_000
    assert not re.search(r"(src|href)=.http|@import|url\(", text)
    assert not page_file.with_name("font").exists()


# what the page is made from


def test_grey_levels_are_exact_where_data_have_them():
    assert [grey(np.arange(n + 1)[None] / n)[0] for n in (1, 4, 16, 255)] == [1, 4, 16, 255]
    assert grey(np.array([[0.123456]]))[0] == 255


def test_snapshots_are_few_begin_at_the_start_and_do_not_change_the_run(letters, tmp_path):
    problem = Problem(Autoencoder([35, 6, 2]), letters.x)
    plain, kept = (fit(problem, METHODS["l-bfgs"](), max_evaluations=300, snapshots=s) for s in (False, True))
    assert not plain.snapshots and np.array_equal(plain.theta, kept.theta)
    assert 4 <= len(kept.snapshots) <= 12 and np.array_equal(kept.snapshots[0].theta, problem.start())
    losses = [s.loss for s in kept.snapshots]
    assert losses == sorted(losses, reverse=True)
    (tmp_path / FILE).write_bytes(snapshot_files(kept.snapshots)[FILE])
    again = read_snapshots(tmp_path)
    assert all(
        np.array_equal(a.theta, b.theta) and a[:3] == b[:3]
        for a, b in zip(again, kept.snapshots, strict=True)
    )
    (tmp_path / FILE).write_bytes(b"nothing")
    with pytest.raises(ValueError, match="damaged"):
        read_snapshots(tmp_path)


def test_a_page_takes_as_many_snapshots_as_it_has_room_for(letters):
    model = Autoencoder([35, 60, 50, 30, 2])
    theta = model.init(0)
    many = [Snapshot(k, k, 1.0, theta) for k in range(12)]
    page = described(Exhibit("one", model, theta, letters, snapshots=many))
    assert 3 <= len(page["snapshots"]) < 12 and len(json.dumps(page)) < 260_000
