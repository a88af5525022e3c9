"""A stored cell, run again."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main
from seals import resealed

from optae.execution import workers
from optae.execution.differences import differences
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.execution.verify import NO_CLOCK, by_count, verify
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.storage.frame import load_cells
from optae.storage.run import save_run


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Runs that ended in different ways, by label."""
    folder = tmp_path_factory.mktemp("verify")
    common = {"arch": "35,6,2", "seed": [3]}
    experiments = grid(**common, method=["powell", "adam:batch=5"], max_seconds=0.3)
    experiments += grid(**common, method="l-bfgs", max_iterations=10)
    experiments += grid(**common, method="adam", target=24, max_iterations=500)
    experiments += grid(**common, method="adam:batch=8", max_iterations=4)
    experiments += grid(**common, method="cobyqa", max_iterations=5)
    run_plan(plan(experiments, folder), folder, jobs=1)
    return load_cells(folder).set_index("label").path


def run(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def changed(path, place, **facts):
    """A copy that is a run of train, whose record says something else."""
    shutil.copytree(path, place)
    record = json.loads((place / "run.json").read_text())
    del record["cell"], record["recipe"]
    for name, value in facts.items():
        record[name] = {**record[name], **value} if isinstance(value, dict) else value
    (place / "run.json").write_text(json.dumps(record))
    return resealed(place)


def spoiled(path, place, last=7.0):
    """A copy whose vector is another, in its last number or, where that is None, by a rounding error."""
    shutil.copytree(path, place)
    file = place / "theta.safetensors"
    content = file.read_bytes()
    value = np.frombuffer(content[-8:])[0] * (1 + 1e-13) if last is None else last
    file.write_bytes(content[:-8] + np.float64(value).tobytes())
    return resealed(place)


@pytest.mark.parametrize("name", ["powell", "adam batch=5", "l-bfgs", "adam"])
def test_the_same_machine_gives_the_same_vector(cells, name):
    verdict = verify(cells[name])
    assert verdict.reproduces and verdict.same_vector and not verdict.elsewhere
    assert verdict.again["calls"] == verdict.stored["calls"]
    assert "bit for bit" in verdict.sentence and "numbering 2" in verdict.sentence


def test_refused_cells_are_refused_again(cells, tmp_path):
    assert verify(cells["cobyqa"]).reproduces
    assert not verify(changed(cells["cobyqa"], tmp_path / "a", message="because")).reproduces


def test_runs_of_train_verify_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)  # pictures take seconds
    e = Experiment(arch=(35, 4, 2), max_iterations=20)
    save_run(tmp_path / "a", e, e.data(), e.run())
    assert verify(tmp_path / "a").reproduces


