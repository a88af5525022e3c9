"""A long pass is taken in pieces, which change nothing but when Python can answer."""

import signal
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import optae
from optae.engines import jax_epoch
from optae.engines.hardware import Hardware
from optae.engines.jax_epoch import Epoch
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import Epochs

VAE = optae.Autoencoder([12, 8, 2], encoder="relu", bottleneck="gaussian")
ADAM = Epochs(fo.Adam(0.01), 3, hardware=Hardware("float32"))


@pytest.fixture
def pieces(monkeypatch):
    """The bounds of every piece so far."""
    seen, end = [], Epoch._end

    def ended(self, begun, *rest):
        seen.append((begun, end(self, begun, *rest)))
        return seen[-1][1]

    monkeypatch.setattr(Epoch, "_end", ended)
    return seen


def trained(model, method, steps=7, epochs=3):
    x = np.random.default_rng(0).random((3 * steps, 12))
    return optae.fit(optae.Problem(model, x, engine="jax"), method, max_iterations=epochs)


def test_pieces_take_the_steps_of_the_whole_bit_for_bit(pieces, monkeypatch):
    found = []
    for seconds in (0.0, 1e3):
        monkeypatch.setattr(jax_epoch, "PIECE", seconds)
        found.append(trained(VAE, ADAM))
    single, whole = found
    assert pieces[:7] == [*pairwise(range(8))] and pieces[-1] == (0, 7) and len(pieces) > 21
    assert_array_equal(single.theta, whole.theta)
    assert [row.loss for row in single.rows] == [row.loss for row in whole.rows]


def test_the_first_piece_is_a_step_and_the_others_last_as_long_as_asked(pieces, monkeypatch):
    monkeypatch.setattr(jax_epoch, "PIECE", 0.02)
    trained(
        optae.Autoencoder([12, 9, 2]), ADAM, steps=20_000, epochs=1
    )  # a network of its own: not timed yet
    assert pieces[0] == (0, 1) and 3 <= len(pieces) < 20_000
    assert [begun for begun, _ in pieces[1:]] == [ended for _, ended in pieces[:-1]]
    assert pieces[-1][1] == 20_000


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer for signals")
def test_ctrl_c_ends_a_long_epoch_before_its_end(pieces, monkeypatch):
    """A signal comes a tenth of a second after the first piece of an epoch of several seconds."""
    monkeypatch.setattr(jax_epoch, "PIECE", 0.05)
    compile_ = Epoch._compile

    def compiled(self, *arguments):
        run = compile_(self, *arguments)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        return run

    monkeypatch.setattr(Epoch, "_compile", compiled)
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        found = trained(optae.Autoencoder([12, 10, 2]), ADAM, steps=200_000, epochs=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert found.status == "interrupted" and found.iterations == 0
    assert 1 <= pieces[-1][1] < 200_000
