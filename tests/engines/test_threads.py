"""Threads: how many BLAS has and what the record says, several fits in one process, a user's own errors."""

import json
import warnings
from dataclasses import replace
from threading import Barrier, Thread

import numpy as np
import pytest
from optae.cli.main import main
from threadpoolctl import threadpool_limits

import optae
from optae import METHODS, Autoencoder, Problem
from optae.engines.threads import blas, blas_names, limited
from optae.execution.jobs import run_job
from optae.execution.plan import plan
from optae.execution.verify import verify
from optae.experiments.grid import grid
from optae.storage.cells import write_cell
from optae.storage.run import load_run
from optae.training.quiet import quietly
from optae.training.thread_rule import LARGE, choose, largest

SMALL = Autoencoder([35, 20, 15, 2])
WIDE = Autoencoder([784, 512, 256, 2])


def together(*jobs):
    """Each in a thread of its own, and what went wrong in one."""
    errors = []

    def guarded(job):
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


@pytest.fixture
def two_threads():
    """As on a machine with two processors."""
    with threadpool_limits(2):
        yield


# the rule


@pytest.mark.parametrize(
    ("method", "options", "model", "n", "threads"),
    [
        ("lm", {}, SMALL, 32, 1),
        ("adam", {}, SMALL, 32, 1),
        ("adam", {"batch": 128}, WIDE, 10_000, 1),
        ("adam", {}, WIDE, 10_000, 2),
        ("l-bfgs", {}, WIDE, 10_000, 2),
        ("l-bfgs", {}, WIDE, 30_000, 1),  # in slices
        ("lm", {"solver": "samples"}, SMALL, 100, 1),  # factorisations gain nothing
    ],
)
def test_large_products_get_the_threads(method, options, model, n, threads, two_threads):
    problem = Problem(model, np.zeros((n, model.widths[0])))
    assert choose(METHODS[method](**options), problem) == threads


def test_the_largest_product_is_counted():
    problem = Problem(SMALL, np.zeros((32, 35)))
    assert largest(METHODS["adam"](), problem) == 2 * 32 * 35 * 20
    assert largest(METHODS["adam"](batch=8), problem) == 2 * 8 * 35 * 20
    assert largest(METHODS["lm"](), problem) == 2 * 32 * 35 * 20 < LARGE


def test_no_rule_raises_a_limit_from_outside():
    with threadpool_limits(1):
        problem = Problem(WIDE, np.zeros((10_000, 784)))
        assert choose(METHODS["adam"](), problem) == 1


# the limit


def test_a_limit_is_put_back_also_after_an_error(two_threads):
    with pytest.raises(RuntimeError), limited(1) as used:
        assert used == blas() == 1
        raise RuntimeError
    assert blas() == 2


def test_overlapping_limits_restore_the_limit_before(two_threads):
    first, second = limited(1), limited(2)
    assert first.__enter__() == 1 and second.__enter__() == 1
    first.__exit__(None, None, None)
    assert blas() == 2
    second.__exit__(None, None, None)
    assert blas() == 2


@pytest.mark.parametrize("engine", ["numpy", "autograd"])
def test_the_record_has_the_threads_that_the_run_used(engine, x, two_threads):
    seen = []
    problem = Problem(SMALL, x, engine=engine)
    words = {"max_iterations": 3, "on_progress": lambda _: seen.append(blas())}
    assert optae.fit(problem, METHODS["adam"](), **words).threads == {"threads": 1} and set(seen) == {1}
    seen.clear()
    result = optae.fit(problem, METHODS["adam"](), threads=2, **words)
    assert result.threads == {"threads": 2} and set(seen) == {2} and blas() == 2
    with pytest.raises(ValueError, match="threads 0: give 1 or more"):
        optae.fit(problem, METHODS["adam"](), threads=0, max_iterations=3)


def test_on_jax_the_record_has_xlas_threads_and_those_of_blas(x, two_threads, monkeypatch):
    monkeypatch.setenv("NPROC", "3")
    monkeypatch.setenv("XLA_FLAGS", "")
    result = optae.fit(Problem(SMALL, x, engine="jax"), METHODS["lm"](), max_iterations=1)
    assert result.threads == {"threads": 3, "blas_threads": 1}
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    assert optae.fit(Problem(SMALL, x, engine="jax"), METHODS["lm"](), max_iterations=1).threads == {
        "threads": 1
    }


