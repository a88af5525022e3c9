"""The variational autoencoder: compiled epochs, schedules, bounds, devices, and its command line."""

import csv
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from models import MODELS
from numpy.testing import assert_allclose
from optae.cli.main import main
from places import TOP

import optae
from optae.engines.hardware import Hardware
from optae.engines.slices import slices
from optae.evaluation.confusion import Confusion, confusion
from optae.evaluation.elbo import elbo
from optae.evaluation.metrics import measure
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.spec import read_spec
from optae.methods import METHODS
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import Epochs, RuleModifiers
from optae.methods.first_order.loop import FirstOrder
from optae.methods.first_order.schedules import SCHEDULES
from optae.storage.run import load_run
from optae.storage.snapshots import read_snapshots
from optae.training.checkpoint import Checkpoint
from optae.training.trace import Trace

VAE = optae.Autoencoder([35, 6, 2], encoder="relu", bottleneck="gaussian")
WIDE, NARROW, HALF = (Hardware(precision) for precision in ("float64", "float32", "bfloat16"))


def train(model, x, method, epochs=3, **words):
    return optae.fit(optae.Problem(model, x, engine="jax", **words), method, max_iterations=epochs)


@pytest.mark.parametrize("name", ["adam", "shampoo", "soap", "muon"])
def test_compiled_epochs_walk_the_loops_path(name, x):
    """In fixed order, without noise and in float64: batch by batch what NumPy does."""
    model, rule = MODELS["deck-a"], METHODS[name](lr=0.01).rule
    compiled = train(model, x, Epochs(rule, 8, False, hardware=WIDE))
    loop = optae.fit(optae.Problem(model, x), FirstOrder(rule, 8, False), max_iterations=3)
    assert compiled.iterations == 3 and compiled.evaluations["grad"] == 3
    assert_allclose(compiled.theta, loop.theta, rtol=1e-9, atol=1e-9)
    assert compiled.operations == pytest.approx(loop.operations)


@pytest.fixture(scope="module")
def narrow(letters):
    """A compiled VAE run that several tests look at."""
    return train(VAE, letters.x, Epochs(fo.Adam(0.01), 8, hardware=NARROW), 6, heldout=letters.x[:10])


def test_an_epoch_is_a_row_and_the_best_value_is_that_of_the_best_vector(narrow, letters):
    losses = [row.loss for row in narrow.rows[1:-1]]
    assert len(losses) == 6 and narrow.value < narrow.rows[0].loss and narrow.seconds["compile"] > 0
    assert narrow.rows[-1].best == optae.Objective(VAE, letters.x, engine="jax")(narrow.theta)
    assert narrow.rows[-1].best < min(losses)  # an epoch's mean is of the weights on the way


def test_epochs_that_diverge_keep_the_start_or_a_better_vector():
    """One batch an epoch: its mean is the start's loss on another draw, the vector after it is far off."""
    data, lucky = optae.load_dataset("emoji:50"), 0
    model = optae.Autoencoder([400, 60, 30, 2], encoder="relu", decoder="relu", bottleneck="gaussian")
    for seed in (3, 5):
        problem = optae.Problem(model, data.x, engine="jax", seed=seed)
        found = optae.fit(problem, Epochs(fo.Adam(1.0), 128, hardware=NARROW), max_iterations=5)
        lucky += found.rows[1].loss < found.rows[0].loss
        assert found.status in ("diverged", "max_iterations") and np.isfinite(found.theta).all()
        assert found.rows[-1].best == problem.objective()(found.theta) <= found.rows[0].loss
        assert found.value == problem.referee()(found.theta) <= problem.referee()(problem.start())
    assert lucky, "no mean was lower than the start: nothing was tried"


def test_a_target_on_the_loss_is_one_on_the_vector_that_is_kept(narrow, letters):
    """Not on the epoch's mean, which is higher while the loss falls."""
    goal, method = narrow.rows[3].best, Epochs(fo.Adam(0.01), 8, hardware=NARROW)
    problem = optae.Problem(VAE, letters.x, engine="jax")
    found = optae.fit(problem, method, target=goal, max_iterations=6)
    assert (found.status, found.iterations) == ("target", 3)
    assert problem.objective()(found.theta) == goal < found.rows[-2].loss


