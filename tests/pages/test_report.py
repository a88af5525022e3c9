"""The report says what the statistics say, sorts and toggles, and is harmed by no name."""

import json
import re
import shlex
import shutil

import numpy as np
import pandas as pd
import pytest
from browsers import DARK, PHONE, chromium, opened, shoot
from click.testing import CliRunner
from optae.cli.main import main
from seals import unsealed

from optae.comparison.series import read
from optae.comparison.yardstick import Yardstick
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.pages.printing import BROWSERS
from optae.pages.report import report
from optae.pages.rerun import rerun
from optae.pages.verdict import finding, question
from optae.statistics import compare
from optae.storage.cells import finished, write_cell
from optae.storage.frame import load_cells
from optae.storage.history import read_history

HOSTILE = "</script><img src=x onerror=alert(1)>"
METHODS = {"adam": 150, "l-bfgs": 150, "backprop": 60}
SEEDS = 6
BY_TIME = ("--metric", "operations", "--target", "max_pixel_error=9")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Three methods on six seeds."""
    folder = tmp_path_factory.mktemp("grid")
    for method, calls in METHODS.items():
        for seed in range(SEEDS):
            experiment = Experiment(arch=(35, 8, 2), method=method, seed=seed, max_evaluations=calls)
            data = experiment.data()
            one = cell(experiment, data)
            write_cell(folder, one.name, finished(one, data, experiment.run()))
    return folder


@pytest.fixture(scope="module")
def page_file(grid):
    out = grid.parent / "report.html"
    result = CliRunner().invoke(main, ["report", str(grid), "-o", str(out), *BY_TIME])
    assert result.exit_code == 0, result.output
    return out


def content(path):
    return json.loads(re.search(r'id="page">(.*?)</script>', path.read_text(), re.DOTALL)[1])


# what it says


def test_the_verdict_follows_the_paired_statistics(grid):
    frame = load_cells(grid)
    found = finding(read(frame), Yardstick())
    values = frame.pivot(index="seed", columns="label", values="value")
    ranks = values.rank(axis=1).mean().sort_values()
    leader = ranks.index[0]
    worse = (found.table.frame["verdict"] == "worse").sum()
    said = {
        2: f"{leader} is the best of 3 methods by loss",
        1: f"{leader} leads the 3 methods by loss, but not every rival is significantly worse",
        0: f"{leader} leads the 3 methods by loss, but no rival is significantly worse",
    }[worse]
    assert found.sentences[0].startswith(f"{said}: mean rank {ranks.iloc[0]:.2f}")
    assert found.table.frame["method"].tolist() == ranks.index.tolist()
    for row in found.table.frame.to_dict("records")[1:]:
        pair = compare(values[leader], values[row["method"]])
        assert (row["wins"], row["losses"]) == (pair.wins, pair.losses)
        assert row["ratio"] == pytest.approx(pair.ratio.value) and row["p"] >= pair.p
        assert (row["verdict"] == "worse") == (row["p"] < 0.05)


def made(**values):
    """A frame with these values by method, a seed each."""
    rows = [
        {"path": f"{m}{s}", "dataset": "d", "arch": "35-2-35", "loss": "bce", "method": m, "label": m,
         "seed": s, "status": "converged" if v == v else "refused", "value": v}
        for m, known in values.items() for s, v in enumerate(known)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def said(frame):
    return finding(read(frame), Yardstick()).sentences


def test_one_significantly_best_is_called_the_best():
    first, second, *_ = said(made(adam=np.arange(1.0, 9), powell=np.arange(2.0, 10)))
    assert (
        first
        == "adam is the best of 2 methods by loss: mean rank 1.00 over 8 instances (1 problem x 8 seeds)."
    )
    assert second.startswith(
        "It is better than every other method at level 0.05 by Wilcoxon's test on the same"
    )


def test_a_leader_whom_some_rivals_match_is_not_called_the_best():
    base = np.arange(1.0, 11)
    sentences = said(
        made(adam=base, powell=base + 5, lm=base + 0.1 * np.array([1, 1, 1, -1, -1, 1, -1, 1, -1, 1]))
    )
    assert sentences[0].startswith(
        "adam leads the 3 methods by loss, but not every rival is significantly worse: "
    )
    assert sentences[1].startswith("It is better than powell at level 0.05")
    assert sentences[2] == "Not significantly different from it: lm."
    assert "best" not in " ".join(sentences) and sentences[3].startswith("The closest rival: adam beats lm")


def test_a_leader_without_significantly_worse_rivals_is_not_called_the_best():
    sentences = said(made(adam=[1.0, 2], powell=[1.5, 2.5]))
    assert sentences[0].startswith("adam leads the 2 methods by loss, but no rival is significantly worse: ")
    assert sentences[1].startswith(
        "Not significantly different from it: powell. 2 pairs cannot tell 2 methods apart (p is at"
    )
    assert "is better" not in " ".join(sentences) and "best" not in " ".join(sentences)
    assert sentences[-1].endswith("adjusted p = 0.5.")


def test_a_tie_one_seed_and_one_method_are_noted():
    assert said(made(adam=[1.0, 2], powell=[2.0, 1]))[0].startswith(
        "adam, powell share the lead of the 2 methods by loss: mean rank 1.50"
    )
    seed = said(made(adam=[1.0], powell=[2.0]))
    assert (
        "but no rival is significantly worse" in seed[0] and "1 pair cannot tell 2 methods apart" in seed[1]
    )
    alone = read(made(adam=[1.0]))
    assert "nothing to compare" in finding(alone, Yardstick()).sentences[0]
    assert question(alone, Yardstick()) == "How well does adam train on d, 35-2-35, bce, by loss?"


def test_over_several_problems_the_problems_are_the_sample():
    one = made(adam=np.arange(1.0, 9), powell=np.arange(2.0, 10))

    def problems(many):
        frames = [one.assign(dataset=f"d{k}", path=one["path"] + f"of{k}") for k in range(many)]
        return pd.concat(frames, ignore_index=True)

    few = said(problems(4))
    assert few[0].startswith(
        "adam leads the 2 methods by loss, but no rival is significantly worse: mean rank 1.00"
    )
    assert "4 problems cannot tell 2 methods apart (p is at least 0.12): run more problems" in few[1]
    assert few[2].startswith("The closest rival: adam leads on 4 of 4 problems")
    enough = said(problems(7))
    assert (
        enough[0].startswith("adam is the best of 2 methods") and "by a t-test over 7 problems" in enough[1]
    )


def test_the_time_to_a_common_target_decides():
    frame = made(adam=[1.0, 2, 3], lm=[1.5, 2.5, 3.5]).assign(
        target="max_pixel_error=0", machine="here", threads=1
    )
    frame["reached"] = [
        {"0": {"seconds": s, "operations": p}} for s, p in ((5, 9), (6, 8), (7, 7), (1, 99), (2, 98))
    ] + [{"3": {"seconds": 1, "operations": 1}}]
    by = Yardstick.of_runs(frame, None, None)
    by_loss = Yardstick(cost="operations")
    assert str(by) == "seconds until max_pixel_error <= 0"
    said = finding(read(frame, "seconds"), by).sentences
    assert said[0].startswith(
        "lm leads the 2 methods by seconds until max_pixel_error <= 0, but no rival is significantly worse: "
        "mean rank 1.33"
    )
    assert said[-1] == "Runs that reached max_pixel_error <= 0, of 3 each: lm 2, adam 3."
    assert Yardstick.of_runs(frame.assign(machine=list("aabbcc")), None, None).cost == "operations"
    assert (
        Yardstick.of_runs(frame, "loss", None)
        == by_loss
        == Yardstick.of_runs(frame.assign(target=None), None, None)
    )
    mixed = frame.assign(target=["loss=1", *frame.target[1:]])
    assert Yardstick.of_runs(mixed, None, None) == by_loss
    with pytest.raises(ValueError, match="until when\\? give `target` too"):
        Yardstick.of_runs(mixed, "seconds", None)


def test_every_part_of_the_page_follows_the_verdict(page_file):
    page = content(page_file)
    first, second, *_ = page["tables"]
    assert first["columns"][0]["cells"] == second["columns"][0]["cells"] == [*page["letters"]["methods"]]
    heads = [column["head"] for column in second["columns"]]
    assert heads[:3] == ["label", "seeds", "GFLOP to max_pixel_error <= 9"]
    assert next(iter(page["charts"]["costs"])) == "operations"
    assert "by operations until" in page["question"]
    shown = {one["title"]: one for one in page["pictures"]}
    assert "operations" in shown["Every run"]["heading"] + shown["Performance profiles"]["caption"]
    assert "reason" in page["pictures"][-1] and "png" in page["pictures"][0]


def test_larger_metrics_and_runs_without_a_number_are_ranked_right():
    frame = made(adam=[1.0, 2, 3], powell=[0.5, float("inf"), 4]).assign(exact=[1, 2, 3, 30, 31, 32])
    assert finding(read(frame), Yardstick(metric="exact")).sentences[0].startswith("powell leads")


def test_the_command_runs_the_same_cell_again(grid):
    for path in list(grid.iterdir())[:4]:
        facts = json.loads((path / "run.json").read_text())
        words = rerun(Experiment.from_words({**facts, **facts["model"], **facts["budget"]})).split()
        assert words[:2] == ["optae", "train"] and f"--seed {facts['seed']}" in " ".join([*words, "--seed 0"])
    hard = Experiment(dataset="a b.npy", method="adam", options=(("lr", 0.1),), target="max_pixel_error=0")
    assert rerun(hard) == (
        "optae train --dataset 'a b.npy' --option lr=0.1 --target max_pixel_error=0 --max-seconds inf"
    )


@pytest.mark.parametrize(
    "words",
    [
        {"method": "lm", "noise": "flip:0.1", "copies": 3, "redraw": 7},
        {"method": "adam", "noise": "shift:p=0.2,range=0.5", "regime": "frozen", "options": (("lr", 0.1),)},
        {"method": "adam", "precision": "float32", "target": "max_pixel_error=0", "engine": "jax"},
        {"method": "adam", "bottleneck": "gaussian:0.5", "precision": "float32", "engine": "jax",
         "options": (("batch", 16),), "schedule": "cosine:1", "clip": 1.0, "kl_warmup": 2.0, "look": 5},
        {"method": "adam", "bottleneck": "gaussian", "precision": "float32"},  # without batches
        {"method": "adam", "precision": "float64", "engine": "autograd"},
        {"method": "l-bfgs", "bottleneck": "gaussian", "draws": 4, "engine": "jax", "decoder": "relu"},
        {"method": "powell", "encoder": "identity", "decoder": "logistic:1.6", "bias": False, "seed": 3,
         "loss": "half_sse", "init": "uniform", "arch": (35, 5, 2, 5, 35), "max_evaluations": 50.0},
    ],
    ids=str,
)  # fmt: skip
def test_the_command_makes_the_same_experiment(words, monkeypatch):
    class Enough(Exception):
        pass

    def stop(self, data):
        made.append(self)
        raise Enough

    wanted, made = Experiment(**words), []
    monkeypatch.setattr(Experiment, "problem", stop)
    CliRunner().invoke(main, shlex.split(rerun(wanted))[1:])
    assert [one.resolved for one in made] == [wanted.resolved]


def test_every_cell_is_there_with_recipe_environment_and_command(page_file):
    page = content(page_file)
    assert len(page["cells"]["details"]) == len(METHODS) * SEEDS
    for one in page["cells"]["details"]:
        assert one["recipe"]["method"] in METHODS and one["command"].startswith("optae train --arch 35,8,2")
        assert page["environments"][one["environment"]]["versions"]
    drawn = [picture["title"] for picture in page["pictures"] if "png" in picture]
    assert {"Performance profiles", "Paths on the loss"} <= set(drawn)
    assert set(page["charts"]["costs"]) == {"seconds", "operations", "evaluations", "iterations"}


# in the browser


def test_it_speaks_spanish(grid, tmp_path):
    out = tmp_path / "informe.html"
    assert CliRunner().invoke(main, ["--lang", "es", "report", str(grid), "-o", str(out)]).exit_code == 0
    text = out.read_text(encoding="utf-8")
    data = json.loads(re.search(r'<script type="application/json" id="page">(.*?)</script>', text)[1])
    said = [data["question"], *data["sentences"], *(name for name, _ in data["facts"]), *data["notes"]]
    english = re.compile(r"\b(the|of|and|which|runs|seeds|over|with|wrong|best|worst)\b", re.IGNORECASE)
    assert '<html lang="es">' in text and ">Veredicto<" in text and ">Verdict<" not in text
    assert [one for one in said if english.search(one)] == []


def test_tables_sort_and_filter(browser, page_file):
    with opened(browser, page_file) as tab:
        head = tab.locator("#cells th[scope=col]", has_text="value")
        column = tab.locator("#cells thead th").all_inner_texts().index(head.inner_text())
        seen = []
        for _ in range(2):
            head.get_by_role("button").click()
            cells = tab.locator(f"#cells tbody tr > :nth-child({column + 1})").all_inner_texts()
            seen.append([float(text) for text in cells])
        assert seen[0] == sorted(seen[0]) and seen[1] == seen[0][::-1] != seen[0]
        assert head.get_attribute("aria-sort") == "descending"
        tab.locator("#filter").fill("adam 3")
        assert 1 <= tab.locator("#cells tbody tr:visible").count() < len(METHODS) * SEEDS
        tab.locator("#cells .unfold:visible").first.click()
        assert "optae train" in tab.locator(".details").inner_text()
        shoot(tab, "report-light")


def test_methods_toggle_axes_change_and_values_show_under_the_cursor(browser, page_file):
    with opened(browser, page_file, **DARK) as tab:
        drawn = (
            "() => document.querySelector('#chart .u-over').parentNode.querySelector('canvas').toDataURL()"
        )
        shots = [tab.evaluate(drawn)]
        button = tab.locator(".legend button", has_text="adam")
        button.click()
        assert button.get_attribute("aria-pressed") == "false"
        tab.wait_for_timeout(100)
        shots.append(tab.evaluate(drawn))
        tab.locator(".choose-cost").select_option("evaluations")
        tab.wait_for_timeout(100)
        shots.append(tab.evaluate(drawn))
        tab.locator(".log-x").uncheck()
        tab.wait_for_timeout(100)
        shots.append(tab.evaluate(drawn))
        assert len(set(shots)) == 4
        tab.locator("#chart .u-over").hover()
        assert re.match(r"[\d.]+", tab.locator(".legend output").last.inner_text())
        tab.locator("#chart .stage").focus()
        tab.keyboard.press("ArrowRight")
        assert re.match(r"[\d.]+", tab.locator(".legend output").last.inner_text())
        shoot(tab, "report-dark")


def test_it_reads_on_a_phone(browser, page_file):
    with opened(browser, page_file, **PHONE) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.locator(".tile").count() == 32 * len(METHODS)
        shoot(tab, "report-phone")


def test_hostile_words_do_no_harm(browser, grid, tmp_path):
    frame = load_cells(grid).head(8).assign(dataset=HOSTILE, message=HOSTILE)
    frame.loc[0, "label"] = HOSTILE
    frame.attrs["warnings"] = [HOSTILE]
    path = tmp_path / "page.html"
    path.write_text(report(frame, title=HOSTILE), encoding="utf-8")
    with opened(browser, path) as tab:
        assert tab.locator("h1").inner_text() == HOSTILE
        assert tab.locator("img[src=x]").count() == 0


# on paper, and refusals


def test_a_garbled_history_of_an_unsealed_run_costs_that_run_alone(grid, tmp_path):
    shutil.copytree(grid, tmp_path / "grid")
    bad = unsealed(min((tmp_path / "grid").iterdir()))
    lines = (bad / "trace.csv").read_text().splitlines(keepends=True)
    lines[2] = lines[2].replace(".", "..", 1)
    (bad / "trace.csv").write_text("".join(lines))
    out = tmp_path / "report.html"
    result = CliRunner().invoke(main, ["report", str(tmp_path / "grid"), "-o", str(out)])
    assert result.exit_code == 0, result.output
    page = content(out)
    assert len(page["cells"]["details"]) == len(METHODS) * SEEDS - 1
    assert any(f"{bad.name}' is damaged: its trace.csv" in note for note in page["notes"])
    assert f"{bad.name}' is damaged: its trace.csv" in result.stderr


@pytest.mark.parametrize("metric", ["loss", "max_pixel_error"])
def test_every_history_is_read_once(grid, monkeypatch, metric):
    read = []

    def counting(path):
        read.append(path)
        return read_history(path)

    monkeypatch.setattr("optae.pages.report.read_history", counting)
    report(load_cells(grid), metric, "max_pixel_error=9")
    assert len(read) == len(set(read)) == len(METHODS) * SEEDS


def test_it_prints(browser, page_file, tmp_path, grid):
    pdf = tmp_path / "report.pdf"
    words = ["report", str(grid), "-o", str(tmp_path / "r.html"), "--pdf", str(pdf)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert pdf.read_bytes()[:5] == b"%PDF-" and pdf.stat().st_size > 50_000


def test_bad_input_gets_a_line(grid, tmp_path, monkeypatch):
    monkeypatch.setattr("optae.pages.printing.BROWSERS", tuple(f"no-{name}" for name in BROWSERS))
    out = str(tmp_path / "a.html")
    for words, said in {
        (str(grid), "-o", "page.png"): "end it with .html",
        (str(grid), "-o", out, "--metric", "lss"): "unknown metric 'lss'",
        (str(tmp_path), "-o", out): "no runs in",
        (str(grid), "-o", out, "--pdf", str(tmp_path / "a.pdf")): "install chromium",
    }.items():
        result = CliRunner().invoke(main, ["report", *words])
        assert result.exit_code == 2 and said in result.output, result.output
