"""Laws that hold for any value: layouts, words, JSON, hashes and conditions (Hypothesis draws the values)."""

import json
import math
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optae.comparison.filters import where
from optae.experiments.identity import content_hash
from optae.methods.first_order.schedules import SCHEDULES
from optae.model.activations import ACTIVATIONS
from optae.model.corruptions import CORRUPTIONS
from optae.model.layout import Layout
from optae.registry import parse, spell
from optae.text import jsonable, number, one_line, shortened, shortest

NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)
SHAPES = st.dictionaries(NAMES, st.lists(st.integers(0, 5), max_size=3).map(tuple), min_size=1, max_size=6)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
REGISTRIES = {"activation": ACTIVATIONS, "corruption": CORRUPTIONS, "schedule": SCHEDULES}


# one vector


@given(SHAPES)
def test_unpacking_a_vector_and_packing_it_again_gives_the_vector(shapes):
    layout = Layout(shapes)
    theta = np.arange(float(layout.size))
    arrays = layout.unpack(theta)
    assert {name: array.shape for name, array in arrays.items()} == shapes
    assert (layout.pack(arrays) == theta).all()


@given(SHAPES)
def test_writing_to_an_unpacked_array_fills_the_vector(shapes):
    layout = Layout(shapes)
    theta = np.zeros(layout.size)
    for array in layout.unpack(theta).values():
        array += 1
    assert (theta == 1).all()


@given(SHAPES, SHAPES)
def test_two_layouts_join_end_to_end(first, second):
    second = {f"{name}'": shape for name, shape in second.items()}
    joined = Layout(first).join(Layout(second))
    assert joined.size == Layout(first).size + Layout(second).size
    assert list(joined.shapes) == [*first, *second]


# words


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, registry in REGISTRIES.items() for name in registry]
)
@given(data=st.data())
def test_the_spelling_of_a_word_reads_back_as_the_word(kind, name, data):
    entry = REGISTRIES[kind][name]
    kinds = {
        field.name: st.booleans() if isinstance(field.default, bool) else FINITE for field in fields(entry)
    }
    values = {key: data.draw(st.none() | kind) for key, kind in kinds.items()}
    try:
        word = entry(**{key: value for key, value in values.items() if value is not None})
    except ValueError:
        return  # values that this word refuses
    assert parse(kind, spell(word, REGISTRIES[kind]), REGISTRIES[kind]) == word


@pytest.mark.parametrize("kind", REGISTRIES)
@given(text=st.text(max_size=20) | st.from_regex(r"[a-z-]{2,8}(:[a-z0-9=.,-]{0,8})?", fullmatch=True))
def test_any_text_is_a_word_or_refused_in_one_line(kind, text):
    try:
        parse(kind, text, REGISTRIES[kind])
    except ValueError as error:
        assert str(error) and "\n" not in one_line(str(error))


# text


@given(FINITE)
def test_the_shortest_text_of_a_number_reads_back_as_it(x):
    assert float(shortest(x)) == x


@given(st.floats(-1e300, 1e300))
def test_a_number_in_words_is_right_to_four_digits(x):
    assert float(number(x)) == pytest.approx(x, rel=6e-4, abs=1e-300)


@given(st.text())
def test_one_line_has_no_control_characters(text):
    line = one_line(text)
    assert line == one_line(line) and (line.isprintable() or not line)


@given(st.text(max_size=50), st.integers(5, 30))
def test_a_shortened_text_fits_and_keeps_its_ends(text, most):
    short = shortened(text, most)
    assert len(short) <= max(most, 1) and text.startswith(short[:2]) and text.endswith(short[-1:])


# JSON and hashes


@given(PLAIN)
def test_jsonable_values_survive_json(value):
    plain = jsonable(value)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert jsonable(plain) == plain


@given(st.dictionaries(NAMES, PLAIN, max_size=6), st.randoms())
def test_a_hash_does_not_depend_on_the_order_of_keys(words, random):
    items = list(words.items())
    random.shuffle(items)
    assert content_hash(dict(items)) == content_hash(words)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_hash_does_not_depend_on_how_a_whole_number_is_typed(n):
    assert content_hash({"n": n}) == content_hash({"n": float(n)}) == content_hash({"n": np.int64(n)})


@given(st.dictionaries(NAMES, FINITE, min_size=1, max_size=6), st.data())
def test_another_value_has_another_hash(words, data):
    name = data.draw(st.sampled_from(sorted(words)))
    other = data.draw(FINITE.filter(lambda x: x != words[name]))
    assert content_hash(words | {name: other}) != content_hash(words)


# conditions


FRAME = pd.DataFrame({"seed": range(12), "lr": [1e-3, 1e-2, np.nan] * 4, "method": list("abcd") * 3})


@given(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), st.integers(-2, 14))
def test_a_condition_keeps_what_python_would_keep(sign, bound):
    kept = [n for n in FRAME["seed"] if eval_sign(n, sign, bound)]
    if kept:
        assert where(FRAME, [f"seed{sign}{bound}"])["seed"].tolist() == kept
    else:
        with pytest.raises(ValueError, match="leaves no run"):
            where(FRAME, [f"seed{sign}{bound}"])


def eval_sign(n, sign, bound):
    """What the condition means, written another way."""
    return {"<": n - bound < 0, "<=": n - bound <= 0, ">": n - bound > 0, ">=": n - bound >= 0}.get(
        sign, (n == bound) == (sign == "=")
    )


@given(st.sets(st.sampled_from("abcd"), min_size=1), st.booleans())
def test_a_list_of_words_keeps_those_or_the_others(words, negated):
    text = f"method{'!=' if negated else '='}{','.join(sorted(words))}"
    expected = [n for n, method in enumerate(FRAME["method"]) if (method in words) != negated]
    if expected:
        assert where(FRAME, [text])["seed"].tolist() == expected


@given(st.text(max_size=15))
def test_any_text_is_a_condition_or_refused_in_one_line(text):
    try:
        where(FRAME, [text])
    except ValueError as error:
        assert "\n" not in one_line(str(error)) and str(error)


def test_infinity_is_null_in_json():
    assert jsonable({"x": math.inf, "y": [math.nan, np.float32(2)]}) == {"y": [None, 2]}
