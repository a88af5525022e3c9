"""Numbered streams of random numbers; no other module makes a generator.

NumPy's SeedSequence derives a stream from a run's seed, the stream's number and, if it has parts, the part's
number. Two streams are equal only if all of these are. The exception is resampling in `statistics`, which
uses a separate seed that does not depend on a run's.
"""

import numpy as np

from ..text import Record

NUMBERING = 2  # the version of this numbering; records without one have version 1, which predates this file
START = 0  # the first vector
FROZEN, FRESH, REFEREE = 1, 2, 3  # a method's frozen draw, its epochs' draws, the referee's draw
RESTART = 4  # part k: the start after the k-th restart
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
OWN = 21  # what a user's own method draws
HOLDOUT = 22  # which samples are held out
RACE = 23  # part: the round; its problem in `optae choose`
TUNING = 24  # the trials of `optae tune`
CURVATURE = 25  # the vectors that `optae curvature` begins with
CURVES = 26  # the points of generated curves

SMALL, LARGEST = 2**32, 2**128  # seeds of one word; seeds that are too long


def stream(seed: int, number: int, *part: int) -> np.random.Generator:
    """Return the generator of a stream, or of one of its parts; part 0 is the stream itself.

    Raises ValueError for a seed below 0 or from 2^128.
    """
    return np.random.default_rng(sequence(seed, number, *part))


def words(seed: int, number: int, *part: int) -> np.ndarray:
    """Return two 32-bit words of a stream, from which JAX makes a key."""
    return sequence(seed, number, *part).generate_state(2)


def sequence(seed: int, number: int, *part: int) -> np.random.SeedSequence:
    """Return the seed sequence of a stream.

    A SeedSequence's pool holds four words of 32 bits, which seed, number and part fill. A seed of 2^32 or
    more can take all four; its number and part go into the spawn key, so no smaller seed has the same words.
    """
    seed = check_seed(seed)
    while part and not part[-1]:
        part = part[:-1]
    if seed < SMALL:
        return np.random.SeedSequence([seed, number, *part])
    return np.random.SeedSequence(seed, spawn_key=(number, *part))


def numbering_of(record: Record) -> int:
    """Return the numbering of the streams that a stored run drew from."""
    return int(record.get("streams", 1))


def check_seed(seed: int) -> int:
    """Return the seed as a Python integer. Raises ValueError unless it is a whole number in [0, 2^128)."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < LARGEST:
        raise ValueError(f"seed {seed!r}: give a whole number from 0 to below 2^128")
    return int(seed)
