"""What a Dask cluster lacks is said in a sentence, within seconds."""

import re
from concurrent.futures import CancelledError, Future
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from optae import __version__ as HERE
from optae.execution import cluster as clusters


class FakeCluster:
    """A Dask client of a scheduler with these workers, and the optae of each process."""

    status = "running"

    def __init__(self, workers, scheduler=HERE):
        self.known, self.scheduler = workers, scheduler

    def run_on_scheduler(self, *_):
        if isinstance(self.scheduler, Exception):
            raise self.scheduler
        return self.scheduler

    def scheduler_info(self):
        if self.known is None:
            raise OSError("connection refused")
        return {"workers": self.known}

    def run(self, *_, workers, on_error):
        return {name: self.known[name] for name in workers}


LACKS = ModuleNotFoundError("No module named 'optae'")


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [
        (FakeCluster({}), "has had no worker for 0.3 s: start one by dask worker tcp://host:1"),
        (FakeCluster({"tcp://w:2": LACKS}), "the Dask worker at 'tcp://w:2' has no optae: install optae"),
        (FakeCluster({"tcp://w:2": "0.0.1"}), "the Dask worker at 'tcp://w:2' has optae 0.0.1: install"),
        (FakeCluster({}, LACKS), "the Dask scheduler at 'tcp://host:1' has no optae: install optae"),
        (FakeCluster(None), "the Dask scheduler at 'tcp://host:1' is gone: start it again"),
    ],
)
def test_a_cluster_that_cannot_run_cells_says_what_is_missing(cluster, sentence, monkeypatch):
    monkeypatch.setattr(clusters, "PATIENCE", 0.3)
    monkeypatch.setattr(clusters, "_distributed", lambda: None)
    monkeypatch.setattr(clusters, "_client", lambda *_: nullcontext(cluster))
    with pytest.raises(ValueError, match=re.escape(sentence)):
        list(clusters.run([None], "tcp://host:1"))
    assert not list(clusters.run([], "tcp://host:1"))  # nothing to run needs no cluster


def test_a_scheduler_that_goes_while_a_cell_runs_is_gone():
    future = Future()
    future.set_exception(CancelledError("scheduler-connection-lost"))
    with pytest.raises(ValueError, match="the Dask scheduler at 'tcp://host:1' is gone"):
        clusters._result(SimpleNamespace(KilledWorker=KeyError), None, future, "tcp://host:1")


@pytest.mark.parametrize("address", ["foo://x", "tcp://", "x", "inproc://a", "tls://a:1", "ucx://a:1"])
def test_an_invalid_address_is_refused_before_a_client_starts(address, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(distributed, "Client", None)
    with pytest.raises(ValueError, match=f"no Dask scheduler answers at '{address}': ") as error:
        clusters._client(distributed, address)
    assert "NoneType" not in str(error.value)
