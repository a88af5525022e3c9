"""What XLA has compiled is read again in a second run, and a broken folder costs a warning at most."""

import warnings

import numpy as np
import pytest

from optae.engines import compile_cache
from optae.execution import workers
from optae.storage.environment import environment

jax = pytest.importorskip("jax")
cached = pytest.importorskip("jax.experimental.compilation_cache.compilation_cache")
OPTIONS = (
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache; JAX's options and the counts are as before afterwards."""
    before = {name: getattr(jax.config, name) for name in OPTIONS}
    monkeypatch.setattr(compile_cache, "COUNTS", {})
    cached.reset_cache()
    yield tmp_path / "compiled"
    for name, value in before.items():
        jax.config.update(name, value)
    cached.reset_cache()


def run(folder):
    """Compile a function as a new process would, and return its value and the counts so far."""
    compile_cache.keep(folder)
    from optae.engines.jax import Compiled

    def curve(x):
        return jax.numpy.tanh(x) @ x + 17.25

    found = Compiled(curve)(np.arange(5.0))
    return float(found), compile_cache.facts().get("compile_cache")


def test_a_second_run_reads_what_the_first_has_compiled(folder):
    assert compile_cache.facts() == {} and compile_cache.described() == ""
    value, counts = run(folder)
    assert counts == {"read": 0, "compiled": 1} and compile_cache.described() == ""
    assert len(list(folder.glob("????????/*-cache"))) == 1
    again, counts = run(folder)
    assert again == value and counts == {"read": 1, "compiled": 1}
    assert compile_cache.described() == "partly from the cache"
    assert environment()["compile_cache"] == counts


def test_a_broken_file_is_compiled_again_with_a_warning_at_most(folder):
    value, _ = run(folder)
    for path in folder.glob("????????/*-cache"):
        path.write_bytes(b"broken")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        again, counts = run(folder)
    assert again == value and counts["read"] == 0
    assert all("compilation cache" in str(one.message) for one in told)


def test_a_folder_that_cannot_be_made_costs_a_warning_at_most(folder):
    folder.write_text("a file")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert run(folder)[0] == pytest.approx(float(np.tanh(np.arange(5.0)) @ np.arange(5.0) + 17.25))
    assert all("cache" in str(one.message) for one in told)


def test_the_users_own_cache_stays(folder, tmp_path):
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "own"))
    run(folder)
    assert not folder.exists() and list((tmp_path / "own").glob("*-cache"))


def test_workers_of_grids_always_compile(monkeypatch):
    monkeypatch.setattr(workers, "limit_threads", lambda threads: None)
    monkeypatch.setattr(workers, "parent_process", lambda: None)
    monkeypatch.setattr(workers.signal, "signal", lambda *_: None)
    monkeypatch.setenv("JAX_ENABLE_COMPILATION_CACHE", "true")
    workers.settle(1)
    assert workers.os.environ["JAX_ENABLE_COMPILATION_CACHE"] == "false"