class Slow(Epochs):
    """Epochs of at least 0.3 seconds."""

    def plan(self, problem, theta):
        plan = super().plan(problem, theta)
        return replace(plan, orders=(time.sleep(0.3) or order for order in plan.orders))


@pytest.mark.parametrize(("seconds", "epochs"), [(0.8, 2), (0.1, 1)])
def test_an_epoch_that_would_end_too_late_is_not_begun_but_the_first_one_is(seconds, epochs, letters):
    problem = optae.Problem(VAE, letters.x, engine="jax")
    found = optae.fit(problem, Slow(fo.Adam(0.01), 8, hardware=NARROW), max_seconds=seconds)
    assert found.status == "max_seconds" and 1 <= found.iterations <= epochs  # 1 of 2 on a busy machine
    assert epochs == 1 or found.seconds["solve"] <= seconds or found.iterations == 1


def test_many_points_are_measured_on_a_part_of_them(rng):
    problem = optae.Problem(VAE, rng.random((12_000, 35)), engine="jax")
    assert len(problem.yardstick().draw.x) == 2000
    found = optae.fit(problem, Epochs(fo.Adam(0.001), 128, hardware=NARROW), max_iterations=2)
    assert found.rows[-1].best == problem.yardstick()(found.theta) < problem.yardstick()(problem.start())
    few = optae.Problem(VAE, problem.x[:3999])
    assert few.yardstick() is few.objective()


def test_epochs_take_the_batches_of_the_paired_loop(x):
    """Shuffled, without noise and in float64, seed by seed, those of 2^32 and more among them."""
    model, rule = MODELS["deck-a"], fo.Adam(0.01)
    for seed in (5, 5 + 2**32):
        compiled = train(model, x, Epochs(rule, 8, hardware=WIDE), seed=seed)
        loop = optae.fit(optae.Problem(model, x, seed=seed), FirstOrder(rule, 8), max_iterations=3)
        assert_allclose(compiled.theta, loop.theta, rtol=1e-9)


def test_no_two_parts_of_an_epoch_draw_from_one_key(x, monkeypatch):
    """The order is the host's; every step's noise is from a key of its own, and every epoch's."""
    problem, keys = optae.Problem(VAE, x, engine="jax", seed=3), []
    from optae.engines import jax_epoch as epoch

    class Seen(epoch.Epoch):
        def __call__(self, carry, x, order, words, time):
            keys.append(tuple(words))
            return super().__call__(carry, x, order, words, time)

    monkeypatch.setattr(epoch, "Epoch", Seen)
    optae.fit(problem, Epochs(fo.Adam(0.0123), 8, hardware=NARROW), max_iterations=3)
    assert len(set(keys)) == 3 == len(keys)


def test_a_seed_gives_the_same_run_and_another_seed_another(narrow, x):
    again, other = (train(VAE, x, Epochs(fo.Adam(0.01), 8, hardware=NARROW), 6, seed=seed) for seed in (0, 1))
    assert (again.theta == narrow.theta).all() and again.seconds["compile"] == 0
    assert not np.allclose(other.theta, narrow.theta)


def test_half_the_digits_of_a_product_change_little(narrow, x):
    half = train(VAE, x, Epochs(fo.Adam(0.01), 8, hardware=HALF), 6)
    assert_allclose(half.rows[-1].best, narrow.rows[-1].best, rtol=0.02)
    assert not (half.theta == narrow.theta).all()


