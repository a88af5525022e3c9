"""One schema: what was asked is kept as asked, and every list of an experiment's fields is derived."""

import ast
from dataclasses import fields, replace
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner
from optae.cli.bench import bench
from optae.cli.main import main
from optae.cli.train import train

from optae import METHODS
from optae.experiments.experiment import Experiment
from optae.experiments.grid import AXES, grid
from optae.experiments.identity import cell
from optae.experiments.sameness import FIELDS
from optae.experiments.schema import GROUPS, Facts, facts, kind

TOP = Path(__file__).parents[2]
NAMES = {field.name for field in fields(Experiment)}
NOISES = (
    {}, {"noise": "none"}, {"noise": "flip"}, {"noise": "flip:0.2", "copies": 3},
    {"noise": "shift:0.2", "regime": "fresh"}, {"noise": "flip", "redraw": 7},
)  # fmt: skip
ENGINES = ("", "numpy", "jax")
ASKED = [
    {"method": method, "engine": engine, **noise}
    for method, noise, engine in product([*METHODS, "optax:lion"], NOISES, ENGINES)
]


def test_another_method_gives_the_experiment_that_is_built_directly(letters):
    for asked, method in product(ASKED[:: len(NOISES) + 1], [*METHODS, "optax:lion"]):
        changed, built = (
            replace(Experiment(**asked), method=method),
            Experiment(**{**asked, "method": method}),
        )
        assert changed == built and cell(changed, letters).name == cell(built, letters).name


@pytest.mark.parametrize(
    "before, method, after",
    [
        ({"method": "adam", "noise": "flip"}, "lm", {"regime": "frozen", "redraw": None}),
        ({"method": "lm", "noise": "flip"}, "adam", {"regime": "fresh", "redraw": None}),
        ({}, "optax:lion", {"engine": "jax"}),
        ({"engine": "autograd"}, "optax:lion", {"engine": "autograd"}),
    ],
)
def test_defaults_follow_the_method(before, method, after):
    experiment = Experiment(**before)
    assert experiment.resolved.resolved == experiment.resolved
    changed = replace(experiment, method=method)
    assert {name: vars(changed.resolved)[name] for name in after} == after
    assert {name: vars(changed)[name] for name in before if name != "method"} == {
        name: word for name, word in before.items() if name != "method"
    }


def test_a_recipe_has_the_hash_that_it_had_when_defaults_were_resolved_at_once(letters):
    later = ("l-bfgs-short", "kfac", "hessian-free")
    then = [asked for asked in ASKED if asked["method"] not in later]
    names = " ".join(cell(Experiment(**asked), letters).name for asked in then)
    assert sha256(names.encode()).hexdigest().startswith("cba13af7ed9b681e")


def test_every_field_has_its_facts():
    assert facts(Experiment).keys() == NAMES
    for name, known in facts(Experiment).items():
        assert known.group in GROUPS and known.help.endswith(".") and known.help[0] != " ", name
        assert not known.help.startswith("Of "), name
        assert kind(Experiment, name) in (int, float, bool, str, tuple)
    with pytest.raises(ValueError, match="role 'colour'"):
        Facts("colour", "data", "A colour.")


@pytest.mark.parametrize("name", sorted(NAMES - {"options", "method_source"}))
def test_a_field_is_an_option_an_axis_and_a_column(name):
    parsed = {param.name for param in train.params}
    assert name in parsed and name in {param.name for param in bench.params}
    assert name in AXES and name in FIELDS


def test_every_axis_works_on_the_command_line(tmp_path):
    """The plan of a grid that gives every option of `optae train` twice where two values mean something."""
    words = ["--precision", "float32", "--schedule", "cosine", "--clip", 1, "--clip", 2, "--kl-warmup", 2]
    words += ["--bottleneck", "gaussian:0.5", "--bottleneck", "gaussian", "--look", 2, "--engine", "jax"]
    words += ["--max-iterations", 2, "--max-iterations", 3, "--bias", "--no-bias", "--seeds", "4-5"]
    words += ["--method", "adam:batch=8", "--out", tmp_path / "out", "--dry-run", "--device", "cpu"]
    result = CliRunner().invoke(main, ["bench", *map(str, words)])
    assert result.exit_code == 0, result.output
    assert " 32 " in next(line for line in result.output.splitlines() if "cells" in line)
    draws = ["bench", "--bottleneck", "gaussian", "--method", "l-bfgs", "--draws", "1", "--draws", "4"]
    result = CliRunner().invoke(main, [*draws, "--max-iterations", "1", "--out", str(tmp_path), "--dry-run"])
    assert " 2 " in next(line for line in result.output.splitlines() if "cells" in line)


def test_the_grid_keeps_one_of_equal_experiments():
    asked = {"noise": ["none", "flip"], "copies": [1, 2], "engine": ["", "numpy"], "max_seconds": 1}
    found = grid(**asked)
    assert len(found) == 3 and found == grid(**{**asked, "engine": ["numpy", ""], "copies": [2, 1]})


@pytest.mark.parametrize("command", ["train", "bench"])
def test_help_stands_in_groups_with_the_method_first(command):
    text = CliRunner().invoke(main, [command, "--help"], terminal_width=100).output
    heads = [text.index(f"\n{title}:\n") for title in GROUPS.values()]
    assert heads == sorted(heads) and "\nOptions:" not in text
    last = "--distributed" if command == "train" else "--cluster"
    assert text.index("--method") < text.index("--dataset") < text.index(last)


LITERALS = (ast.Tuple, ast.List, ast.Set)
SCHEMA_IS_BELOW = {"experiments", "storage", "execution", "comparison", "figures", "pages", "cli"}


def written_out(path):
    """The lists of three field names or more, and the tables of more than five, that a file types out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts, most = (node.elts, 2) if isinstance(node, LITERALS) else ((), 0)
        if isinstance(node, ast.Dict):
            parts, most = node.keys, 5
        names = {part.value for part in parts if isinstance(part, ast.Constant)} & NAMES
        if len(names) > most:
            yield f"{path.relative_to(TOP)}:{node.lineno} {sorted(names)}"


def test_no_other_list_of_fields_is_typed_out():
    files = [*(TOP / "optae").rglob("*.py"), *(TOP / "cli").rglob("*.py")]
    files = [path for path in files if SCHEMA_IS_BELOW & set(path.relative_to(TOP).parts)]
    assert len(files) > 80
    assert not [line for path in files for line in written_out(path)]
