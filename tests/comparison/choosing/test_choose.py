"""A choice is decided by the cells of its folder, and its words are right in every outcome."""

import json
import math
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.comparison.choosing.choose import Choice, choose, entered
from optae.comparison.choosing.race import Race, Rules
from optae.comparison.choosing.words import refusals, standing, title, verdict
from optae.comparison.yardstick import Yardstick
from optae.evaluation.metrics import Target
from optae.experiments.experiment import Experiment

SMALL = Experiment(dataset="font2[ABCD]", arch=(35, 3, 2), loss="bce", target="bce=14", max_evaluations=40)
METHODS = ["backprop:lr=0.001", "adam:lr=0.05", "l-bfgs"]
BY_COUNT = Yardstick(Target(14.0, "bce"), "evaluations")


def summary(choice):
    race = choice.race
    return race.rounds, race.dropped, choice.ending, verdict(choice), standing(choice)


def test_a_choice_that_was_stopped_goes_on_to_the_same_answer(here, tmp_path):
    straight = choose([SMALL], METHODS, tmp_path / "a", yardstick=BY_COUNT, rounds=12)
    once = len(here)
    for rounds in (1, 3, 12):
        resumed = choose([SMALL], METHODS, tmp_path / "b", yardstick=BY_COUNT, rounds=rounds)
    assert summary(straight) == summary(resumed)
    assert len(here) == 2 * once == 2 * straight.race.runs
    assert "backprop lr=0.001" in straight.race.dropped


def test_a_candidate_that_joins_later_runs_in_the_rounds_so_far(here, tmp_path):
    choose([SMALL], METHODS[1:], tmp_path, yardstick=BY_COUNT, rounds=4)
    before = len(here)
    choice = choose([SMALL], METHODS, tmp_path, yardstick=BY_COUNT, rounds=4)
    assert len(here) - before == 4 and len(choice.race.rounds) == 4


def test_a_cell_that_is_lost_is_run_again(here, tmp_path):
    first = choose([SMALL], METHODS[1:], tmp_path, yardstick=BY_COUNT, rounds=3)
    lost = sorted(tmp_path.glob("*/run.json"))[0]
    shutil.rmtree(lost.parent)
    before = len(here)
    assert choose([SMALL], METHODS[1:], tmp_path, yardstick=BY_COUNT, rounds=3).race == first.race
    assert len(here) == before + 1


def test_rounds_take_problems_at_random_and_each_problems_seeds_in_order():
    problems = [SMALL, replace(SMALL, arch=(35, 4, 2))]
    choice, met = entered(problems, METHODS, BY_COUNT, Rules()), {4: [], 3: []}
    for _ in range(40):
        each = choice.round
        assert len({(one.arch, one.seed) for one in each}) == 1 and len(each) == 3
        met[each[0].arch[1]].append(each[0].seed)
        choice.race.add(dict.fromkeys(choice.race.names, 1.0))
    assert min(map(len, met.values())) > 10
    assert all(seeds == list(range(len(seeds))) for seeds in met.values())


def test_a_method_that_a_problem_refuses_takes_no_part():
    choice = entered([SMALL], ["l-bfgs", "least-squares-lm"], BY_COUNT, Rules())
    assert choice.race.names == ["l-bfgs"] and "residuals" in choice.refused["least-squares-lm"]
    assert [row["method"] for row in standing(choice)] == ["l-bfgs"]
    assert refusals(choice) == [f"refused least-squares-lm: {choice.refused['least-squares-lm']}"]
    with pytest.raises(ValueError, match="every method is refused; least-squares-lm: "):
        entered([SMALL], ["least-squares-lm"], BY_COUNT, Rules())


def test_by_default_all_methods_that_fit_are_candidates():
    choice = entered([SMALL], None, BY_COUNT, Rules())
    assert {"lm", "adam", "powell", "tnc"} <= {*choice.race.names}
    assert not {*choice.race.names} & {*choice.refused}


def test_without_a_target_the_losses_at_the_end_are_compared(here, tmp_path):
    problem = replace(SMALL, target=None)
    choice = choose([problem], METHODS, tmp_path, yardstick=Yardstick(), rounds=1)
    values = {
        facts["label"]: facts["value"]
        for facts in (json.loads(path.read_text()) for path in tmp_path.glob("*/run.json"))
    }
    assert choice.race.rounds == [values]
    assert title(choice) == "value at the end of a run, smaller is better"


