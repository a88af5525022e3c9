"""The lab report of one run says what was asked, what came of it, and how to do it again."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from browsers import chromium, opened
from click.testing import CliRunner
from optae.cli.main import main

from optae.evaluation.metrics import wrong_pixels
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.pages.lab import lab_report
from optae.storage.cells import without_run, write_cell
from optae.storage.frame import load_cells
from optae.storage.run import load_run, save_run

LETTERS = {"arch": (35, 8, 2), "method": "l-bfgs", "max_evaluations": 60.0}
WORDS = {
    "letters": LETTERS,
    "noisy": LETTERS | {"noise": "flip:0.1", "copies": 2},
    "vae": {"arch": (35, 8, 2), "method": "adam", "bottleneck": "gaussian", "max_iterations": 4.0},
    "classes": {"dataset": "iris", "network": "mlp", "arch": (4, 3), "loss": "bce", "max_iterations": 4.0},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folders of runs by name."""
    folder = tmp_path_factory.mktemp("runs")
    for name, words in WORDS.items():
        experiment = Experiment(**words)
        save_run(
            folder / name,
            experiment,
            experiment.data(),
            experiment.run(experiment.problem(experiment.data())),
        )
    return folder


@pytest.fixture(scope="module")
def pages(runs):
    """What each lab report shows, by name."""
    return {name: content(lab_report(load_cells(runs / name))) for name in WORDS}


def content(text):
    return json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])


def facts(rows):
    return {name: value for name, value, _ in rows}


def test_it_says_what_was_asked_and_what_it_cost(pages, runs):
    page, record = pages["letters"], load_run(runs / "letters").record
    asked = facts(page["asked"])
    assert asked["dataset"] == "font2" and asked["arch"] == "35-8-2-8-35" and asked["max_evaluations"] == "60"
    assert facts(page["measured"])["exact"] == str(record["metrics"]["exact"])
    assert facts(page["spent"])["iterations"] == str(record["iterations"])
    assert facts(page["data"])["SHA-256"] == record["environment"]["data"]["sha256"]
    parameters = page["network"]["columns"][-1]
    assert parameters["head"] == "parameters" and sum(parameters["keys"]) == record["parameters"]
    assert json.loads(page["environment"])["versions"] == record["environment"]["versions"]
    assert all(meaning for _, _, meaning in page["asked"])


def test_its_command_runs_the_same_experiment_again(pages, runs, monkeypatch):
    class Enough(Exception):
        pass

    def stop(self, data):
        made.append(self)
        raise Enough

    made = []
    monkeypatch.setattr(Experiment, "problem", stop)
    for name in WORDS:
        CliRunner().invoke(main, shlex.split(pages[name]["command"])[1:])
        assert made.pop().resolved == load_run(runs / name).experiment.resolved
        assert json.loads(pages[name]["recipe"])["method"] == load_run(runs / name).record["method"]


def test_the_headline_counts_images_where_pixels_are_judged(pages, runs):
    metrics = load_run(runs / "letters").record["metrics"]
    assert pages["letters"]["sentences"][0].startswith(f"{metrics['exact']} image")
    assert f"the worst has {metrics['max_pixel_error']} wrong pixels" in pages["letters"]["sentences"][0]
    assert pages["letters"]["letters"]["exact"] == metrics["exact"]
    vae = pages["vae"]
    assert not vae["letters"]["judged"] and "exact" not in facts(vae["measured"])
    assert "wrong pixel" not in vae["sentences"][0]
    assert pages["classes"]["sentences"][0].startswith("accuracy ") and pages["classes"]["letters"] is None


def test_pictures_have_headings_and_captions_as_text(pages):
    headings = {
        name: {one.get("heading", one["title"]) for one in page["pictures"]} for name, page in pages.items()
    }
    assert any("codes lie" in heading for heading in headings["letters"])
    assert len(headings["noisy"]) == len(headings["letters"]) + 1
    assert all("png" in one and one["caption"] for name in WORDS for one in pages[name]["pictures"])
    assert next(iter(pages["letters"]["charts"]["costs"])) == "seconds"


def test_the_page_marks_wrong_pixels(runs, tmp_path):
    page, run = tmp_path / "lab.html", load_run(runs / "letters")
    page.write_text(lab_report(load_cells(runs / "letters")), encoding="utf-8")
    with chromium() as browser, opened(browser, page) as tab:
        wrong = wrong_pixels(run.autoencoder.reconstruct(run.theta, run.data.x), run.data.x)
        counts = tab.locator(".pairs figcaption").all_inner_texts()
        assert [int(text or 0) for text in counts] == wrong.tolist()
        warm = tab.evaluate(WARM, [int(wrong.argmax())])
        assert warm == wrong.max()
        tab.get_by_role("button", name="more").first.click()
        assert tab.locator(".caption.open").count() == 1


WARM = """([k]) => {
  const canvas = [...document.querySelectorAll(".pairs figure")][k].querySelectorAll("canvas")[1];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) found += Math.abs(data[i] - data[i + 2]) > 20;
  return found;
}"""


def test_the_command_makes_it_for_one_run_and_refuses_what_decides_between_runs(runs, tmp_path):
    out = tmp_path / "lab.html"
    made = CliRunner().invoke(main, ["report", str(runs / "letters"), "-o", str(out), "--title", "Week 3"])
    assert made.exit_code == 0, made.output
    assert content(out.read_text())["question"] == "Week 3"
    refused = CliRunner().invoke(main, ["report", str(runs / "letters"), "-o", str(out), "--metric", "mse"])
    assert refused.exit_code == 2 and "--metric decides between runs, and this is one" in refused.output
    with pytest.raises(ValueError, match="4 runs: a lab report is of one"):
        lab_report(load_cells(runs))


def test_lost_data_and_refused_runs_still_have_a_report(runs, tmp_path):
    experiment = Experiment(dataset=str(tmp_path / "a.npy"), arch=(4, 2), method="adam", max_iterations=1.0)
    np.save(tmp_path / "a.npy", np.eye(4))
    data = experiment.data()
    save_run(tmp_path / "gone", experiment, data, experiment.run(experiment.problem(data)))
    Path(tmp_path / "a.npy").unlink()
    page = content(lab_report(load_cells(tmp_path / "gone")))
    assert page["letters"] is None and not page["pictures"] and "No letters and pictures" in page["notes"][0]
    letters = Experiment(**LETTERS)
    one = cell(letters, letters.data())
    write_cell(tmp_path / "grid", one.name, without_run(one, letters.data(), "failed", "out of luck"))
    page = content(lab_report(load_cells(tmp_path / "grid")))
    assert "The run left no value: out of luck." in page["sentences"] and not page["pictures"]
