"""Networks with every part that can be exported, at random vectors."""

import pytest

from optae import MLP, Autoencoder
from optae.model.standard import Standard

NETWORKS = {
    "all kinds": Autoencoder(
        [7, 6, 2], encoder="leaky-relu:0.1", latent="tanh", decoder="softplus", output="logistic:1.6"
    ),
    "linear": Autoencoder(
        [7, 6, 5, 2], encoder="relu", latent="identity:0.5", output="identity", bias=False, loss="mse"
    ),
    "vae": Autoencoder([7, 6, 3], bottleneck="gaussian:0.5"),
    "classes": MLP([7, 5, 4], loss="cross_entropy", standard_x=Standard((0.5,) * 7, (2.0,) * 7)),
    "yes or no": MLP([7, 5, 1], hidden="relu", loss="bce", output="logistic:2"),
    "numbers": MLP([7, 5, 4, 2], hidden="logistic", standard_y=Standard((1.0, -20.0), (3.0, 5.0))),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    """A network, and the output that any other program must give."""
    return NETWORKS[request.param]


@pytest.fixture
def theta(network, rng):
    return network.init(0) + 0.3 * rng.standard_normal(network.size)


@pytest.fixture
def many(rng):
    """10,000 inputs."""
    return rng.random((10_000, 7))