@pytest.mark.parametrize("transposed", [True, False])
@pytest.mark.parametrize(("half", "near"), [(True, 0.02), (False, 1e-6)])
def test_products_know_their_derivatives(half, near, transposed, rng):
    import jax

    from optae.engines.jax_products import Products

    a, b, g = (rng.standard_normal(shape).astype(np.float32) for shape in ((5, 4), (4, 3), (5, 3)))
    product, pull = jax.vjp(Products(half, transposed).dot, a, b)
    da, db = pull(jax.numpy.asarray(g))
    for ours, exact in ((product, a @ b), (da, g @ b.T), (db, a.T @ g)):
        assert ours.dtype == np.float32
        assert np.abs(np.asarray(ours) - exact).max() < near * np.abs(exact).max()


def test_the_short_softplus_is_jaxs_with_its_gradient():
    import jax

    from optae.engines.jax_products import Products

    for a in (-90.0, -3.0, -1e-3, 0.0, 2.0, 90.0):
        ours = jax.value_and_grad(lambda a: Products(False, True).logaddexp(a, 0.0))(a)
        assert_allclose(ours, jax.value_and_grad(lambda a: jax.numpy.logaddexp(a, 0.0))(a), 1e-6, 1e-30)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_stay_between_0_and_1(name):
    schedule = SCHEDULES[name]()
    factors = np.array([float(schedule(time, 10.0)) for time in np.linspace(0, 10, 101)])
    assert (factors >= 0).all() and (factors <= 1 + 1e-12).all() and factors.max() > 0.99
    assert not schedule.ends or factors[-1] < 1e-4
    if name != "one-cycle":
        warm = SCHEDULES[name](2.0)
        assert_allclose([float(warm(t, 10.0)) for t in (0.5, 1.0, 2.0)], [0.25, 0.5, 1.0], rtol=0.02, atol=0)


def test_words_around_a_rule(rng):
    grads = {"a": rng.standard_normal(5), "b": rng.standard_normal((2, 3))}
    clipped = RuleModifiers(clip=0.5).clipped(grads, np)
    assert_allclose(np.sqrt(sum((g**2).sum() for g in clipped.values())), 0.5)
    assert_allclose(clipped["b"] / grads["b"], clipped["a"][0] / grads["a"][0])
    assert all((RuleModifiers(clip=99).clipped(grads, np)[k] == grads[k]).all() for k in grads)
    assert [RuleModifiers(kl_warmup=4).weight(t, np) for t in (1, 4, 9)] == [0.25, 1.0, 1.0]
    assert RuleModifiers(SCHEDULES["linear"](), 4).paced(fo.Adam(0.1), 1.0, np) == fo.Adam(0.1 * 0.75)


def test_the_bound_is_the_loss_on_fresh_noise_and_tightens(letters):
    theta = VAE.init(3)
    one, many = (elbo(VAE, theta, letters.x, samples=k) for k in (1, 200))
    assert_allclose(one["negative_iwae"], one["negative_elbo"], rtol=0.02)
    assert many["negative_iwae"] < many["negative_elbo"]
    assert_allclose(many["negative_elbo"], many["misfit"] + many["divergence"])
    assert_allclose(many["negative_elbo"], optae.Problem(VAE, letters.x).referee(500)(theta), rtol=0.01)
    assert elbo(VAE, theta, letters.x, engine="jax", samples=200)["negative_iwae"] == pytest.approx(
        many["negative_iwae"], rel=1e-5
    )
    assert one["active_units"] == 2 and elbo(VAE, 0 * theta, letters.x)["active_units"] == 0


def test_looks_at_data_held_out(narrow):
    looks = narrow.heldout
    assert [look["iteration"] for look in looks] == [1, 2, 3, 4, 5, 6, 6]
    assert looks[-1]["negative_iwae"] < looks[-1]["negative_elbo"] < looks[0]["negative_elbo"]


