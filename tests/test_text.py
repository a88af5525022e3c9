"""Numbers, intervals and order in text, by examples."""

import math

import numpy as np
import pytest

import optae
from optae.registry import unknown
from optae.text import counted, interval, natural, number, one_line


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "-0"),
        (999_999.0, "999999"),
        (1e6, "1e6"),
        (0.001, "0.001000"),
        (0.000999, "9.99e-4"),
        (12345.678, "12346"),
        (-2.5, "-2.500"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_the_ends_of_an_interval_have_as_many_decimals_as_its_value():
    assert interval(1.5, 1.0, 2.25) == ["1.50", "1.00", "2.25"]
    assert interval(1.0, -math.inf, math.inf) == ["1.00", "-inf", "inf"]


def test_natural_order_compares_numbers_first():
    assert sorted(["35-15-2", "35-9-2", "35-100-2"], key=natural) == ["35-9-2", "35-15-2", "35-100-2"]


def test_counts_agree_with_their_noun():
    assert [counted(n, "letter") for n in (0, 1, 1000)] == ["0 letters", "1 letter", "1,000 letters"]


@pytest.mark.parametrize("text", ["\x1b[2Ja", "\x1b]0;title\x07a", "\u202ea", "\x00a\x7f", "\x9b31ma"])
def test_control_characters_are_removed(text):
    assert one_line(text).isprintable() and one_line(text).endswith("a")


def test_an_unknown_name_gets_the_nearest_name_or_the_list():
    assert unknown("method", "LM", ["lm", "adam"]) == "unknown method 'LM': did you mean 'lm'?"
    assert unknown("method", "ADAN", ["lm", "Adam"]) == "unknown method 'ADAN': did you mean 'Adam'?"
    assert unknown("method", "zzz", map(str, range(100))).endswith(", 39 and 60 more")
    assert unknown("method", "zzz", ["lm", "adam"]) == "unknown method 'zzz': choose one of lm, adam"


@pytest.mark.parametrize(
    "make",
    [
        lambda: optae.Objective(optae.Autoencoder([2, 1]), np.array([[0, 1 + 1e-7]])),
        lambda: optae.Problem(optae.Autoencoder([2, 1]), np.array([[0, 1 + 1e-7]])),
        lambda: optae.Dataset("x", np.array([[0, 1 + 1e-7]]), ("a",), (1, 2), "here"),
        lambda: optae.Autoencoder([2, 1], corruption=f"flip:{1 + 1e-7!r}"),
        lambda: optae.METHODS["dual-annealing"](restart_temp_ratio=1 + 1e-7),
    ],
)
def test_a_message_near_a_bound_shows_the_digits_that_matter(make):
    with pytest.raises(ValueError, match=r"1\.0000001"):
        make()
