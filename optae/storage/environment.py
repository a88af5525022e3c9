"""The environment that a result depends on: versions, processor, threads, code."""

import os
import platform
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from ..engines.compile_cache import facts as compile_cache
from ..engines.threads import blas, blas_names

LIBRARIES = ("optae", "numpy", "scipy", "autograd", "jax", "jaxlib", "optax", "numba", "torch")


def environment() -> dict[str, object]:
    """Return the facts of this machine and process for a record."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": blas(),
        "blas": blas_names(),
        "versions": _versions(),
        "code": code(),
        **compile_cache(),
    }


@cache
def code() -> str:
    """Return 8 hex digits of the library's own files, which are equal for equal versions of the code."""
    files = sorted(Path(__file__).parent.parent.rglob("*.py"))
    return sha256("\0".join(file.read_text(encoding="utf-8") for file in files).encode()).hexdigest()[:8]


@cache
def _versions() -> dict[str, str]:
    installed = {name: _version(name) for name in LIBRARIES}
    return {name: version for name, version in installed.items() if version}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
