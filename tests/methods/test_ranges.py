"""Ranges of options: what they draw, how they are written, and those that the registry has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optae.methods import METHODS, method_spec
from optae.methods.ranges import Choice, Interval, natural, read_range, read_ranges
from optae.methods.spec import rates

SHARES = st.floats(0, 1, exclude_max=True)
TUNED = [name for name, spec in METHODS.items() if spec.ranges]


@st.composite
def intervals(draw):
    low = draw(st.floats(-100, 100).map(lambda x: float(f"{x:.3g}")))
    high = low + draw(st.floats(0.01, 1000).map(lambda x: float(f"{x:.3g}")))
    scale = draw(
        st.sampled_from(["linear", *(["log"] if low > 0 else []), *(["complement"] if high < 1 else [])])
    )
    return Interval(low, high, scale)


@given(intervals(), SHARES, SHARES)
def test_a_drawn_number_is_in_its_range_and_rises_with_the_share(interval, a, b):
    low, high = sorted((a, b))
    values = [interval.at(share) for share in (low, high)]
    assert interval.low <= values[0] <= values[1] <= interval.high


@given(intervals())
def test_a_range_is_read_back_as_it_is_written(interval):
    assert read_range("x", str(interval), 1.0) == interval


@pytest.mark.parametrize(
    "text, middle", [("1e-4..1e-2", 1e-3), ("0.9..0.999", 0.99), ("1..3", 2.0), ("1..100@linear", 50.5)]
)
def test_the_middle_of_a_range_is_that_of_its_scale(text, middle):
    assert read_range("x", text, 1.0).at(0.5) == pytest.approx(middle, rel=1e-3)


def test_every_whole_number_is_about_as_likely():
    values = [read_range("n", "2..4", 1).at(k / 300) for k in range(300)]
    assert all(abs(values.count(n) - 100) <= 1 for n in (2, 3, 4))
    assert {type(value) for value in values} == {int}


def test_words_and_truth_are_chosen_among():
    assert [read_range("w", "a,b", "a").at(u) for u in (0.1, 0.6)] == ["a", "b"]
    assert read_range("t", "true,false", True).values == (True, False)


def test_scales_by_themselves():
    assert [natural(*ends) for ends in ((1e-3, 1e-1), (0.5, 0.99), (0.0, 5.0), (0.1, 0.9))] == [
        "log", "complement", "linear", "linear",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name, text, default, said",
    [
        ("lr", "1..0.1", 1.0, "does not rise"),
        ("lr", "a..b", 1.0, "write LOW..HIGH"),
        ("lr", "1..2..3", 1.0, "write LOW..HIGH"),
        ("lr", "0..1@log", 1.0, "begin it above 0"),
        ("lr", "0..2@complement", 1.0, "end it below 1"),
        ("lr", "1..2@loog", 1.0, "did you mean 'log'"),
        ("lr", "nan..2", 1.0, "does not rise"),
        ("lr", "1", 1.0, "one value"),
        ("n", "1.5..3", 3, "whole number"),
        ("w", "a..b", "a", "list some"),
    ],
)
def test_a_bad_range_is_one_line_with_its_name(name, text, default, said):
    with pytest.raises(ValueError, match=said) as error:
        read_range(name, text, default)
    assert str(error.value).startswith(f"{name}=") and "\n" not in str(error.value)


def test_an_option_that_the_method_lacks():
    with pytest.raises(ValueError, match="unknown option 'rate'"):
        read_ranges({"rate": "1..2"}, METHODS["adam"].options)


@pytest.mark.parametrize("name", TUNED)
@given(share=SHARES)
def test_the_registrys_ranges_make_methods_and_hold_the_defaults(name, share):
    spec = METHODS[name]
    ranges = read_ranges(spec.ranges, spec.options)
    spec(**{option: values.at(share) for option, values in ranges.items()})
    for option, values in ranges.items():
        default = spec.options[option]
        if isinstance(values, Choice):
            assert default in values.values
        else:
            assert values.low <= default <= values.high


def test_first_order_methods_have_ranges():
    names = {"backprop", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"}
    assert names | {"shampoo", "soap", "muon"} <= {*TUNED}


def test_other_libraries_methods_vary_their_rate():
    assert method_spec("optax:lion").ranges.keys() == {"learning_rate"}
    assert rates({"lr": 0.01, "momentum": 0.9}) == {"lr": "0.0001..1"}
