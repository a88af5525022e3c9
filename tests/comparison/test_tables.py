"""Tables of synthetic runs whose answers are known."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from runs import frame, run

from optae import figures
from optae.comparison import STATISTICS, add_reference, arrange, pivot, summarise, verdict, where
from optae.comparison.scores import SCORES, median
from optae.evaluation.definitions import larger_is_better
from optae.statistics import iqm, quantiles
from optae.tables.render import FORMATS, render
from optae.tables.table import Table

INF, NAN = math.inf, math.nan
HOSTILE = 'a|b\n\x1b[31mc & d_%#${}~^\\ "e", `f` <g>'


def two_methods(n=8, **words):
    """powell is twice as good as adam on every seed."""
    adam = [run("adam", s, 2.0 + s, wrong=s % 2, **words) for s in range(n)]
    powell = [run("powell", s, 1.0 + s / 2, wrong=0, seconds=4.0, **words) for s in range(n)]
    return frame(*adam, *powell)


def cell(table, key, **names):
    rows = table.frame
    for name, value in names.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows[key].iloc[0]


STARVED = "for 6 of 9.55 s of solving the run had no processor: it was suspended, or the machine was busy"


def test_processor_seconds_are_a_column_where_they_are_on_record():
    runs = frame(run("a", processor_seconds=1.5), run("b", processor_seconds=NAN))
    table = summarise(runs)
    assert cell(table, "processor", label="a") == 1.5 and math.isnan(cell(table, "processor", label="b"))
    assert "processor" not in summarise(runs.assign(processor_seconds=NAN)).frame
    assert cell(summarise(runs, metric="processor_seconds"), "median", label="a") == 1.5


def test_a_metric_that_no_run_has_is_refused_with_those_they_have():
    runs = two_methods(3).assign(mse=NAN, rmse=0.5)
    with pytest.raises(ValueError, match=r"'mse': none of these runs has it; they have value, .*rmse"):
        summarise(runs, metric="mse")
    with pytest.raises(ValueError, match="none of these runs"):
        verdict(runs, "adam", "powell", "mse")
    for draw in (figures.boxes, figures.critical_difference):
        with pytest.raises(ValueError, match="none of these runs"):
            draw(runs, metric="mse")
    summarise(runs.assign(value=NAN), metric="mse")  # all diverged: a table of no numbers says so


def test_runs_without_a_processor_are_marked_and_not_compared_by_seconds():
    runs = two_methods(3)
    runs.loc[1, "clock_note"] = STARVED
    table = summarise(runs)
    assert cell(table, "note", label="adam") == "1 without a processor for a while"
    assert any("1 run had no processor" in note for note in table.notes)
    with pytest.raises(ValueError, match=r"adam seed 1; for 6 of 9.55 s.*processor_seconds"):
        verdict(runs, "adam", "powell", "seconds")
    with pytest.raises(ValueError, match="no processor"):
        verdict(runs, "adam", "powell", "seconds", target="max_pixel_error=9")
    marked = verdict(runs, "adam", "powell", "seconds", mixed_times=True)
    assert any("1 run had no processor" in note for note in marked.table.notes)
    verdict(runs, "adam", "powell", "evaluations")
    losses = summarise(runs, columns=["median"])
    assert cell(losses, "note", label="adam").startswith("1 without")  # fewer steps fit into its seconds
    unhurried = runs.assign(max_seconds=NAN)
    assert "note" not in summarise(unhurried, columns=["median"]).frame
    assert cell(summarise(unhurried, columns=["seconds"]), "note", label="adam").startswith("1 without")
    verdict(runs.assign(processor_seconds=2.0), "adam", "powell", "processor_seconds")


# summaries


def test_a_summary_says_what_the_statistics_say():
    runs = two_methods()
    table = summarise(runs)
    values = 2.0 + np.arange(8)
    middle = iqm(values)
    assert cell(table, "median", label="adam") == 5.5 and cell(table, "seeds", label="adam") == 8
    row = table.frame.set_index("label").loc["adam"]
    assert (row["iqm"], row["iqm_low"], row["iqm_high"]) == (middle.value, middle.low, middle.high)
    assert (row["best"], row["best_seed"], row["worst"], row["worst_seed"]) == (2, 0, 9, 7)
    assert list(table.frame["label"]) == ["powell", "adam"]  # best first
    assert "note" not in table.frame


def test_every_statistic_has_a_meaning_and_a_column():
    table = summarise(two_methods(), columns=list(STATISTICS), target="max_pixel_error=0", against="adam")
    assert {column.key for column in table.columns if column.meaning} == set(STATISTICS)
    assert "{" not in render(table)


@pytest.mark.parametrize("metric", SCORES)
def test_every_metric_makes_a_table(metric):
    frame = two_methods()
    frame = frame if metric in frame else frame.assign(**{metric: np.arange(len(frame)) / len(frame)})
    table = summarise(frame, metric=metric)
    assert np.isfinite(table.frame["median"]).all()
    larger = larger_is_better(metric)
    assert ("larger" if larger else "smaller") in table.caption
    best, worst = table.frame["best"], table.frame["worst"]
    assert ((best >= worst) if larger else (best <= worst)).all()


def test_targets_misses_and_expected_running_time():
    table = summarise(
        two_methods(),
        target="max_pixel_error=0",
        columns=[k for k, s in STATISTICS.items() if s.needs != "against"],
    )
    assert cell(table, "success", label="adam") == 0.5 and cell(table, "success", label="powell") == 1
    assert cell(table, "evaluations_to_target", label="adam") == INF  # between 50 and a miss
    assert cell(table, "evaluations_to_target", label="powell") == 50
    assert cell(table, "ert_evaluations", label="adam") == (4 * 50 + 4 * 100) / 4
    assert cell(table, "ert_seconds", label="adam") == (4 * 1 + 4 * 2) / 4
    assert "never" in render(table)
    within = summarise(two_methods(), target="max_pixel_error=1")
    assert (within.frame["success"] == 1).all()


def test_all_letters_exact_means_zero_wrong_pixels():
    runs = two_methods()
    exact, wrong = (summarise(runs, target=t).frame for t in ("exact=32", "max_pixel_error=0"))
    pd.testing.assert_frame_equal(exact, wrong)
    with pytest.raises(ValueError, match="'font2' has 32 samples"):
        summarise(runs, target="exact=33")
    older = pd.DataFrame(
        {"best": [1.0], **{cost: [1.0] for cost in ("seconds", "evaluations", "operations")}}
    )
    some = summarise(runs, target="exact=31", histories=lambda path: older)
    assert (some.frame["success"] == 1).all() and some.frame["evaluations_to_target"].isna().all()
    assert "not on record" in some.notes[0]


def test_a_target_on_the_loss_is_looked_for_in_histories():
    def histories(path):
        asked.append(path)
        return pd.DataFrame(
            {
                "best": [9.0, 3.0, 1.0],
                "seconds": [0, 1, 2],
                "evaluations": [1, 10, 100],
                "operations": [3, 30, 300],
            }
        )

    asked = []
    runs = frame(run(seed=0, value=1.0), run(seed=1, value=4.0), run(seed=2, value=3.0))
    table = summarise(runs, target=3, columns=["success", "evaluations_to_target"], histories=histories)
    assert asked == ["adam-0", "adam-2"]  # a run that ends above it needs no look
    assert table.frame["evaluations_to_target"].item() == 10 and table.frame["success"].item() == 2 / 3


def test_a_run_without_record_of_wrong_pixels_has_a_history():
    history = pd.DataFrame(
        {"max_pixel_error": [5, NAN, 0], "seconds": [0, 1, 2]}
        | {"evaluations": [1, 2, 3], "operations": [3, 6, 9]}
    )
    table = summarise(frame(run(reached={})), target="max_pixel_error=0", histories=lambda path: history)
    assert table.frame["evaluations_to_target"].item() == 3


def test_probability_of_improvement_over_a_baseline():
    table = summarise(two_methods(), against="adam")
    wins = np.mean([(1 + s / 2 < 2 + t) + 0.5 * (1 + s / 2 == 2 + t) for s in range(8) for t in range(8)])
    assert cell(table, "improvement", label="powell") == wins
    assert math.isnan(cell(table, "improvement", label="adam"))


def test_refused_and_failed_runs_are_counted():
    refused = run("lm", 0, NAN, status="refused", message="needs residuals", reached={}, max_pixel_error=NAN)
    failed = run("adam", 1, NAN, status="failed", reached={}, max_pixel_error=NAN)
    table = summarise(frame(run("adam", 0), failed, refused), target="max_pixel_error=1")
    assert cell(table, "failed", label="adam") == 1 and cell(table, "refused", label="lm") == 1
    assert cell(table, "worst", label="adam") == INF and cell(table, "seeds", label="lm") == 0
    assert cell(table, "note", label="lm") == "refused: needs residuals"
    assert cell(table, "success", label="adam") == 0.5 and math.isnan(cell(table, "median", label="lm"))


def test_one_seed_is_marked_and_repeats_are_no_evidence():
    table = summarise(frame(run(cell="c"), run(cell="c")))
    assert table.frame["note"].item() == "1 seed" and "1 repeats" in table.notes[0]
    assert math.isnan(table.frame["iqm_low"].item())


def test_losses_and_recipes_are_not_pooled_without_a_note():
    runs = frame(run(seed=0), run(seed=0, loss="mse"))
    with pytest.raises(ValueError, match=r"trained loss, here bce, mse: add loss to `by`"):
        summarise(runs, ["label"])
    assert "loss" in summarise(runs).frame  # by itself, what differs names rows
    notes = summarise(runs, ["label"], "half_sse").notes
    assert "one row holds runs of different loss: bce, mse" in notes
    budgets = summarise(frame(run("a", max_iterations=10.0), run("b", max_iterations=99.0)), ["label"]).notes
    assert "rows differ in max_iterations: 10, 99" in budgets


# times


def test_times_of_different_machines_are_not_compared():
    runs = frame(run("a", threads=1.0), run("b", threads=2.0))
    usual = summarise(runs)
    assert "seconds" not in usual.frame and any("threads 1, 2" in note for note in usual.notes)
    for ask in (
        dict(columns=["seconds"]),
        dict(metric="seconds"),
        dict(columns=["ert_seconds"], target="exact=32"),
    ):
        with pytest.raises(ValueError, match=r"threads 1, 2: .* `where` threads=.*`mixed_times`"):
            summarise(runs, **ask)
    marked = summarise(runs, columns=["seconds"], mixed_times=True)
    assert cell(marked, "timed_on", label="b") == "threads 2; machine cpu, 2 cores"
    assert "timed_on" not in summarise(runs, columns=["evaluations"], mixed_times=True).frame
    with pytest.raises(ValueError, match="threads 1, 2"):
        verdict(runs, "a", "b", "seconds")


def test_a_refused_run_was_timed_nowhere():
    summarise(frame(run("a"), run("b", status="refused", threads=9.0)), columns=["seconds"])


def test_seconds_with_and_without_compilation():
    runs = frame(run(compile_seconds=3.0, wrong=0))
    apart = summarise(runs, target="max_pixel_error=0").frame
    within = summarise(runs, target="max_pixel_error=0", with_compile=True).frame
    assert (
        apart["seconds"].item() == 2
        and apart["compile"].item() == 3
        and apart["seconds_to_target"].item() == 1
    )
    assert (
        within["seconds"].item() == 5 and "compile" not in within and within["seconds_to_target"].item() == 4
    )


# filters, order, pivots, references


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("seed<3", 6),
        ("seed >= 6", 4),
        ("seed=0,7", 4),
        ("label==adam", 8),
        ("method!=adam", 8),
        ("method=adam, powell", 16),
        ("machine=cpu, 2 cores", 16),
        ("bias=true", 16),
        ("target!=x", 16),
    ],
)
def test_filters(condition, count):
    assert len(where(two_methods(), [condition])) == count


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("sed<3", "unknown column 'sed': did you mean 'seed'"),
        ("seed", "write a condition"),
        ("seed<x", "'x' is none"),
        ("label<3", "holds words"),
        ("label=lm", "leaves no run of 16: label is adam, powell"),
        ("bias=maybe", "true or false"),
        ("__import__('os')", "write a condition"),
    ],
)
def test_invalid_filters_are_refused(condition, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        where(two_methods(), [condition])


def test_order_is_best_first_and_missing_last():
    rows = [run(name, value=value) for name, value in (("a", 2.0), ("b", NAN), ("c", 1.0))]
    table = summarise(frame(*rows))
    assert list(arrange(table, "median").frame["label"]) == ["c", "a", "b"]
    assert list(arrange(table, "median", reverse=True).frame["label"]) == ["a", "c", "b"]
    exact = summarise(two_methods(), metric="exact")
    assert arrange(exact, "iqm").frame["label"].iloc[0] == "powell"
    with pytest.raises(ValueError, match="did you mean 'median'"):
        arrange(table, "meidan")


def test_rows_that_are_equal_where_they_are_sorted_are_in_the_order_of_the_other_scores():
    """Methods that never meet the target stood in any order below those that do."""
    runs = [run(label, 0, value, wrong=9) for label, value in {"a": 3.0, "b": 1.0, "c": 2.0}.items()]
    table = summarise(
        frame(*runs, run("d", 0, 4.0, wrong=0)), ["label"], "value", "exact=32", ["success", "median"]
    )
    assert list(arrange(table, "success").frame["label"]) == ["d", "b", "c", "a"]
    assert list(arrange(table, "success", reverse=True).frame["label"]) == ["b", "c", "a", "d"]


def test_methods_without_random_numbers_do_not_differ_in_the_numbering_of_streams():
    one, other = run("adam", streams=NAN), run("annealing", streams=2.0)
    assert not any("streams" in note for note in summarise(frame(one, other)).notes)
    old = run("annealing", 1, streams=1.0)
    assert any("streams" in note for note in summarise(frame(one, other, old), ["label"]).notes)


def test_architectures_are_in_natural_order():
    runs = frame(*(run(arch=arch) for arch in ("35-15-35", "35-9-35")))
    assert list(summarise(runs).frame["arch"]) == ["35-9-35", "35-15-35"]


def test_a_pivot_puts_values_side_by_side():
    table = pivot(summarise(two_methods(2), ["label", "seed"]), "seed", "median")
    assert [column.head for column in table.columns] == ["label", "seeds", "seed 0", "seed 1"]
    assert table.frame[["label", "on0", "on1"]].to_numpy().tolist() == [["powell", 1, 1.5], ["adam", 2, 3]]
    spread = pivot(summarise(two_methods(), ["dataset", "label"]), "dataset", "iqm")
    assert "[" in render(spread) and list(spread.frame["seeds"]) == ["8", "8"]
    with pytest.raises(ValueError, match="`pivot` unknown column 'sead'"):
        pivot(summarise(two_methods()), "sead")


def test_published_figures_beside_ours(tmp_path):
    file = tmp_path / "deck.csv"
    file.write_text("label,half_sse\nadam,0.5\nsgd,9\n")
    table = add_reference(summarise(two_methods(), metric="half_sse"), file, "half_sse")
    assert cell(table, "reference", label="adam") == 0.5 and math.isnan(
        cell(table, "reference", label="powell")
    )
    assert "half_sse in deck" in render(table) and "1 rows of deck.csv have no run" in table.notes[-1]
    noises = pd.concat([two_methods(noise="flip:0.1"), two_methods(noise=None)], ignore_index=True)
    loose = add_reference(summarise(noises, metric="half_sse"), file, "half_sse")
    assert "deck.csv does not say which noise: its figures stand beside each" in loose.notes
    file.write_text("label,noise,half_sse\nadam,none,0.5\n")
    exact = add_reference(summarise(noises, metric="half_sse"), file, "half_sse")
    assert exact.frame["reference"].notna().sum() == 1 and "does not say" not in " ".join(exact.notes)
    file.write_text("label,half_sse\nadam,0.5\n")
    table = summarise(two_methods(), metric="half_sse")
    for text, words in (("a,half_sse\n1,2\n", "names no row"), ("label\nadam\n", "no column 'half_sse'")):
        file.write_text(text)
        with pytest.raises(ValueError, match=words):
            add_reference(table, file, "half_sse")
    file.write_text("label,half_sse\nadam,1\nadam,2\n")
    with pytest.raises(ValueError, match="twice"):
        add_reference(table, file, "half_sse")
    file.write_text("")
    with pytest.raises(ValueError, match="not a CSV"):
        add_reference(table, file, "half_sse")


# the paired verdict


def test_the_verdict_pairs_seeds_and_counts_wins():
    result = verdict(two_methods(), "powell", "adam")
    assert (result.overall.wins, result.overall.pairs, result.overall.winner) == (8, 8, "powell")
    assert result.overall.ratio.value == pytest.approx(0.5) and result.unpaired == (0, 0)
    assert result.table.frame["better"].item() == "powell"
    assert "powell beats adam on 8 of 8 seeds" in result.table.caption


def test_the_verdict_of_several_problems_is_adjusted():
    runs = pd.concat([two_methods(), two_methods(dataset="font1")], ignore_index=True)
    result = verdict(runs, "powell", "adam")
    assert list(result.table.frame["dataset"]) == ["font1", "font2"] and result.overall.pairs == 16
    assert (result.table.frame["p_holm"] >= result.table.frame["p"]).all()
    assert set(result.table.frame["better"]) == {"powell"}  # on each, by its seeds


def test_over_several_problems_the_problems_decide():
    def runs(problems):
        return pd.concat([two_methods(arch=f"35-{k}-35") for k in range(2, 2 + problems)], ignore_index=True)

    few, enough = (verdict(runs(k), "powell", "adam") for k in (4, 7))
    assert few.overall.winner is None and enough.overall.winner == "powell"
    assert few.table.caption.startswith("powell leads on 4 of 4 problems (0 behind, 0 level)")
    assert "4 problems cannot decide at 5 %" in few.table.caption and "is better on" not in few.table.caption
    assert "powell is better over 7 problems" in enough.table.caption
    rows = verdict(runs(4), "powell", "adam", by=["dataset"]).table  # a row of four problems
    assert rows.frame["better"].item() == "not shown" and rows.frame["problems"].item() == 4
    text = " ".join(render(rows).split())
    assert "t-test over the problems" in text and "takes 6 problems" in text


def test_tables_say_which_interval_they_print():
    text = " ".join(render(summarise(two_methods(), target="max_pixel_error=0", against="adam")).split())
    for words in ("Student's t", "order statistics", "2000 bootstraps", "Wilson", "Newcombe"):
        assert words in text
    text = " ".join(render(verdict(two_methods(), "adam", "powell").table).split())
    assert "median of the pairs' ratios [from 3 pairs; 3 or 4 Student's t, 5 their range" in text
    assert cell(summarise(two_methods(2)), "note", label="adam") == "2 seeds: no interval"


def test_unpaired_seeds_are_noted():
    runs = frame(*[run("a", s) for s in range(4)], *[run("b", s) for s in range(2, 5)])
    result = verdict(runs, "a", "b")
    assert result.overall.pairs == 2 and result.unpaired == (2, 1)
    assert "2 runs of a have no partner" in result.table.notes


def test_a_verdict_on_time_to_target():
    result = verdict(two_methods(), "powell", "adam", "evaluations", target="max_pixel_error=0")
    assert result.overall.wins == 4 and result.overall.ties == 4  # the other half of adam's miss
    with pytest.raises(ValueError, match="`target` goes with"):
        verdict(two_methods(), "powell", "adam", "bce", target="max_pixel_error=0")


@pytest.mark.parametrize(
    ("a", "b", "change", "words"),
    [
        ("adm", "powell", {}, "unknown method 'adm': did you mean 'adam'"),
        ("adam", "adam", {}, "with itself"),
        ("adam", "powell", {"threads": 2.0, "seed": 99}, r"share no seed \(0, 1 and 99\)"),
        ("adam", "powell", {"loss": "mse"}, r"share no loss \(bce and mse\): pair them by `across` loss"),
        ("adam", "powell", {"status": "refused"}, "every run of 'powell' was refused"),
    ],
)
def test_impossible_verdicts_are_refused(a, b, change, words):
    runs = frame(run("adam", 0), run("adam", 1), run("powell", **{"seed": 0, **change}))
    with pytest.raises(ValueError, match=words):
        verdict(runs, a, b)


def test_ambiguous_verdicts_are_refused():
    runs = frame(run("adam", 0), run("adam", 0, engine="jax"), run("powell", 0), run("powell lr=1", 0))
    with pytest.raises(ValueError, match=r"several ways: name one of adam \(engine jax\), adam \(eng"):
        verdict(runs, "adam", "powell")
    with pytest.raises(ValueError, match=r"several ways: name one of lm a, lm b"):
        verdict(frame(run("lm a"), run("lm b"), run("adam")), "lm", "adam")
    assert verdict(runs, "adam (engine jax)", "powell").overall.pairs == 1
    losses = frame(run("adam"), run("lm", loss="mse"))
    with pytest.raises(ValueError, match="`across` loss needs a metric"):
        verdict(losses, "adam", "lm", across=["loss"])
    assert verdict(losses, "adam", "lm", "half_sse", across=["loss"]).overall.pairs == 1


# errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (dict(by=["arhc"]), "`by` unknown column 'arhc': did you mean 'arch'"),
        (dict(by=[]), "`by` names no column"),
        (dict(metric="hlf_sse"), "unknown metric 'hlf_sse': did you mean 'half_sse'"),
        (dict(columns=["medain"]), "unknown statistic 'medain': did you mean 'median'"),
        (dict(columns=["success"]), "needs `target`"),
        (dict(columns=["improvement"]), "needs `against`"),
        (dict(target="pixels=0"), "unknown target metric"),
        (dict(against="adm"), "unknown label 'adm': did you mean 'adam'"),
        (dict(against="adam", by=["arch"]), "needs label or method in `by`"),
        (dict(by=["reached"]), "unknown column 'reached'"),
    ],
)
def test_invalid_questions_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        summarise(two_methods(), **words)


def test_no_runs():
    with pytest.raises(ValueError, match="there are no runs"):
        summarise(two_methods().iloc[:0])


# formats


def test_csv_keeps_every_digit():
    table = summarise(two_methods(), target="max_pixel_error=0")
    back = list(csv.DictReader(io.StringIO(render(table, "csv"))))
    assert [float(row["IQM value [95 %] low"]) for row in back] == table.frame["iqm_low"].tolist()
    assert INF in [float(row["s to max_pixel_error <= 0"]) for row in back]


@pytest.mark.parametrize("form", FORMATS)
def test_no_text_breaks_a_table(form):
    table = summarise(frame(run(HOSTILE, 0), run(HOSTILE, 1), run("powell", 0)))
    text = render(table, form)
    assert "\x1b" not in text
    if form == "csv":
        lengths = [len(row) for row in csv.reader(io.StringIO(text))]
        assert len(lengths) == 3 and len(set(lengths)) == 1
    if form == "markdown":
        lines = [line for line in text.splitlines() if line.startswith("|")]
        assert len(lines) == 4 and len({len(line.replace(r"\|", "")) - len(line) for line in lines[:2]}) == 1
        assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1
    if form == "latex":
        assert r"a\textbar{}b c \& d\_\%\#\$\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}" in text
        body = text[text.index(r"\toprule") :]
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert len({row.replace(r"\&", "").count("&") for row in rows}) == 1 and len(rows) == 3


def test_infinite_and_missing_numbers_in_every_format():
    table = Table.of(pd.DataFrame({"x": [INF, NAN, 1.5e-5, -INF], "y": [None, "a", "b", "c"]}))
    assert all(word in render(table) for word in ("∞", "-∞", "1.5e-5"))
    assert r"$\infty$" in render(table, "latex") and r"$1.5\times10^{-5}$" in render(table, "latex")
    assert render(table, "csv").splitlines()[1:3] == ["inf,", ",a"]


@pytest.mark.parametrize("width", [48, 60, 80, 120])
def test_a_terminal_is_never_too_narrow(width):
    table = summarise(two_methods(arch="35-60-50-30-2-30-50-60-35"), ["dataset", "arch", "label"])
    text = render(table, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert all(column.head.split()[0] in text for column in table.columns)


def test_any_frame_can_be_rendered():
    assert render(pd.DataFrame({"a": [1], "b": ["x"]}), "markdown").splitlines()[0] == "|   a | b   |"
    with pytest.raises(ValueError, match="unknown format 'htm'"):
        render(pd.DataFrame({"a": [1]}), "htm")


@pytest.mark.parametrize(
    "values", [[3.0], [1.0, 2.0], [1.0, INF], [INF, INF], [5.0, 1.0, 2.0], [-INF, 1.0, 2.0, 3.0]]
)
def test_the_quick_median_is_the_quantile(values):
    assert median(np.array(values)) == quantiles(values, 0.5)


def test_the_lowest_training_loss_stands_beside_the_value_on_unseen_noise():
    """Mean and standard deviation of each history's lowest loss, wherever runs were trained on noise."""

    def histories(path):
        seed = int(path.split("-")[-1])
        return pd.DataFrame({"best": [9.0, 1.0 + seed]})

    runs = frame(*(run(seed=seed, value=5.0 + seed, noise="flip:0.1") for seed in range(3)))
    runs = runs.drop(columns="train_value")
    table = summarise(runs, histories=histories)
    assert cell(table, "train_value") == 2.0 and cell(table, "train_sd") == 1.0
    assert cell(table, "median") == 6.0
    meaning = {column.key: column.meaning for column in table.columns}
    assert "n - 1" in meaning["train_sd"] and "its square" in meaning["train_sd"]
    clean = summarise(frame(run(noise="none")), histories=None)
    assert "train_value" not in clean.frame  # the same loss as the referee's
    worst = summarise(runs, metric="train_value", columns=["median", "worst"], histories=histories)
    assert cell(worst, "median") == 2.0 and cell(worst, "worst") == 3.0
