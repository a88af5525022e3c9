"""The pictures of a tuning, for scores that are missing, words, and ranges of every scale."""

import numpy as np
import pytest

from optae.comparison.tuning.record import Row, Tuned
from optae.figures.comparison.tuning import best_of_trials, pictures, sensitivity
from optae.statistics.best_of import best_of


def tuned(scores, ranges, drawn, given=5.0, **changes):
    rows = [Row({}, "adam", given, [given], 1)]
    rows += [
        Row(words, f"adam {k}", score, [score], 1)
        for k, (score, words) in enumerate(zip(scores, drawn, strict=True))
    ]
    return Tuned(
        "adam",
        changes.get("label", "adam"),
        ranges,
        "value at the end of a run",
        False,
        tuple(rows),
        1,
        (1,),
        ("",),
    )


def rates(scores, **changes):
    drawn = [{"lr": float(rate)} for rate in np.geomspace(1e-4, 1e-1, len(scores))]
    return tuned(scores, {"lr": "0.0001..0.1"}, drawn, **changes)


@pytest.mark.parametrize(
    "text, values",
    [("0.9..0.999", [0.9, 0.99]), ("1..3", [1.0, 2.5]), ("a,b", ["a", "b"]), ("2..40", [3, 20])],
)
def test_every_kind_of_range_is_drawn(text, values):
    figure = sensitivity(tuned([1.0, 2.0], {"x": text}, [{"x": value} for value in values]))
    assert figure.axes[0].get_xlabel() == "x"
    figure.canvas.draw()


def test_a_trial_without_a_score_is_a_cross_that_the_caption_counts():
    figure = sensitivity(rates([1.0, None, 2.0]))
    assert "Crosses: 1 without a score." in " ".join(figure._supxlabel.get_text().split())
    figure.canvas.draw()


def test_the_curve_is_that_of_the_statistics():
    scores = [4.0, 2.0, 3.0, 9.0]
    figure = best_of_trials([rates(scores), rates([1.0, 1.0], label="lion")])
    curve = figure.axes[0].lines[0]
    np.testing.assert_array_equal(curve.get_ydata(), best_of(scores).median)
    np.testing.assert_array_equal(curve.get_xdata(), [1, 2, 3, 4])
    figure.canvas.draw()


def test_no_score_at_all_is_said():
    for figure in pictures([rates([None, None], given=None)]).values():
        assert any("no trial has a score" in text.get_text() for text in figure.axes[0].texts)
        figure.canvas.draw()
