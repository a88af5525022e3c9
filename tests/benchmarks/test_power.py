"""Races replayed over a grid use the runs, and give the answer, that the scores imply."""

import math

import numpy as np
import pandas as pd
import power
import pytest

from optae.comparison.choosing.race import Race, Rules
from optae.comparison.yardstick import Yardstick
from optae.evaluation.metrics import Target
from optae.experiments.sameness import PROBLEM

INF = math.inf


def ordered(methods, pairs=60):
    """Scores in which each method always beats those after it."""
    return power.Grid([f"m{i:02}" for i in range(methods)], np.tile(np.arange(1.0, methods + 1), (pairs, 1)))


def cells(scores, problems=6, target="max_pixel_error=0"):
    """A frame of runs that have met the target after these evaluations (pairs, methods), inf for never."""
    rows = []
    for pair, line in enumerate(scores):
        for method, score in enumerate(line):
            cost = dict.fromkeys(("seconds", "operations", "evaluations", "iterations"), float(score))
            wrong = 5 if math.isinf(score) else 0
            same = dict.fromkeys(PROBLEM, "none")
            rows.append(
                {
                    **same, "cell": f"{pair}-{method}", "label": f"m{method:02}", "seed": pair // problems,
                    "dataset": f"font{pair % problems}", "data": f"{pair % problems}", "loss": "bce",
                    "arch": "35-2-35", "status": "target", "path": "", "target": target, "value": 1.0,
                    "max_pixel_error": float(wrong), "threads": 1.0, "machine": "here",
                    "clock_note": "", **cost, "reached": {wrong: cost | {"after": cost}},
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_a_clear_order_is_found_with_the_runs_of_its_race_in_every_order():
    grid, rules = ordered(18), Rules()
    race = Race(grid.names, rules)
    while len(race.left) > 1:
        race.add(dict(zip(grid.names, grid.scores[0].tolist(), strict=True)))
    for k in range(3):
        order = np.random.default_rng(k).permutation(60)
        assert power.raced(grid, order, rules) == power.Outcome(race.runs, 1, True, False, False)
    assert grid.kept(rules) == ["m00"] == grid.answers and race.runs < 0.4 * grid.runs == 0.4 * 18 * 60


def test_equals_are_undecided_when_the_pairs_are_over():
    grid = power.Grid(["a", "b"], np.array([[1.0, 2.0], [2.0, 1.0]] * 5))
    found = power.raced(grid, np.arange(10), Rules())
    assert (found.runs, found.left, found.same, found.undecided, found.lost) == (20, 2, True, True, False)
    assert grid.answers == ["a", "b"] == grid.kept(Rules())


def test_an_answer_that_an_order_hides_counts_as_lost():
    scores = np.array([[1.0, 2.0]] * 20 + [[2.0, 1.0]] * 12)
    grid = power.Grid(["a", "b"], scores)
    assert grid.answers == ["a"]
    bad = power.raced(grid, np.arange(32)[::-1], Rules())
    assert (bad.same, bad.lost, bad.undecided) == (False, True, False)
    assert power.raced(grid, np.arange(32), Rules()).same


def test_a_circle_has_no_answer():
    circle = power.Grid(list("abc"), np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]]))
    assert circle.answers == []


def test_methods_that_some_problem_refuses_take_no_part():
    frame = cells(np.array([[3.0, INF, 5.0]] * 12))
    frame.loc[frame.index[frame["label"] == "m02"][:2], "status"] = "refused"
    grid = power.grid_of(frame, Yardstick(Target(0.0, "max_pixel_error"), "evaluations"))
    assert grid.names == ["m00", "m01"] and grid.scores.tolist() == [[3.0, INF]] * 12


def test_the_page_has_a_line_for_each_cost_and_seconds_on_one_machine_only():
    frame = cells(np.tile(np.arange(1.0, 9.0), (60, 1)))
    text = power.text(frame, 3, Rules())
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["seconds", "operations", "evaluations"]
    assert "the 60 stored pairs" in text and "until\nmax_pixel_error <= 0" in text and " m00 " in text
    frame["machine"] = np.where(frame["seed"] > 4, "here", "there")
    assert "| seconds " not in power.text(frame, 3, Rules())
    with pytest.raises(ValueError, match="share no target"):
        power.text(frame.assign(target=None), 3, Rules())