def test_a_loss_of_many_data_is_evaluated_in_slices(x, monkeypatch):
    """On each engine, value and gradient alike; the metrics too."""
    theta = VAE.init(0)
    whole, metrics = optae.Objective(VAE, x).value_and_grad(theta), measure(VAE, theta, x)
    monkeypatch.setattr("optae.training.problem.MANY", 35 * 9)
    monkeypatch.setattr("optae.engines.slices.MANY", 35 * 9)
    for engine in ("numpy", "jax"):
        monkeypatch.setattr(f"optae.engines.{engine}.SLICE", 35 * 5)
        sliced = optae.Objective(VAE, x, engine=engine)
        assert_allclose(sliced(theta), whole[0], rtol=1e-12)
        assert_allclose(sliced.value_and_grad(theta)[1], whole[1], rtol=1e-9, atol=1e-12)
    assert measure(VAE, theta, x) == pytest.approx(metrics, rel=1e-12)
    assert len(slices(32, 35, 35 * 5)) == 7
    assert len(optae.Problem(VAE, x).referee().draw.x) == 32


CURVES = """
import json, numpy as np, optae
from optae.engines.hardware import Hardware
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import Epochs
x = optae.load_dataset("font2").x
model = optae.Autoencoder([35, 6, 2], bottleneck="gaussian")
for n in (1, 4):
    method = Epochs(fo.Adam(0.01), 8, hardware=Hardware("float32", "cpu", n))
    rows = optae.fit(optae.Problem(model, x, engine="jax"), method, max_iterations=5).rows
    print(json.dumps([row.loss for row in rows[1:-1]]))
"""


def test_the_same_batch_gives_the_same_curve_on_one_device_and_on_four():
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    out = subprocess.run(
        [sys.executable, "-c", CURVES],
        env={**os.environ, **flags},
        capture_output=True,
        text=True,
        check=True,
    )
    one, four = map(json.loads, out.stdout.splitlines())
    assert len(one) == 5
    assert_allclose(four, one, rtol=2e-4)


COMMAND = "from optae.cli.main import main; main()"
QUICK = ["train", "--model", "vae", "--dataset", "emoji:20", "--arch", "400,12,2", "--epochs", 3]


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_a_vae_on_the_command_line(here):
    words = ["--option", "lr=3e-3", "--schedule", "cosine:1", "--clip", 5]
    words += ["--kl-warmup", 1, "--kl-weight", 0.5, "--batch", 16, "--look", 2]
    result = run(*QUICK, *words, "--out", "r")
    assert result.exit_code == 0, result.output
    assert "nats per image" in result.stdout and "a pixel" in result.stdout
    record, stored = load_run("r").record, load_run("r")
    assert stored.model.bottleneck == optae.Gaussian(0.5) and stored.model.words["encoder"] == "relu"
    assert record["schedule"] == "cosine:1" and record["kl_warmup"] == 1 and record["engine"] == "jax"
    assert stored.experiment == Experiment.from_words({**record, **record["model"], **record["budget"]})
    assert stored.experiment.clip == 5 and stored.experiment.precision == "float32"
    with open("r/heldout.csv") as file:
        assert [row["iteration"] for row in csv.DictReader(file)] == ["2", "3"]
    table = run("table", "r", "--metric", "negative_elbo")
    assert table.exit_code == 0 and "-ELBO of held-out images" in table.stdout
    assert f"{record['heldout']['negative_elbo']:.4g}"[:5] in table.stdout
    assert stored.theta.shape == (stored.model.size,)
    pictures = {"curves", "reconstructions", "latent", "decoded", "samples", "traversal"}
    assert pictures == {path.stem for path in (here / "r").glob("*.png")}
    drawn = run("plot", "run", "r", "--out", "again")
    assert drawn.exit_code == 0, drawn.output
    assert {path.stem for path in Path("again").iterdir()} == pictures
    pytest.importorskip("sklearn", reason="the classifier is scikit-learn's")
    shown = run("confusion", "r")
    assert shown.exit_code == 0 and "reconstructions" in shown.stdout, shown.output
    assert (here / "r" / "confusion.png").is_file() and (here / "r" / "confused.png").is_file()
    assert run("confusion", "r", "--picture-format", "svg", "--out", "paper").exit_code == 0
    assert sorted(path.name for path in (here / "paper").iterdir()) == ["confused.svg", "confusion.svg"]


