import numpy as np
import pytest
from models import MODELS

from optae import load_dataset


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
def rng():
    return np.random.default_rng(0)
