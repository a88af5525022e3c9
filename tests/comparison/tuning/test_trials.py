"""The trials of a tuning: how many runs they take, what is chosen, and that it can be stopped."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from optae.comparison.tuning.protocol import FIRST_SEED, Protocol, check_apart
from optae.comparison.tuning.record import Tuned, load, save
from optae.comparison.tuning.samplers import Halton
from optae.comparison.tuning.trials import Trial
from optae.comparison.tuning.tune import chosen_experiments, tune, tunings_of
from optae.comparison.tuning.words import apart, note, notes, trials_table, verdict
from optae.comparison.yardstick import Outcome, Yardstick
from optae.evaluation.metrics import Target
from optae.experiments.experiment import Experiment
from optae.experiments.spec import ToTune, parse_spec
from optae.methods.ranges import read_ranges

SMALL = Experiment(dataset="font2[ABCD]", arch=(35, 3, 2), max_evaluations=20)
LR = read_ranges({"lr": "1e-4..1"}, {"lr": 0.1})


def to_tune(*methods, problem=SMALL, **words):
    protocol = Protocol(**{"trials": 6, "seeds": 3, **words})
    return ToTune(protocol, [replace(problem, method=method) for method in methods])


def done(folder, *methods, **words):
    return tune(tunings_of(to_tune(*methods, **words)), folder, jobs=1)


def test_halving_runs_the_better_half_on_each_next_seed(here, tmp_path):
    (tuned,) = done(tmp_path, "backprop")
    assert tuned.runs == len(here) == 7 + 4 + 3  # the method as given runs on every seed
    assert [row.seeds for row in tuned.trials].count(1) == 3
    assert tunings_of(to_tune("backprop"))[0].most == 14
    best = min((row for row in tuned.trials if row.seeds == 3), key=lambda row: row.score)
    assert tuned.best == best and tuned.best.score <= tuned.trials[0].score


def test_without_halving_every_trial_runs_on_every_seed(here, tmp_path):
    (tuned,) = done(tmp_path, "backprop", halving=False)
    assert tuned.runs == len(here) == 21 == tunings_of(to_tune("backprop", halving=False))[0].most


def test_a_tuning_that_was_stopped_goes_on_to_the_same_answer(here, tmp_path):
    straight = done(tmp_path / "a", "backprop", "momentum")
    once = len(here)
    done(tmp_path / "b", "momentum", trials=2)
    assert done(tmp_path / "b", "backprop", "momentum") == straight
    assert len(here) <= 2 * once + 2
    again = len(here)
    assert done(tmp_path / "b", "backprop", "momentum") == straight and len(here) == again


def test_more_trials_keep_those_before(here, tmp_path):
    few, many = (done(tmp_path, "backprop", trials=n)[0] for n in (3, 6))
    assert [row.drawn for row in many.drawn[:3]] == [row.drawn for row in few.drawn]


def test_trials_of_equal_options_run_once():
    ranges = read_ranges({"maxcor": "2..4"}, {"maxcor": 10})
    drawn = Halton(ranges).ask(20)
    assert sorted(options["maxcor"] for options in drawn) == [2, 3, 4]


def test_tuning_never_sees_a_reporting_seed(here, tmp_path):
    done(tmp_path, "backprop")
    assert {cell.seed for cell in here} == {FIRST_SEED, FIRST_SEED + 1, FIRST_SEED + 2}
    with pytest.raises(ValueError, match="one of those of tuning"):
        check_apart([replace(SMALL, seed=FIRST_SEED + 1)])
    with pytest.raises(ValueError, match="one of those of tuning"):
        tunings_of(ToTune(Protocol(), [replace(SMALL, seed=FIRST_SEED)]))


def test_the_method_as_given_stays_if_no_trial_is_better(here, tmp_path):
    (tuned,) = done(tmp_path, "backprop", vary={"backprop": {"lr": "1e-6..1e-5"}})
    assert tuned.chosen == 0
    assert verdict(tuned) == ["backprop, as given: none was better of 6 trials (14 runs)."]
    assert note(tuned).endswith("kept as given, by value at the end of a run")
    assert chosen_experiments([to_tune("backprop", vary={"backprop": {"lr": "1e-6..1e-5"}})], [tuned]) == []


def test_settings_that_are_refused_or_fail_lose(here, tmp_path):
    (tuned,) = done(tmp_path, "cg", vary={"cg": {"c1": "0.01..10"}})  # c1 has to be below c2
    assert tuned.best.score is not None and any(row.score is None for row in tuned.trials)


def test_options_that_are_given_are_not_varied():
    (tuning,) = tunings_of(ToTune(Protocol(), [replace(SMALL, options=(("lr", 0.5),))]))
    assert "lr" not in tuning.ranges and "b1" in tuning.ranges
    assert dict(tuning.experiment(Trial({"b1": 0.8}), 0, 7).options) == {"lr": 0.5, "b1": 0.8}


def test_methods_without_ranges_are_not_tuned():
    assert tunings_of(to_tune("powell", "newton-cg")) == []


@pytest.mark.parametrize(
    "words, said",
    [
        ({"trials": 0}, "`trials` = 0"),
        ({"seeds": True}, "`seeds` = True"),
        ({"sampler": "haltom"}, "did you mean 'halton'"),
        ({"trial": 3}, "unknown word of `tune` 'trial': did you mean 'trials'"),
        ({"vary": {"lr": "1..2"}}, "`vary` holds ranges by method"),
        ({"vary": {"adam": {"rate": "1..2"}}}, "`vary` of adam: unknown option 'rate'"),
        ({"vary": {"lm": {"damping": "1..2"}}}, "`vary` names lm, which does not run"),
        ({"cost": "evaluations"}, "add `target`"),
        ({"metric": "valu"}, "did you mean 'value'"),
        (3, "write {trials = 20, seeds = 3}"),
    ],
)
def test_a_bad_protocol_is_one_line(words, said):
    with pytest.raises(ValueError, match=said):
        tunings_of(ToTune(words, [SMALL]))


# scores


def trial(*outcomes):
    return Trial({"lr": 1.0}, {(problem, seed): Outcome(*one) for problem, seed, *one in outcomes})


def test_the_score_with_a_target_is_the_expected_running_time():
    by = Yardstick(Target(0, "max_pixel_error"), "evaluations")
    one = trial((0, 0, 10.0, 10.0, 0.0), (0, 1, math.inf, 50.0, 3.0), (0, 2, 30.0, 30.0, 0.0))
    assert one.score(by) == (10 + 50 + 30) / 2
    assert one.rank(by) == (45.0, -2, 1.0)
    assert trial((0, 0, math.inf, 50.0, 2.0)).score(by) == math.inf


def test_the_score_without_one_is_the_median_and_over_problems_the_geometric_mean():
    by = Yardstick()
    one = trial(*((p, s, v, v, v) for p, s, v in [(0, 0, 1.0), (0, 1, 2.0), (0, 2, 9.0), (1, 0, 8.0)]))
    assert one.score(by) == pytest.approx(4.0)
    two = trial((0, 0, -1.0, 0.0, -1.0), (1, 0, 3.0, 0.0, 3.0))
    assert two.score(by) == 1.0


def test_of_trials_that_never_hit_the_one_that_ends_closest_is_best():
    by = Yardstick(Target(0, "max_pixel_error"), "evaluations")
    far, near = (trial((0, 0, math.inf, 9.0, end)) for end in (5.0, 2.0))
    assert min((far, near), key=lambda one: one.rank(by)) is near


def test_a_target_decides_by_cost(here, tmp_path):
    problem = replace(SMALL, target="bce=14", max_evaluations=40)
    (tuned,) = tune(tunings_of(to_tune("adam", problem=problem, cost="evaluations")), tmp_path, jobs=1)
    assert tuned.measure == "expected evaluations to bce <= 14"
    assert tuned.best.score < (tuned.trials[0].score or math.inf)
    assert any(row.score is None for row in tuned.trials)  # rates too small to get there


# the record


def test_the_record_is_read_back_and_keeps_other_methods(here, tmp_path):
    (first,) = done(tmp_path, "backprop")
    (second,) = done(tmp_path, "momentum", trials=2)
    assert load(tmp_path) == [first, second]
    save(tmp_path, [second])
    assert load(tmp_path) == [first, second]
    never = replace(second, trials=tuple(replace(row, score=None) for row in second.trials))
    assert note(never).endswith("by how its runs ended, as none met the target")
    frame = pd.DataFrame({"label": ["momentum", "lm"], "dataset": SMALL.dataset})
    assert notes([tmp_path], frame) == [note(second)]
    (other,) = done(tmp_path, "momentum", trials=2, problem=replace(SMALL, dataset="font3[abcd]"))
    assert notes([tmp_path], frame) == [note(second)]  # that of the runs' own data
    both = frame.assign(dataset=["font3[abcd]", SMALL.dataset])
    assert notes([tmp_path], both) == [f"{SMALL.dataset}: {note(second)}", f"font3[abcd]: {note(other)}"]
    assert apart([]) == {} and apart([first, second]) == {"": [first, second]}
    third = replace(other, problems=(f"{other.problems[0]}\nnoise = 'flip'",))
    assert [*apart([second, third, other])] == [SMALL.dataset, "font3[abcd]", "font3[abcd] 2"]
    assert len(trials_table(first, 3)) in (3, 4)
    assert [row[""] for row in trials_table(first, 3)].count("chosen") == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 2, "methods": []}', '{"format": 1, "methods": [1]}']
)
def test_a_damaged_record_is_named(tmp_path, text):
    (tmp_path / "tuning.json").write_text(text)
    with pytest.raises(ValueError, match="is not the file of a tuning"):
        load(tmp_path)


def test_a_grid_runs_what_was_chosen_on_its_own_seeds(here, tmp_path):
    words = {
        "dataset": "font2[ABCD]",
        "arch": "35,3,2",
        "max_evaluations": 20,
        "method": ["backprop", "powell"],
    }
    spec = parse_spec(words | {"seed": 2, "tune": {"trials": 3, "seeds": 1}})
    tuned = tune([one for each in spec.tuned for one in tunings_of(each)], tmp_path, jobs=1)
    found = chosen_experiments(spec.tuned, load(tmp_path))
    assert [(one.method, one.seed) for one in found] == [("backprop", 0), ("backprop", 1)]
    assert {dict(one.options)["lr"] for one in found} == {tuned[0].best.drawn["lr"]}
    with pytest.raises(ValueError, match="backprop has not been tuned"):
        chosen_experiments(spec.tuned, [])


def test_a_learning_sampler_finds_a_good_rate(here, tmp_path):
    pytest.importorskip("optuna")
    (tuned,) = done(tmp_path, "backprop", sampler="tpe", trials=9, seeds=1)
    assert len(tuned.drawn) == 9 and {row.seeds for row in tuned.trials} == {1}
    assert done(tmp_path, "backprop", sampler="tpe", trials=9, seeds=1) == [tuned]
    assert tuned.best.score <= tuned.trials[0].score


def test_without_optuna_its_samplers_say_so(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(ValueError, match="leave it out for halton"):
        done(tmp_path, "backprop", sampler="tpe")


def test_what_is_kept_needs_no_trial():
    tuned = Tuned.of(tunings_of(to_tune("adam"))[0])
    assert tuned.runs == 0 and tuned.best.score is None
