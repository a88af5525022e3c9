"""Options of methods: whatever is typed, two iterations run, or one line says why not before a run begins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optae import METHODS, Autoencoder, Problem, fit
from optae.methods.scipy_options import WORDS

FEW = settings(max_examples=max(1, settings.default.max_examples // 8))  # runs are dear
X = (np.random.default_rng(0).random((6, 4)) > 0.5).astype(float)
EDGES = [0.0, 1.0, -1.0, 0.25, 0.5, 1e-5, 1e-300, 1e300, 3.0, -5.0, float("nan"), float("inf")]
NUMBERS = st.sampled_from(EDGES) | st.floats() | st.integers()
WHOLE = st.integers() | st.integers(0, 50) | st.integers(0, 20).map(float)


def wild(name, default):
    """Any value of an option, the sensible ones often."""
    if isinstance(default, bool):
        return st.booleans() | st.none()
    if isinstance(default, str):
        return st.text(max_size=6) | st.sampled_from(WORDS.get(name, ("auto",)))
    return (WHOLE | st.none()) if default is None or isinstance(default, int) else NUMBERS


def problem(method):
    model = Autoencoder([4, 2], loss="half_sse" if method.startswith("least") else "bce")
    return Problem(model, X, engine=METHODS[method].engine)


@pytest.mark.parametrize("method", METHODS)
@FEW
@given(data=st.data())
def test_options_drawn_wildly_run_two_iterations_or_are_refused_in_one_line(method, data):
    known = METHODS[method].options
    chosen = data.draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=2, unique=True))
    options = {name: data.draw(wild(name, known[name])) for name in chosen}
    try:
        made = METHODS[method](**options)
    except ValueError as error:
        assert str(error) and "\n" not in str(error)
        return
    if made.refuses(problem(method)):
        return
    if method != "powell-fast" and METHODS[method].engine != "jax":  # which are compiled for each value
        found = fit(problem(method), made, max_iterations=2, max_seconds=5)
        assert found.status not in ("failed", "max_seconds"), (options, found.message)


@pytest.mark.parametrize(
    "method, options, words",
    [
        ("trust-krylov", {"eta": 0.5}, r"eta=0.5: give a number in \[0, 0.25\)"),
        ("trust-krylov", {"max_trust_radius": 0.0}, "max_trust_radius=0"),
        ("trust-exact", {"initial_trust_radius": 1000.0}, "initial_trust_radius=1000: give a number below"),
        ("trust-exact", {"initial_trust_radius": 1e-300}, "initial_trust_radius=1e-300"),
        ("dual-annealing", {"visit": 1.0}, r"visit=1: give a number in \(1, 3\]"),
        ("dual-annealing", {"initial_temp": -1.0}, "initial_temp=-1"),
        ("dual-annealing", {"bound": 0.0}, "bound=0"),
        ("differential-evolution", {"strategy": "foo"}, "unknown strategy 'foo': choose one of best1bin"),
        ("differential-evolution", {"popsize": 10**6}, r"popsize=1000000: give a number in \[1, 1000\]"),
        ("l-bfgs", {"maxls": 0}, "maxls=0"),
        ("l-bfgs", {"maxcor": 10**4}, "maxcor=10000"),
        ("l-bfgs", {"maxcor": 10**23}, "maxcor=100000000000000000000000: give a whole number up to"),
        ("bfgs", {"c1": 0.95}, "c1=0.95: give a number below c2, which is 0.9"),
        ("cg", {"c2": 1e-4}, "c1=0.0001: give a number below c2"),
        ("newton-cg", {"c2": 1.0}, "c2=1"),
        ("cobyqa", {"final_tr_radius": 2.0}, "final_tr_radius=2: give a number at most initial_tr_radius"),
        ("powell", {"xtol": -1.0}, "xtol=-1"),
        ("least-squares-lm", {"ftol": 0.0}, "ftol=0"),
        ("least-squares-trf", {"loss": "exact"}, "unknown loss 'exact'"),
        ("basin-hopping", {"stepsize": -1.0}, "stepsize=-1"),
        ("lm", {"patience": 2**63}, "patience=9223372036854775808: give a whole number"),
        ("adam", {"batch": True}, "batch=True"),
        ("adam", {"lr": 10**400}, "give a number such as"),
    ],
)
def test_an_option_out_of_range_is_refused_before_anything_runs(method, options, words):
    with pytest.raises(ValueError, match=words):
        METHODS[method](**options)


@pytest.mark.parametrize("method", METHODS)
def test_a_methods_own_defaults_are_in_range(method):
    assert METHODS[method](**METHODS[method].options) == METHODS[method]()
