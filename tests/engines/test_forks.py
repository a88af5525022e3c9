"""JAX in a process that was forked after JAX had started is refused, as it would wait forever."""

import os

import pytest

from optae.engines import jax as engine
from optae.experiments.experiment import Experiment


@pytest.mark.parametrize("words", [{}, {"precision": "float32", "options": {"batch": 8}}])
def test_jax_in_a_forked_process_is_refused_in_a_sentence(words, monkeypatch):
    monkeypatch.setattr(engine.HOME, "process", os.getpid() + 1)  # the parent's
    words = {"arch": [35, 4, 2], "max_iterations": 1, "engine": "jax", **words}
    with pytest.raises(ValueError, match=r'before this process was forked.*"spawn".*engine numpy'):
        Experiment.from_words(words).run()
    assert Experiment(arch=(35, 4, 2), max_iterations=1).run().iterations == 1
