"""Streams of random numbers: each has a number here, and no other module makes a generator.

A stream is derived from a run's seed, its own number and, where it has parts, the number of the part, by
NumPy's SeedSequence. Two streams are alike only where all of these are. Statistics alone resample by a seed
of their own, which has nothing to do with a run's.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

NUMBERING = 2  # of the streams below; a record that does not say has 1, before this file was written
START = 0  # the first vector
FROZEN, FRESH, REFEREE = 1, 2, 3  # a method's frozen draw, its epochs' draws, the referee's draw
RESTART = 4  # part k: the start after the k-th restart of a method of ours
DENOISING = 5  # part: the level in millionths; fresh noise on which stored runs are scored
ELBO = 6  # a variational model's bounds
DEVICE = 7  # part: the epoch; noise that compiled epochs draw on the device
HOPPING, ANNEALING, EVOLUTION = 8, 9, 10  # what SciPy's global methods draw
CHECK, GRADES = 11, 12  # points and directions at which derivatives are compared
CONFUSION = 13  # the classifier of `optae confusion`, and the images that it learns from
EMOJI, EMOJI_HELDOUT = 14, 15  # pictures of a generated data set
SAMPLES, SLICES, MIXTURES = 16, 17, 18  # what pictures and pages show: new codes, directions, mixed codes
SUBSETS = 19  # where searches for the letters that are most alike or unlike start
SELF_TEST = 20  # where a compiled exponential is compared with the system's

SMALL, LARGEST = 2**32, 2**128  # seeds of one word; seeds that are too long


def stream(seed: int, number: int, *part: int) -> np.random.Generator:
    """Return the generator of a stream, or of one `part` of it; part 0 is the stream itself.

    Raises ValueError for a seed below 0 or from 2^128.
    """
    return np.random.default_rng(sequence(seed, number, *part))


def words(seed: int, number: int, *part: int) -> np.ndarray:
    """Return the same stream's two 32-bit words, of which JAX makes a key."""
    return sequence(seed, number, *part).generate_state(2)


def sequence(seed: int, number: int, *part: int) -> np.random.SeedSequence:
    """Return what a stream is derived from.

    Up to four words of 32 bits, (seed, number, part), fill a SeedSequence's pool. A seed from 2^32 may take
    all four; there, number and part follow as a spawn key, so that no smaller seed has the same words.
    """
    seed = check_seed(seed)
    while part and not part[-1]:
        part = part[:-1]
    if seed < SMALL:
        return np.random.SeedSequence([seed, number, *part])
    return np.random.SeedSequence(seed, spawn_key=(number, *part))


def numbering_of(record: Mapping[str, Any]) -> int:
    """Return the numbering of the streams that a stored run drew from."""
    return int(record.get("streams", 1))


def check_seed(seed: int) -> int:
    """Return the seed as Python's integer. Raises ValueError for what is not a whole number in [0, 2^128)."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < LARGEST:
        raise ValueError(f"seed {seed!r}: give a whole number from 0 to below 2^128")
    return int(seed)