def test_train_and_bench_follow_one_rule_and_obey(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    words = ["--method", "lm", "--arch", "35,6,2", "--max-iterations", "2", "--out"]
    with threadpool_limits(2):
        for name, flags in (("rule", []), ("two", ["--threads", "2"])):
            with pytest.raises(SystemExit, match="0"):
                main(["train", *flags, *words, str(tmp_path / name)])
    counts = [load_run(tmp_path / name).record["environment"]["threads"] for name in ("rule", "two")]
    assert counts == [1, 2]
    experiment = next(iter(grid(method="lm", arch="35,6,2", max_iterations=2)))
    job = plan([experiment], tmp_path / "cells").jobs[0]
    records = []
    for threads in (None, 2):
        with threadpool_limits(2):
            (files,) = run_job(replace(job, threads=threads))
        records.append(json.loads(files["run.json"]))
    assert [record["environment"]["threads"] for record in records] == [1, 2]
    write_cell(tmp_path / "cells", job.cell.name, files)
    again = verify(tmp_path / "cells" / job.cell.name)
    assert again.same_vector and again.again["environment"]["threads"] == 2


# several fits at once


def test_warnings_are_as_before_after_fits_that_overlap(x):
    """The first to start is the first to end, which is what leaves a filter behind."""
    before, both = list(warnings.filters), Barrier(2)

    def first():
        with quietly():
            both.wait()
        both.wait()

    def second():
        both.wait()
        with quietly():
            both.wait()

    together(first, second)
    assert warnings.filters == before


def test_overlapping_fits_hide_warnings_and_give_them_back(x):
    before = list(warnings.filters)

    def run(seed):
        def complain(_):
            warnings.warn("an overflow somewhere", RuntimeWarning, stacklevel=1)

        problem = Problem(Autoencoder([35, 4, 2]), x, seed=seed)
        optae.fit(problem, METHODS["adam"](), max_seconds=0.1 + 0.1 * seed, on_progress=complain)

    together(*(lambda seed=seed: run(seed) for seed in range(3)))
    assert warnings.filters == before
    with pytest.raises(RuntimeWarning):
        warnings.warn("an overflow", RuntimeWarning, stacklevel=1)
    assert np.geterr()["over"] != "ignore"


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_fits_in_threads_have_the_same_results_as_alone(engine, x):
    model, results = Autoencoder([35, 5, 2]), {}

    def run(seed):
        results[seed] = optae.fit(
            Problem(model, x, engine=engine, seed=seed), METHODS["l-bfgs"](), max_iterations=20
        )

    together(*(lambda seed=seed: run(seed) for seed in range(3)))
    for seed, result in results.items():
        alone = optae.fit(Problem(model, x, engine=engine, seed=seed), METHODS["l-bfgs"](), max_iterations=20)
        assert (result.theta == alone.theta).all() and min(result.seconds.values()) >= 0


# a user's error is the user's


class Mine(ValueError):
    """What a user's callback raises."""


@pytest.mark.parametrize(
    "method", ["adam", "l-bfgs", "powell", "cobyqa", "least-squares-trf", "lm", "dual-annealing"]
)
@pytest.mark.parametrize("error", [Mine("mine"), RuntimeError("mine"), StopIteration("mine")], ids=repr)
def test_an_exception_in_on_progress_is_raised(method, error, x):
    def look(_):
        raise error

    problem = Problem(Autoencoder([35, 3], loss="half_sse"), x)
    with pytest.raises(type(error), match="mine"):
        optae.fit(problem, METHODS[method](), max_seconds=1, on_progress=look)


def test_ctrl_c_in_on_progress_still_ends_the_run(x):
    def look(trace):
        if trace.iterations:
            raise KeyboardInterrupt

    assert (
        optae.fit(Problem(SMALL, x), METHODS["adam"](), max_seconds=1, on_progress=look).status
        == "interrupted"
    )


def test_blas_is_named_with_version_and_kernels_and_each_once(monkeypatch):
    one = {"user_api": "blas", "internal_api": "openblas", "version": "0.3.30", "architecture": "Haswell"}
    pools = [
        one,
        {**one, "version": "0.3.29"},
        one,
        {"user_api": "openmp", "internal_api": "openmp", "version": None},
    ]
    bare = {"user_api": "blas", "internal_api": "mkl", "version": None}
    monkeypatch.setattr("threadpoolctl.threadpool_info", lambda: [*pools, bare])
    assert blas_names.__wrapped__() == "mkl, openblas 0.3.29 Haswell, openblas 0.3.30 Haswell"