def test_two_hosts_give_the_curve_of_one(here):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        host = f"localhost:{free.getsockname()[1]}"
    words = [*QUICK, "--batch", 16, "--out"]
    both = [*map(str, words), "both", "--devices", "2", "--distributed"]
    pair = [subprocess.Popen([sys.executable, "-c", COMMAND, *both, f"{host},2,{i}"]) for i in (0, 1)]
    assert run(*words, "one").exit_code == 0
    assert [process.wait(120) for process in pair] == [0, 0]
    one, two = (load_run(name).trace["loss"] for name in ("one", "both"))
    assert len(one) == 5
    assert_allclose(two, one, rtol=2e-4)


@pytest.mark.parametrize(
    "words, message",
    [
        (["--schedule", "cosin"], "did you mean 'cosine'"),
        (["--precision", "float16"], "unknown precision"),
        (["--device", "gpu", "--batch", 16], "JAX finds no gpu"),
        (["--device", "npu"], "unknown device"),
        (["--distributed", "nowhere"], "write HOST:PORT,N,ID"),
        (["--devices", 64, "--batch", 64], "JAX finds"),
        (["--clip", -1], "--clip -1"),
        (["--kl-weight", -1], "kl_weight must be 0 or more"),
        (["--engine", "numpy"], "choose engine jax"),
        (["--method", "l-bfgs", "--precision", "float32"], "first-order methods with batches"),
        (["--loss", "mse"], "use bce or half_sse"),
        (["--model", "ae", "--kl-weight", 1], "for --model vae"),
        (["--noise", "flip:0.1", "--regime", "frozen", "--batch", 16], "leave out --precision"),
        (["--latent", "tanh"], "needs latent 'identity'"),
    ],
)
def test_combinations_without_compiled_epochs_are_refused(words, message, here):
    result = run(*QUICK, *words, "--out", "r")
    assert result.exit_code == 2 and message in result.stderr and result.stderr.count("\n") == 1, (
        result.output
    )
    assert not os.path.exists("r")


def test_a_batch_larger_than_the_data_is_the_data(here):
    for batch in (80, 999):
        assert run(*QUICK, "--batch", batch, "--out", str(batch)).exit_code == 0
    assert np.array_equal(load_run("80").theta, load_run("999").theta)


def test_a_confusion_is_counted_by_class(letters):
    actual, taken = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 0, 1])
    found = Confusion(("a", "b", "c"), actual, actual, taken, letters, letters.x)
    assert found.matrix.tolist() == [[1, 1, 0], [0, 1, 0], [2, 1, 0]]
    assert found.accuracy == (1.0, pytest.approx(1 / 3)) and found.pairs[0] == (0, 2, 2)
    with pytest.raises(ValueError, match="not classes"):
        confusion(VAE, VAE.init(0), letters)


class Killed(BaseException):
    pass


def test_a_killed_run_ends_as_if_it_had_not_been_killed(narrow, letters, tmp_path, monkeypatch):
    def fit():
        problem = optae.Problem(VAE, letters.x, engine="jax", heldout=letters.x[:10])
        kept = Checkpoint(tmp_path / "r.npz", 2, "mine")
        return optae.fit(
            problem, Epochs(fo.Adam(0.01), 8, hardware=NARROW), max_iterations=6, checkpoint=kept
        )

    offer = Trace.offer

    def dies(trace, value, theta):
        if trace.iterations == 5:
            raise Killed
        offer(trace, value, theta)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Trace, "offer", dies)
        fit()
    assert (tmp_path / "r.npz").is_file()
    again = fit()
    assert (again.theta == narrow.theta).all() and again.value == narrow.value
    assert [row[1:9] for row in again.rows] == [row[1:9] for row in narrow.rows]
    assert again.evaluations == narrow.evaluations and again.iterations == 6
    assert [look["negative_elbo"] for look in again.heldout] == [
        look["negative_elbo"] for look in narrow.heldout
    ]


