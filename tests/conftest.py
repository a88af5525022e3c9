import os

import numpy as np
import pytest
from hypothesis import settings
from models import MODELS
from threadpoolctl import threadpool_limits

from optae import load_dataset

os.environ["OPTAE_COMPILE_CACHE"] = "off"  # each test compiles for itself
settings.register_profile("tests", derandomize=True, deadline=None, database=None)
settings.register_profile("nightly", max_examples=100_000, deadline=None, database=None)
settings.load_profile("tests")


def pytest_configure():
    """Test workers side by side have one BLAS thread each, so that they do not fight."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        threadpool_limits(1)


@pytest.fixture
def moments(request):
    """How many moments to send a signal at: a few, or 30 of a nightly run."""
    nightly = request.config.getoption("--hypothesis-profile") == "nightly"
    return lambda few: 30 if nightly else few


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


@pytest.fixture(scope="session")
def letters():
    return load_dataset("font2")


@pytest.fixture
def x(letters):
    return letters.x


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rng():
    return np.random.default_rng(0)
