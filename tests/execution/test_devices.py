"""Times on every device that JAX finds, and the device as an axis of a grid and a column of a table."""

import csv
import io

import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.execution import devices

SMALL = ["--dataset", "emoji:10", "--arch", "400,6,2", "--batch", "20", "--epochs", "2"]


def rows(*typed):
    result = CliRunner().invoke(main, [*map(str, typed), "--format", "csv"])
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout))), result


def test_devices_times_an_epoch_with_compiling_apart_and_says_that_there_is_no_accelerator():
    [row], _ = rows("devices", *SMALL)
    assert row["device"] == "cpu" and row["devices"] == "1"
    assert 0 < float(row["s/epoch"]) < float(row["compile s"]) and float(row["loss"]) > 0
    said = CliRunner().invoke(main, ["devices", *SMALL]).output.replace("\n", " ")
    assert "JAX finds no accelerator here" in said and "s/epoch" in said


def test_every_kind_of_device_and_all_devices_of_a_kind_have_a_row(monkeypatch):
    class Done:
        seconds, iterations, value = {"solve": 4.0, "compile": 1.0}, 2, 100.0

    monkeypatch.setattr(devices, "found", lambda: {"cpu": ["cpu"], "tpu": ["TPU v4"] * 4})
    monkeypatch.setattr("optae.experiments.experiment.Experiment.run", lambda *_: Done)
    table = devices.compare_devices("emoji:10", (400, 6, 2), batch=20, epochs=2)
    found = table.frame[["device", "hardware", "devices"]].to_numpy().tolist()
    assert found == [["cpu", "cpu", 1], ["tpu", "TPU v4", 1], ["tpu", "TPU v4", 4]]
    assert table.frame["epoch"].tolist() == [2.0] * 3 and not table.notes
    assert table.frame["images"].tolist() == [pytest.approx(20)] * 3


def test_the_device_is_an_axis_of_bench_and_a_column_of_the_table(tmp_path):
    words = "--dataset emoji:10 --arch 400,6,2 --bottleneck gaussian --engine jax --precision float32"
    axes = ["--method", "adam:batch=20", "--max-iterations", 2, "--device", "cpu", "--device", "tpu"]
    typed = ["bench", *words.split(), *axes, "--jobs", 1, "--out", tmp_path / "g"]
    done = CliRunner().invoke(main, [str(word) for word in typed])
    assert done.exit_code == 0 and "JAX finds no tpu here" in done.output, done.output
    found, _ = rows("table", tmp_path / "g", "--by", "device", "--columns", "seconds,compile")
    assert [row["device"] for row in found] == ["cpu", "tpu"] and float(found[0]["compile s"]) > 0
    assert "refused" in found[1]["note"]