def test_a_run_that_goes_on_begins_no_epoch_that_would_end_too_late(letters, tmp_path, monkeypatch):
    """After two epochs of 0.3 seconds or more, a third does not fit into 0.8."""
    problem, kept = optae.Problem(VAE, letters.x, engine="jax"), Checkpoint(tmp_path / "r.npz", 1, "mine")
    slow, keep = Slow(fo.Adam(0.01), 8, hardware=NARROW), Checkpoint.keep

    def dies(checkpoint, trace, leaves):
        keep(checkpoint, trace, leaves)
        if trace.iterations == 2:
            raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Checkpoint, "keep", dies)
        optae.fit(problem, slow, checkpoint=kept, max_iterations=9)
    again = optae.fit(problem, slow, checkpoint=kept, max_seconds=0.8)
    assert again.status == "max_seconds" and again.iterations == 2


def test_a_run_killed_by_the_system_ends_with_the_same_vector(here):
    """SIGKILL, twice, wherever it is just then; to the last bit of every number."""
    words = [*QUICK[:-1], 60, "--batch", 16, "--checkpoint", 1, "--out"]
    kept = here / "killed.checkpoint.npz"
    for _ in range(2):
        before = kept.stat().st_mtime_ns if kept.exists() else 0
        killed = subprocess.Popen([sys.executable, "-c", COMMAND, *map(str, words), "killed"])
        while killed.poll() is None and not (kept.exists() and kept.stat().st_mtime_ns > before):
            time.sleep(0.01)
        killed.kill()
        killed.wait()
        assert kept.exists() and not (here / "killed").exists(), "it was not killed in its midst"
    assert "going on from" in run(*words, "killed").stderr and not kept.exists()
    assert not run(*words, "whole").stderr
    whole, killed = load_run("whole"), load_run("killed")
    assert (killed.theta == whole.theta).all() and killed.record["value"] == whole.record["value"]
    for a, b in zip(read_snapshots(here / "killed"), read_snapshots(here / "whole"), strict=True):
        assert a.evaluations == b.evaluations and (a.theta == b.theta).all()


def test_checkpoints_that_do_not_fit_are_refused(here, tmp_path):
    words = [*QUICK, "--batch", 16, "--checkpoint", 1, "--out", "r"]
    assert "1 epoch or more" in run(*words, "--checkpoint", 0).stderr
    assert "compiled epochs" in run("train", "--arch", "35,2", "--checkpoint", 1).stderr
    (tmp_path / "r.checkpoint.npz").write_bytes(b"PK nothing")
    assert "is damaged" in run(*words).stderr
    facts = np.frombuffer(json.dumps({"owner": "somebody"}).encode(), dtype=np.uint8)
    np.savez(tmp_path / "r.checkpoint.npz", facts=facts)
    assert "belongs to another run" in run(*words).stderr and not (tmp_path / "r").exists()


def test_every_word_of_a_vae_is_an_axis_of_a_grid():
    words = {"bottleneck": "gaussian:0.5", "precision": "float32", "schedule": ["cosine:1", "linear"]}
    numbers = {"clip": 1.0, "kl_warmup": 2.0, "devices": 1, "device": "cpu", "max_iterations": 2}
    method = {"name": "adam", "batch": 16}
    found = grid(dataset="emoji:20", arch="400,2", engine="jax", method=method, **words, **numbers)
    assert [one.schedule for one in found] == ["cosine:1", "linear"]
    assert found[0].clip == 1.0 and found[0].bottleneck == "gaussian:0.5"
    draws = grid(dataset="font2", bottleneck="gaussian", method="l-bfgs", draws=[1, 8], max_seconds=1)
    assert [one.problem(one.data()).points for one in draws] == [32, 256]
    for name, wrong in (("precision", "half"), ("schedule", "cosin"), ("bottleneck", "gaussain")):
        with pytest.raises(ValueError, match="unknown"):
            grid(**{name: wrong})


@pytest.mark.parametrize("spec", ["vae_100.toml"])
def test_specs_of_the_long_runs_can_be_read(spec):
    path = TOP / "benchmarks" / spec
    assert len(read_spec(path).experiments) == 5
