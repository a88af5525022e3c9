"""Tables, figures and pages agree on when a target was met, which runs count and which times compare."""

import pandas as pd
import pytest
from runs import Grid

from optae.comparison import summarise
from optae.comparison.series import read
from optae.comparison.targets import reached
from optae.comparison.yardstick import Yardstick
from optae.evaluation.metrics import Target

COSTS = ("seconds", "operations", "evaluations")
STARVED = "for 6 of 9.55 s of solving the run had no processor"


def both(grid, frame, target, cost):
    """The costs to a target by the table's way and by the figures' way."""
    table = reached(frame, target, grid.histories.__getitem__).cost[cost].tolist()
    runs = read(frame, cost, load=grid.histories.__getitem__)
    return table, list(map(runs.until(target), runs.cells))


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("target", ["max_pixel_error=2", "0.5", "bce=0.5", "exact=32", "within_one=32"])
def test_a_target_is_met_at_one_moment(cost, target):
    grid = Grid()
    table, figure = both(grid, grid.frame.assign(within_one=32.0), Target.parse(target), cost)
    assert table == figure and sum(value < float("inf") for value in table) > 0


@pytest.mark.parametrize(
    "target, column, first",
    [
        ("half_sse=0.5", "half_sse", lambda values: values <= 0.5),
        ("mse=0.02", "half_sse", lambda values: 2 * values / 35 <= 0.02),
        ("exact=20", "exact", lambda values: values >= 20),
    ],
)
def test_a_metric_that_was_not_trained_is_looked_up_in_the_histories(target, column, first):
    grid = Grid()
    for history in grid.histories.values():
        history[column] = history["best"] / 2 if column == "half_sse" else 32 - history["max_pixel_error"]
        history.loc[1::2, column] = float("nan")  # not every row of a history is measured
    table, figure = both(grid, grid.frame, Target.parse(target), "evaluations")
    by_hand = [
        next(iter(history["evaluations"][first(history[column])]), float("inf"))
        for history in map(grid.histories.__getitem__, grid.frame["path"])
    ]
    assert table == figure == by_hand and sum(value < float("inf") for value in by_hand) > 0


def test_the_moment_is_unknown_in_a_history_that_lacks_the_metric():
    grid = Grid()
    frame = grid.frame.assign(half_sse=0.1, target="")
    assert pd.isna(
        reached(frame, Target.parse("half_sse=0.5"), grid.histories.__getitem__).cost["seconds"]
    ).all()
    with pytest.raises(ValueError, match="older version"):
        both(grid, frame, Target.parse("half_sse=0.5"), "seconds")


def test_a_loss_that_the_referee_does_not_confirm_is_not_a_hit():
    grid = Grid()
    doubted = grid.frame.assign(value=1e3)
    assert set(both(grid, doubted, Target(5.0), "operations")[1]) == {float("inf")}


def test_a_vector_that_met_the_target_at_the_end_is_a_hit_even_where_its_record_lacks_the_moment():
    grid = Grid()
    frame = grid.frame.assign(max_pixel_error=0.0, reached=[{30: {}}] * len(grid.frame), operations=7.0)
    table, figure = both(grid, frame, Target(0, "max_pixel_error"), "operations")
    assert table == figure == [7.0] * len(frame)


def test_wall_seconds_without_a_processor_do_not_decide_the_verdict_of_a_page():
    frame = Grid().frame.assign(target="max_pixel_error=1", clock_note="", operations=1.0)
    assert Yardstick.of_runs(frame, None, None).cost == "seconds"
    late = frame.assign(clock_note=[STARVED, *[""] * (len(frame) - 1)])
    assert Yardstick.of_runs(late, None, None).cost == "operations"
    with pytest.raises(ValueError, match=r"no processor .*on a quiet machine"):
        Yardstick.of_runs(late, "seconds", None)


def test_the_clock_of_a_refused_run_is_ignored():
    frame = Grid().frame.assign(target="max_pixel_error=1", operations=1.0)
    refused = frame.iloc[:1].assign(status="refused", machine="elsewhere", method="lm", label="lm")
    both = pd.concat([frame, refused], ignore_index=True)
    assert Yardstick.of_runs(both, None, None).cost == "seconds"
    assert "BEWARE" not in read(both, "seconds").note


def test_repeats_are_left_out_in_the_same_words():
    frame = Grid().frame
    twice = pd.concat([frame, frame])
    note = f"{len(frame)} repeats of runs with the same recipe and seed are left out"
    assert read(twice).note == f"{note}."
    needed = ("evaluations", "operations", "iterations", "restarts", "seconds", "processor_seconds")
    assert note in summarise(twice.assign(message="", clock_note="", **dict.fromkeys(needed, 1.0))).notes
