"""A package's data sets are found by the names of its entry points, wherever a data set is named."""

import textwrap

import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.main import main

import optae
from optae.datasets import load_dataset
from optae.registry import entries
from optae.storage.frame import load_cells

MODULE = """\
import numpy as np
import optae

def rings():
    x = np.random.default_rng(0).random((8, 6))
    return optae.Dataset("anything", x, tuple("abcdefgh"), (3, 2), "made for a test")

def list_of_rows():
    return [[0.0, 1.0]]

def broken():
    raise OSError("no such
 server")

def needs(path):
    return path

def square(y, t, xp):
    return (y - t) ** 2
""".replace("such\n", "such\\n")
ENTRIES = """\
[optae.datasets]
rings = fake_rings:rings
rows = fake_rings:list_of_rows
broken = fake_rings:broken
needs = fake_rings:needs
missing = fake_rings:nothing

[optae.losses]
square = fake_rings:square
"""


@pytest.fixture
def installed(here, monkeypatch):
    """A distribution `fake-rings` on the path of this process and of its workers."""
    site = here / "site"
    for name, text in {
        "fake_rings.py": MODULE,
        "fake_rings-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fake-rings\nVersion: 1.0\n",
        "fake_rings-1.0.dist-info/entry_points.txt": ENTRIES,
    }.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(site)
    entries.cache_clear()
    yield
    entries.cache_clear()


def run(*words):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_name_is_that_of_the_entry_point_and_its_content_is_its_identity(installed):
    data = load_dataset("rings")
    assert (data.name, data.x.shape, data.source) == ("rings", (8, 6), "made for a test")
    part = load_dataset("rings[ca]")
    assert part.labels == ("c", "a") and np.array_equal(part.x, data.x[[2, 0]])
    own = optae.Dataset("other", data.x, data.labels, data.shape, "elsewhere")
    assert own.sha256 == data.sha256


def test_it_runs_in_every_command_that_takes_a_data_set(installed, here):
    run(
        "train",
        "--dataset",
        "rings",
        "--arch",
        "6,2",
        "--max-evaluations",
        20,
        "--loss",
        "square",
        "--out",
        "r",
    )
    (here / "spec.toml").write_text(
        'dataset = "rings"\narch = "6,2"\nmethod = ["adam", "l-bfgs"]\nmax_evaluations = 30\nseed = [0, 1]\n'
    )
    for _ in range(2):
        output = run("bench", "spec.toml", "--jobs", 2, "--out", "g")
    assert "done before 4" in " ".join(output.split())
    frame = load_cells("g")
    assert set(frame["dataset"]) == {"rings"} and (frame["value"] < frame["start"]).all()
    assert "rings" in run("table", "g") and "reproduces" in run("verify", "r")


@pytest.mark.parametrize(
    "name, reason",
    [
        ("rows", "data set 'rows' is a list: the package's function must return an optae.Dataset"),
        ("broken", r"data set 'broken': fake_rings.py, line 12: OSError: no such server"),
        ("needs", r"data set 'needs': .*missing 1 required positional argument: 'path'"),
        ("missing", "the package of 'missing' cannot be loaded: .*'nothing'"),
        ("ring", "did you mean 'rings'"),
    ],
)
def test_what_a_package_gets_wrong_is_one_line(name, reason, installed):
    with pytest.raises(ValueError, match=reason) as caught:
        load_dataset(name)
    assert "\n" not in str(caught.value)
