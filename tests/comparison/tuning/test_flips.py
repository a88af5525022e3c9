"""The verdicts that change when every method is tuned: reversed, appearing, vanishing."""

import numpy as np
import pandas as pd
import pytest
from runs import run

from optae.comparison.tuning.flips import flips
from optae.comparison.tuning.record import Row, Tuned

SEEDS = 12


def tuned(given, label, dataset="font2"):
    rows = (Row({}, given, 1.0, [1.0], 1), Row({"lr": 1.0}, label, 0.5, [0.5], 1))
    problems = (f'dataset = "{dataset}"',)
    return Tuned(given, given, {"lr": "0.1..1"}, "value at the end", False, rows, 1, (10**9,), problems)


def frame(**levels):
    noise = np.random.default_rng(1).normal(size=SEEDS) * 0.01
    names = {label.replace("_", " "): level for label, level in levels.items()}
    return pd.DataFrame(
        [run(label, seed, level + noise[seed]) for label, level in names.items() for seed in range(SEEDS)]
    )


def test_a_verdict_that_tuning_reverses_is_listed_and_counted():
    known = [tuned("adam", "adam tuned"), tuned("cg", "cg tuned")]
    table = flips(frame(adam=1.0, cg=2.0, adam_tuned=0.9, cg_tuned=0.5, lm=0.1), known)
    (row,) = table.frame.to_dict("records")
    assert (row["a"], row["b"], row["given"], row["chosen"], row["change"]) == (
        "adam",
        "cg",
        "adam",
        "cg",
        "reversed",
    )
    assert table.caption == (
        "Verdicts on 3 pairs of methods: 3 shown as given, 3 when every method is tuned; 1 reversed"
    )


def test_a_verdict_may_appear_or_vanish():
    equal = frame(adam=1.0, cg=1.0)
    equal.loc[equal["label"] == "cg", "value"] = equal.loc[equal["label"] == "adam", "value"].to_numpy()[::-1]
    better = frame(adam_tuned=0.1)
    table = flips(pd.concat([equal, better], ignore_index=True), [tuned("adam", "adam tuned")])
    assert table.frame["change"].tolist() == ["appears"] and table.frame["chosen"].tolist() == ["adam"]


def test_without_a_change_the_caption_says_so():
    table = flips(frame(adam=1.0, cg=2.0, adam_tuned=0.9), [tuned("adam", "adam tuned")])
    assert table.frame.empty and table.caption.endswith("none changes")


def test_one_method_alone_has_no_verdict():
    with pytest.raises(ValueError, match="fewer than two methods"):
        flips(frame(adam=1.0, adam_tuned=0.5), [tuned("adam", "adam tuned")])


def test_methods_that_were_tuned_problem_by_problem_are_judged_on_one():
    known = [tuned("adam", "adam tuned"), tuned("adam", "adam", "font1")]
    here = frame(adam=1.0, cg=0.5, adam_tuned=0.1)
    there = frame(adam=0.2, cg=0.5).assign(dataset="font1")
    assert flips(here, known).frame["change"].tolist() == ["reversed"]  # not that of font1
    assert flips(there, known).frame.empty
    with pytest.raises(ValueError, match="tuned for each of font2, font1: choose one by `where`"):
        flips(pd.concat([here, there], ignore_index=True), known)
