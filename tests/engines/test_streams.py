"""Every stream of random numbers is itself: of any seed, and of any number."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

import optae
from optae.engines import streams
from optae.engines.streams import stream, words
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell

NUMBERS = {
    name: number
    for name, number in vars(streams).items()
    if name.isupper() and name not in ("NUMBERING", "SMALL", "LARGEST")
}
SEEDS = [*range(20), *(7 + 2**32 * k for k in range(1, 14)), 2**32, 2**64, 2**96 + 1, 2**127, 2**128 - 1]
SEEDS += [2**32 - 1, 2**33]
# Of plain recipes, by the code before the streams were numbered.
HASHES = {
    "f3bf926d2e2a9085": {},
    "412a45d8a5199281": {"method": "lm", "target": "max_pixel_error=0"},
    "aed7b4bf342a9a5e": {"method": "powell", "arch": [35, 2], "seed": 3, "max_iterations": 5},
    "fb7cd61293487a92": {
        "method": "adam",
        "options": {"batch": 8, "lr": 0.003},
        "engine": "jax",
        "seed": 1,
    },
    "cc2da7811eef7a99": {"method": "l-bfgs", "noise": "flip:0.1", "regime": "frozen", "copies": 3},
    "1d5941e8448a763e": {"method": "adam", "noise": "flip:0.1", "options": {"batch": 16}},
    "a4d53f385986a957": {"method": "adam", "precision": "float32", "engine": "jax"},
    "aa84ea532a08c1dd": {"method": "l-bfgs", "bottleneck": "gaussian", "draws": 4, "seed": 2**32 - 1},
}
RENUMBERED = {
    "e7a92364a98c85eb": {"method": "basin-hopping"},
    "6bf1d99d3373f6e6": {"method": "dual-annealing"},
    "d911bda48bd94fdd": {"method": "differential-evolution"},
    "eb2fde70057285d9": {
        "method": "adam",
        "precision": "float32",
        "engine": "jax",
        "options": {"batch": 8},
        "bottleneck": "gaussian",
    },
    "78d7343000a158fb": {"seed": 7 + 2**32},
}


def named(recipe):
    experiment = Experiment.from_words(recipe)
    return cell(experiment, experiment.data())


def test_no_two_streams_are_alike():
    """Of 40 seeds, every number and some of its parts; as generators and as the words of a key."""
    assert len(SEEDS) == len(set(SEEDS)) == 40 and len(set(NUMBERS.values())) == len(NUMBERS)
    parts = [(number, *part) for number in NUMBERS.values() for part in ((), (1,), (2,), (1, 1), (100_000,))]
    parts = [part for part in parts if part[0] or len(part) == 1]  # a start has no parts
    drawn = {(seed, part): stream(seed, *part).bytes(16) for seed in SEEDS for part in parts}
    assert len(set(drawn.values())) == len(drawn)
    keys = {words(seed, *part).tobytes() for seed, part in drawn}
    assert len(keys) == len(drawn) and all(len(key) == 8 for key in keys)


def test_small_seeds_keep_their_first_streams():
    """The start, the frozen, fresh and refereeing draws and restarts are those of the first numbering."""
    for seed in (0, 7, 2**32 - 1):
        assert stream(seed, streams.START).bytes(16) == np.random.default_rng(seed).bytes(16)
        for part in ((1,), (1, 0), (1, 5), (2,), (3,), (4, 9)):
            assert stream(seed, *part).bytes(16) == np.random.default_rng([seed, *part]).bytes(16)


def test_part_0_is_the_stream_itself():
    for seed in (3, 3 + 2**32):
        assert stream(seed, streams.FROZEN, 0).bytes(9) == stream(seed, streams.FROZEN).bytes(9)


@pytest.mark.parametrize("seed", [-1, 2**128, 1.5, True, "1"])
def test_an_invalid_seed_is_refused_in_one_sentence(seed, x):
    model = optae.Autoencoder([35, 2])
    for ask in (lambda: model.init(seed), lambda: optae.Problem(model, x, seed=seed)):
        with pytest.raises(ValueError, match=r"give a whole number from 0 to below 2\^128"):
            ask()


def test_a_seed_of_many_bits_trains(x):
    """And does not meet the noise of a smaller one."""
    model, large = optae.Autoencoder([35, 4, 2], bottleneck="gaussian"), 7 + 2**32
    found = optae.fit(optae.Problem(model, x, seed=large), optae.METHODS["adam"](batch=8), max_iterations=2)
    assert found.status == "max_iterations"
    noise = optae.Problem(model, x, seed=7).objective().draw.eps
    assert abs(np.corrcoef(model.init(large)[: noise.size], noise.ravel())[0, 1]) < 0.5


@pytest.mark.parametrize("method", ["basin-hopping", "dual-annealing", "differential-evolution"])
def test_a_method_that_draws_does_not_draw_its_start_again(method, x, monkeypatch):
    """Basin-hopping's first hop was the start, halved."""
    problem, seen = optae.Problem(optae.Autoencoder([35, 2]), x), []
    verb = {"basin-hopping": "basinhopping"}.get(method, method.replace("-", "_"))

    def spy(*_, rng, **__):
        seen.append(rng.uniform(-1, 1, problem.model.size))
        return OptimizeResult(message="", success=True, nit=0)

    monkeypatch.setattr(f"scipy.optimize.{verb}", spy)
    optae.fit(problem, optae.METHODS[method](), max_iterations=1)
    start = np.random.default_rng(0).uniform(-1, 1, problem.model.size)
    assert abs(np.corrcoef(seen[0], start)[0, 1]) < 0.3


def test_plain_recipes_keep_their_names():
    for name, recipe in HASHES.items():
        found = named(recipe)
        assert found.name == name and "streams" not in found.identity


def test_recipes_whose_random_numbers_changed_say_so():
    for name, recipe in RENUMBERED.items():
        found = named(recipe)
        assert found.name != name and found.identity["streams"] == streams.NUMBERING


def test_only_one_file_makes_generators():
    """But statistics, whose resampling takes a seed of its own."""
    room = Path(optae.__file__).parent
    made = re.compile(r"default_rng\(|SeedSequence\(|random\.key\(|PRNGKey\(|np\.random\.(?:seed|rand)")
    found = [p for p in room.rglob("*.py") if made.search(p.read_text()) and p.parent.name != "statistics"]
    assert found == [room / "engines" / "streams.py"]
