"""A folder in which XLA keeps what it has compiled, so that a second run of the same shapes starts at once.

Seconds of compiling are then those of reading, so a record says how many functions were read and how many
were compiled. Workers of grids do not use it, so that their seconds are comparable.
"""

import os
import platform
from functools import cache
from hashlib import sha256
from pathlib import Path

NEVER = {"JAX_ENABLE_COMPILATION_CACHE": "false"}  # the environment of a process that always compiles
EVENTS = {"/jax/compilation_cache/cache_hits": "read", "/jax/compilation_cache/cache_misses": "compiled"}
COUNTS: dict[str, int] = {}  # of this process, by the words of `EVENTS`; empty until `keep`
DIGITS = 8  # of the processor's digest


def keep(folder: Path) -> None:
    """Keep compiled functions of every length in a folder, apart for each kind of processor.

    A cache that the user has set for JAX stays. One that cannot be read or written leads to a warning.
    """
    import jax

    _listen()
    for word in EVENTS.values():
        COUNTS.setdefault(word, 0)
    options: dict[str, object] = {
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    if jax.config.values["jax_compilation_cache_dir"] is None:
        options["jax_compilation_cache_dir"] = str(folder / _processor())
    for name, value in options.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]


def facts() -> dict[str, dict[str, int]]:
    """Return how many functions this process has read and compiled, if it keeps them."""
    return {"compile_cache": dict(COUNTS)} if any(COUNTS.values()) else {}


def described() -> str:
    """Return in words where this process's compiled functions came from, or empty if it compiled all."""
    if not COUNTS.get("read"):
        return ""
    return "from the cache" if not COUNTS["compiled"] else "partly from the cache"


@cache
def _listen() -> None:
    import jax

    jax.monitoring.register_event_listener(_count)


def _count(event: str, **_: object) -> None:
    if event in EVENTS:
        COUNTS[EVENTS[event]] += 1


def _processor() -> str:
    """Return a digest of the processor's abilities: code compiled for one may not run on another."""
    known = platform.machine() + platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        known += next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return sha256(known.encode()).hexdigest()[:DIGITS]