def test_a_run_that_ended_where_it_began(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    e = Experiment(arch=(35, 4, 2), target="1e9", max_seconds=5)
    save_run(tmp_path / "a", e, e.data(), e.run())
    assert verify(tmp_path / "a").reproduces


@pytest.mark.parametrize(
    "words", ["--max-iterations 40", "--method lm --target max_pixel_error=0", "--max-seconds 1"]
)
def test_a_run_of_train_verifies_on_the_command_line(tmp_path, monkeypatch, words):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    trained = CliRunner().invoke(main, ["train", "--arch", "35,20,2", *words.split(), "--out", "r"])
    assert trained.exit_code == 0, trained.output
    verdict = CliRunner().invoke(main, ["verify", "r"])
    assert verdict.exit_code == 0 and "reproduces: the same vector, bit for bit (" in verdict.output


def test_another_vector_does_not_reproduce_here(cells, tmp_path):
    verdict = verify(spoiled(cells["l-bfgs"], tmp_path / "a"))
    assert not verdict.reproduces and "another vector" in verdict.sentence


def test_elsewhere_the_value_decides(cells, tmp_path):
    path = spoiled(cells["l-bfgs"], tmp_path / "a", None)
    elsewhere = {"environment": {"processor": "another one"}}
    verdict = verify(changed(path, tmp_path / "b", **elsewhere))
    assert verdict.reproduces and not verdict.same_vector and verdict.elsewhere == ("another processor",)
    assert not verify(changed(path, tmp_path / "c", value=5.0, **elsewhere)).reproduces


def test_elsewhere_the_stored_value_is_that_of_the_stored_vector(cells, tmp_path):
    path = spoiled(cells["l-bfgs"], tmp_path / "a")
    elsewhere = {"environment": {"processor": "another one"}}
    verdict = verify(changed(path, tmp_path / "b", **elsewhere))
    assert not verdict.reproduces and "the stored vector has" in verdict.sentence


@pytest.mark.parametrize("method", ["l-bfgs", "basin-hopping"])
def test_a_run_of_older_streams_is_read_and_says_so(cells, tmp_path, method):
    """Its vector is today's where only start and noise are drawn; else there is nothing to compare."""
    old = changed(cells["l-bfgs"], tmp_path / "old", method=method)
    record = json.loads((old / "run.json").read_text())
    assert record.pop("streams") == 2
    (old / "run.json").write_text(json.dumps(record))
    found = run(resealed(old))
    assert "numbering 1" in found.stdout and len(load_cells(old)) == 1
    assert (found.exit_code == 0) == (method == "l-bfgs") == ("another version" not in found.stdout)


def test_a_run_that_a_clock_ended_is_run_again_by_count(cells):
    from optae.storage.run import load_run

    run = load_run(cells["powell"])
    assert run.record["status"] == "max_seconds"
    assert by_count(run).max_evaluations == run.record["calls"] and by_count(run).max_seconds == NO_CLOCK


def test_the_exit_code_is_the_verdict(cells, tmp_path):
    good, bad = run(cells["l-bfgs"]), run(spoiled(cells["l-bfgs"], tmp_path / "a"))
    assert (
        (good.exit_code, bad.exit_code) == (0, 1)
        and "bit for bit" in good.stdout
        and "does not" in bad.stdout
    )


@pytest.mark.parametrize("name", ["no run", "no vector", "other data", "damaged"])
def test_a_run_that_cannot_be_run_again_is_one_plain_line(cells, tmp_path, name):
    place = tmp_path / "a"
    if name == "no vector":
        (changed(cells["l-bfgs"], place, status="failed") / "theta.safetensors").unlink()
    elif name == "other data":
        changed(cells["l-bfgs"], place, dataset="font3")
    elif name == "damaged":
        (changed(cells["l-bfgs"], place) / "run.json").write_text("{")
    result = run(place)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1


@pytest.fixture
def second_run(cells, monkeypatch):
    """Every second run of a method gives the files of the first such run, which alone is made."""
    kept = {}

    def run(jobs, workers, threads, real=workers.run):
        name = jobs[0].cell.experiment.method
        if name not in kept:
            kept[name] = list(real(jobs, workers, threads))
        return iter(kept[name])

    monkeypatch.setattr(workers, "run", run)


UNCHECKED = ("seconds", "environment", "budget", "recipe", "together", "streams", "format")


def numbers(value, path=()):
    """Every number below a value of JSON that a second run can check, by its path."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, item in items if key not in UNCHECKED for found in numbers(item, (*path, key))]
    return [path] if isinstance(value, int | float) else []


def edited(path, place, where, change):
    """A copy with another number there in its record."""
    shutil.copytree(path, place)
    record = json.loads((place / "run.json").read_text())
    *outer, last = where
    part = record
    for key in outer:
        part = part[key]
    part[last] = change(part[last])
    (place / "run.json").write_text(json.dumps(record))
    return resealed(place)


@pytest.mark.parametrize("name", ["l-bfgs", "adam batch=8", "powell"])
def test_every_number_of_a_record_that_was_edited_is_found(cells, tmp_path, second_run, name):
    record = json.loads((Path(cells[name]) / "run.json").read_text())
    found = [where for where in numbers(record) if name != "powell" or where[0] != "reached"]
    assert {("value",), ("start",), ("metrics", "mse"), ("evaluations", "grad"), ("arch", 0)} <= set(found)
    for i, where in enumerate(found):
        copy = edited(cells[name], tmp_path / str(i), where, lambda x: not x if x is True else x * 1.25 + 1)
        result = run(copy)
        assert result.exit_code in (1, 2), where


@pytest.mark.parametrize("name", ["l-bfgs", "adam batch=8"])
def test_every_number_of_a_history_that_was_edited_is_found(cells, tmp_path, second_run, name):
    head, *rows = (Path(cells[name]) / "trace.csv").read_text().split()
    place = shutil.copytree(cells[name], tmp_path / "a")
    for i in (0, len(rows) // 2, len(rows) - 1):
        for j, column in enumerate(head.split(",")):
            cells_of_row = rows[i].split(",")
            cells_of_row[j] = repr(float(cells_of_row[j]) * 1.25 + 1)
            lines = [head, *rows[:i], ",".join(cells_of_row), *rows[i + 1 :]]
            (place / "trace.csv").write_text("\n".join(lines) + "\n")
            assert (run(resealed(place)).exit_code == 0) == (column == "seconds"), (i, column)
    (place / "trace.csv").write_text("\n".join([head, *rows[:-1]]) + "\n")
    assert run(resealed(place)).exit_code == 1


def test_an_edited_value_is_named(cells, tmp_path):
    found = run(edited(cells["l-bfgs"], tmp_path / "a", ("value",), lambda _: 1e-9))
    assert found.exit_code == 1 and "does not reproduce: the same vector" in found.stdout
    assert "but value 1e-09 then" in found.stdout


@pytest.mark.parametrize("word", ["status", "message"])
def test_an_edited_ending_is_found(cells, tmp_path, second_run, word):
    found = run(edited(cells["l-bfgs"], tmp_path / "a", (word,), lambda _: "stopped"))
    assert found.exit_code == 1 and f"{word} stopped then" in found.stdout


def test_a_cell_under_another_name_is_left_out_by_all(cells, tmp_path):
    place = tmp_path / "0123456789abcdef"
    shutil.copytree(cells["l-bfgs"], place)
    frame = load_cells(tmp_path)
    assert frame.empty and "0123456789abcdef" in frame.attrs["warnings"][0]
    for command in ("verify", "table", "report"):
        result = CliRunner().invoke(main, [command, str(place)])
        assert result.exit_code == 2 and "its recipe's hash" in result.stderr, command


@pytest.mark.parametrize("column", ["evaluations", "best", "operations", "iteration"])
def test_a_history_whose_rows_a_clock_has_placed_agrees_with_itself(cells, tmp_path, second_run, column):
    place = shutil.copytree(cells["powell"], tmp_path / "a")
    assert run(place).exit_code == 0
    table = pd.read_csv(place / "trace.csv").astype(float)
    table.loc[len(table) // 2, column] = table[column].iloc[-1] * 1.25 + 50
    table.to_csv(place / "trace.csv", index=False, na_rep="nan")
    found = run(resealed(place))
    assert found.exit_code == 1 and f"its {column} goes up and down" in found.stdout


def starts(content):
    """Where the numbers of a table begin, in its column's order, seconds left out."""
    head, _, rest = content.partition(b"\r\n")
    names, at = head.decode().split(","), len(head) + 2
    for line in rest.splitlines(keepends=True):
        for name, number in zip(names, line.rstrip().split(b","), strict=True):
            if name != "seconds" and number != b"nan":
                yield at, number
            at += len(number) + 1
        at += 1


def test_every_number_of_every_table_that_was_edited_is_found(cells):
    """Digests apart: whoever edits a table may write its digest as well."""
    folder = Path(cells["adam batch=8"])
    heldout = b"iteration,seconds,negative_elbo\r\n1,0.25,3.5\r\n2,0.5,1e-3\r\n"
    then = {name: (folder / name).read_bytes() for name in ("run.json", "trace.csv")} | {
        "heldout.csv": heldout
    }
    facts = json.loads(then["run.json"])
    facts["seconds"]["paused"] = 0.0  # however busy the machine was: no look had to wait
    then["run.json"] = json.dumps(facts).encode()
    assert not differences(then, then, by_the_clock=False, same_version=True)
    for name in ("trace.csv", "heldout.csv"):
        for at, number in starts(then[name]):
            other = repr(float(number) * 1.25 + 1).encode()
            changed = then[name][:at] + other + then[name][at + len(number) :]
            found = differences({**then, name: changed}, then, by_the_clock=False, same_version=True)
            assert len(found) == 1 and name in found[0] and other.decode() in found[0]


def test_every_number_of_a_vector_that_was_edited_is_found(cells, tmp_path, second_run):
    place = shutil.copytree(cells["l-bfgs"], tmp_path / "a")
    content = (place / "theta.safetensors").read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    for at in range(start, len(content), 8 * 16):
        number = np.frombuffer(content[at : at + 8])[0]
        other = np.nextafter(number, np.inf).tobytes()
        (place / "theta.safetensors").write_bytes(content[:at] + other + content[at + 8 :])
        found = verify(resealed(place))
        assert not found.reproduces and not found.same_vector