def test_the_budget_is_what_all_runs_took(here, tmp_path):
    choice = choose([SMALL], METHODS, tmp_path, yardstick=BY_COUNT, budget=1e-9, jobs=1)
    assert choice.ending == "budget" and len(choice.race.rounds) == 1 and choice.spent > 0


# the words of an outcome


def outcome(rounds, ending, yardstick=BY_COUNT, names=("lm", "adam", "cg"), **changes):
    race = Race(list(names))
    for scores in rounds:
        if len(race.left) == 1:
            break
        race.add({name: scores[names.index(name)] for name in race.left})
    return Choice(race, [SMALL], {}, {}, yardstick, ending=ending, **changes)


def test_one_is_left():
    rounds = [(1.0, 2.0, 9.0)] * 5 + [(2.0, 1.0, 9.0)] + [(1.0, 1.6, 9.0)] * 9
    words = verdict(outcome(rounds, "one"))
    assert words == [
        "lm.",
        "Next is adam: 1.60 times more costly, better in 1 of 12 rounds.",
        "The chance that a better one of the 3 was dropped is at most 5 %.",
        "31 runs in 12 rounds, instead of 36 without dropping.",
    ]


def test_some_are_equal_within_the_margin():
    words = verdict(outcome([(1.0, 1.0, 1.0)] * 12, "equal"))
    assert words[:2] == [
        "lm, adam and cg are as good as each other within 10 %.",
        "No method was dropped.",
    ]


@pytest.mark.parametrize(
    "ending, why", [("rounds", "the rounds are over"), ("budget", "the budget is spent")]
)
def test_no_decision(ending, why):
    seconds = Yardstick(Target(0, "max_pixel_error"))
    words = verdict(outcome([(1.0, 0.5, 4.0), (1.0, 3.0, 4.0)], ending, seconds))
    assert words[0] == f"No decision: {why}, and lm, adam and cg are left of 3."
    assert words[1].startswith("lm leads. Next is adam: ") and "slower, better in 1 of 2 rounds." in words[1]


def test_no_run_reaches_the_target():
    words = verdict(outcome([(math.inf,) * 3] * 2, "rounds"))
    assert words[-1] == "No run reached bce <= 14: give more `max_seconds`, or an easier `target`."
    assert "neither has reached the target" in words[1]


def test_one_candidate_alone():
    assert verdict(outcome([], "one", names=("lm",))) == [
        "lm is the only method that fits: there was nothing to compare."
    ]


def test_runs_that_failed_or_starved_are_named():
    seconds = Yardstick(Target(0, "max_pixel_error"))
    words = verdict(outcome([(1.0, 2.0, math.inf)], "rounds", seconds, starved=2, failed={"cg": 1}))
    assert any(word.startswith("2 runs had no processor for a while") for word in words)
    assert "Runs that failed or diverged count as misses: cg (1)." in words


# the command


def test_the_command_runs_and_says_what_to_take(tmp_path):
    words = ["--dataset", "font2[ABCD]", "--arch", "35,3,2", "--target", "bce=14", "--max-evaluations", "40"]
    run = CliRunner().invoke(
        main,
        [
            "choose",
            *words,
            "--methods",
            ",".join(METHODS[:2]),
            "--cost",
            "evaluations",
            "--out",
            str(tmp_path),
        ],
    )
    assert run.exit_code == 0, run.output
    assert "\nadam lr=0.05.\n" in run.output and "`" not in run.output and "backprop lr=0.001" in run.output
    assert len(list(tmp_path.glob("*/run.json"))) == 14  # two methods, seven rounds


@pytest.mark.parametrize(
    "words, message",
    [
        (["--margin", "much"], "--margin 'much': give a share"),
        (["--budget", "soon"], "--budget 'soon': give a time"),
        (["--confidence", "1"], "confidence"),
        (["--cost", "seconds"], "add --target"),
        (["--methods", "adm"], "did you mean 'adam'"),
        (["spec.toml"], "--max-seconds beside 'spec.toml'"),
    ],
)
def test_wrong_words_get_one_line(words, message, tmp_path):
    run = CliRunner().invoke(main, ["choose", "--max-seconds", "1", "--out", str(tmp_path / "x"), *words])
    assert run.exit_code == 2 and message in run.output and not (tmp_path / "x").exists(), run.output
