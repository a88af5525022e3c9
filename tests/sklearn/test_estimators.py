"""The estimators keep scikit-learn's rules, train by any method, and take weights."""

import pickle
from itertools import product

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import optae
from optae import METHODS
from optae.sklearn import Autoencoder, MLPClassifier, MLPRegressor


@parametrize_with_checks(
    [
        Autoencoder((6,), method="lm", max_iter=5),
        MLPRegressor((10,), "tanh", max_iter=30),
        MLPClassifier((10,), max_iter=30),
    ]
)
def test_the_rules_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def numbers():
    """Data and numbers to predict, of sizes far from one."""
    return make_regression(40, 4, noise=0.1, random_state=0)


@pytest.fixture(scope="module")
def flowers():
    x, y = load_iris(return_X_y=True)
    return x, np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_trains_every_network_that_it_can(name, numbers, flowers):
    words = {"method": name, "max_iter": 2, "max_seconds": 0.2, "random_state": 0}
    words["engine"] = METHODS[name].engine
    x, y = numbers
    net = MLPRegressor((2,), "tanh", **words).fit(x, y)
    assert net.loss_ <= net.loss_curve_[0] and net.predict(x).shape == y.shape
    codes = Autoencoder((3,), 2, loss="mse", **words).fit_transform(flowers[0])
    assert codes.shape == (150, 2)
    if not name.startswith("least-squares"):  # which need residuals
        assert MLPClassifier((2,), **words).fit(*flowers).predict_proba(flowers[0]).shape == (150, 3)


def test_what_a_method_refuses_is_one_line(flowers):
    with pytest.raises(ValueError, match="needs residuals") as caught:
        MLPClassifier(method="least-squares-lm").fit(*flowers)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="did you mean 'adam'"):
        MLPClassifier(method="adm").fit(*flowers)


def test_a_classifier_in_a_pipeline_and_a_search_over_methods(flowers):
    search = GridSearchCV(
        make_pipeline(MinMaxScaler(), MLPClassifier((5,), max_iter=40, random_state=0)),
        {"mlpclassifier__method": ["l-bfgs-short", "lm", "adam:lr=0.05"]},
        cv=3,
    ).fit(*flowers)
    assert search.best_score_ > 0.9 and set(search.predict(flowers[0])) <= set(flowers[1])


def test_an_autoencoder_before_a_classifier_with_named_columns(flowers):
    encoder = Autoencoder((6,), 2, max_iter=50, random_state=0).set_output(transform="pandas")
    codes = encoder.fit_transform(flowers[0])
    assert list(codes.columns) == ["autoencoder0", "autoencoder1"]
    back = encoder.inverse_transform(codes.to_numpy())
    errors = encoder.reconstruction_error(flowers[0])
    assert np.allclose(errors, np.mean((back - flowers[0]) ** 2, axis=1))
    assert encoder.score(flowers[0]) == pytest.approx(-errors.mean())
    assert errors.mean() < np.var(flowers[0], axis=0).mean() / 2
    chain = make_pipeline(clone(encoder), MLPClassifier((5,), max_iter=50, random_state=0))
    assert chain.fit(*flowers).score(*flowers) > 0.8


def test_letters_are_taken_as_they_are_and_start_as_optae_s_own_run(letters):
    encoder = Autoencoder((6,), 2, method="lm", max_iter=3, random_state=5).fit(letters.x)
    problem = optae.Problem(optae.Autoencoder([35, 6, 2]), letters.x, seed=5)
    assert np.array_equal(encoder.theta_, optae.fit(problem, "lm", max_iterations=3).theta)
    assert not encoder.data_min_.any() and (encoder.data_range_ == 1).all()


@pytest.mark.parametrize(
    "kind, method",
    [
        *product([MLPRegressor, MLPClassifier, Autoencoder], ["l-bfgs-short", "lm", "trust-krylov"]),
        (MLPRegressor, "least-squares-trf"),
    ],
)
def test_a_weight_is_a_number_of_copies_also_where_it_is_no_whole_number(kind, method, numbers, flowers):
    x, y = numbers if kind is MLPRegressor else flowers
    weights = np.random.default_rng(0).integers(0, 4, len(x))
    net = kind((3,), method=method, max_iter=4, random_state=0)
    copies = clone(net).fit(x.repeat(weights, axis=0), y.repeat(weights)).theta_
    assert np.array_equal(copies, clone(net).fit(x, y, sample_weight=weights).theta_)
    assert np.allclose(copies, clone(net).fit(x, y, sample_weight=weights / 7).theta_, rtol=1e-6, atol=1e-9)
    assert not np.allclose(copies, clone(net).fit(x, y).theta_)


def test_the_loss_of_weighted_samples_is_their_weighted_mean(numbers):
    x, y = numbers
    weights = np.linspace(0.5, 2, len(x))
    net = MLPRegressor((3,), scale="none", max_iter=5, random_state=0).fit(x, y, sample_weight=weights)
    assert net.loss_ == pytest.approx(np.average((net.predict(x) - y) ** 2, weights=weights))


def test_weights_are_refused_where_the_loss_takes_none(letters, numbers):
    weights = np.arange(32.0)
    with pytest.raises(ValueError, match="sampled bottleneck"):
        Autoencoder(bottleneck="gaussian").fit(letters.x, sample_weight=weights)
    with pytest.raises(ValueError, match="compiled"):
        MLPRegressor((3,), method="powell-fast").fit(*numbers, sample_weight=np.arange(40.0))
    with pytest.raises(ValueError, match="must not be negative"):
        MLPRegressor().fit(*numbers, sample_weight=-np.ones(40))


def test_a_fit_goes_on_where_the_last_one_ended(numbers):
    net = MLPRegressor((3,), max_iter=3, warm_start=True, random_state=0)
    first = net.fit(*numbers).loss_
    assert net.fit(*numbers).loss_curve_[0] == pytest.approx(first) and net.loss_ < first


def test_several_targets_names_of_arrays_and_pickling(numbers):
    x, y = numbers
    net = MLPRegressor((3, 2), max_iter=5, random_state=0).fit(x, np.c_[y, -y])
    assert net.predict(x).shape == (40, 2) and net.n_outputs_ == 2
    assert [w.shape for w in net.coefs_] == [(4, 3), (3, 2), (2, 2)]
    assert [b.shape for b in net.intercepts_] == [(3,), (2,), (2,)]
    assert np.array_equal(pickle.loads(pickle.dumps(net)).predict(x), net.predict(x))
