"""A checkpoint is read whole or refused in one plain line, before it takes much memory."""

import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest
from commands import run

from optae import Autoencoder, Problem
from optae.engines.hardware import Hardware
from optae.experiments.identity import cell
from optae.methods.first_order.compiled_epochs import Epochs
from optae.methods.first_order.rules import Adam
from optae.storage.run import load_run
from optae.training.checkpoint import Checkpoint
from optae.training.fit import fit

LETTERS = np.eye(8, 6)


def trained(path, epochs, owner="ours", widths=(6, 2)):
    method = Epochs(Adam(0.01), 4, hardware=Hardware("float32"))
    problem = Problem(Autoencoder(list(widths)), LETTERS, engine="jax")
    return fit(problem, method, max_iterations=epochs, checkpoint=Checkpoint(path, 1, owner), snapshots=True)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "a.checkpoint.npz"
    trained(path, 3)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path, good):
    (tmp_path / "a.checkpoint.npz").write_bytes(good)
    return tmp_path / "a.checkpoint.npz"


def rewritten(path, said=None, **arrays):
    """Write the same file with other facts or arrays; None leaves one out."""
    with np.load(path) as file:
        known = {name: file[name] for name in file.files}
    if said is not None:
        stored = json.loads(known["facts"].tobytes()) | said
        known["facts"] = np.frombuffer(json.dumps(stored).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, **{name: array for name, array in (known | arrays).items() if array is not None})


def refused(path, words="is damaged: remove it to start again"):
    with pytest.raises(ValueError, match=words) as caught:
        Checkpoint(path, 1, "ours").check()
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_the_same_command_removes_the_checkpoint_of_its_stored_run(path, monkeypatch):
    """A process that is killed between storing the run and removing its checkpoint leaves both."""
    monkeypatch.chdir(path.parent)
    words = ["train", "--arch", "35,2", "--out", "a"]
    assert run(*words, "--max-iterations", 4).exit_code == 0
    stored = load_run("a")
    rewritten(path, {"owner": cell(stored.experiment, stored.data).name})
    for epochs, left in ((5, True), (4, False)):  # another recipe removes nothing
        said = run(*words, "--max-iterations", epochs, "--checkpoint", 2)
        assert said.exit_code == 2 and "'a' exists already" in " ".join(said.output.split())
        assert path.exists() == left


def test_a_run_goes_on_from_it(path):
    assert trained(path, 5).theta.tolist() == trained(path.with_name("b"), 5).theta.tolist()


@pytest.mark.parametrize("content", [b"", b"PK nothing", b"\x93NUMPY", b"{}"])
def test_a_file_that_is_not_a_checkpoint_is_refused(path, content):
    path.write_bytes(content)
    refused(path)


def test_a_checkpoint_that_was_cut_or_edited_is_refused(path, good):
    for at in range(0, len(good) - 1, len(good) // 25):
        path.write_bytes(good[:at])
        refused(path)
    with zipfile.ZipFile(io.BytesIO(good)) as parts:
        at = parts.getinfo("best_theta.npy").header_offset + 300
    path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    refused(path)


WRONG = {
    "a nan": {"best_theta": np.full(32, np.nan)},
    "another shape": {"best_theta": np.zeros((4, 8))},
    "no vector": {"best_theta": None},
    "words for numbers": {"best_theta": np.full(32, "a")},
    "no facts": {"facts": None},
    "facts without counts": {"said": {"counts": {}}},
    "facts of wrong types": {"said": {"calls": "many"}},
    "counts of wrong types": {"said": {"counts": [1]}},
    "seconds of wrong types": {"said": {"seconds": None}},
    "looks of wrong types": {"said": {"heldout": 5}},
    "narrow rows": {"rows": np.zeros((3, 2))},
    "no rows": {"rows": None},
    "a leaf that is missing": {"leaf1": None},
    "words for a leaf": {"leaf0": np.full(3, "a")},
    "snapshots of wrong types": {"snapshot0": np.zeros(1)},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_checkpoint_of_another_content_is_refused(path, name):
    changes = dict(WRONG[name])
    said = changes.pop("said", None)
    rewritten(path, said, **changes)
    refused(path)


def test_facts_nested_deep_are_refused(path):
    deep = np.frombuffer(b"[" * 100_000, dtype=np.uint8)
    rewritten(path, None, facts=deep)
    refused(path)


def test_another_runs_checkpoint_is_refused(path):
    rewritten(path, {"owner": "another"})
    refused(path, "belongs to another run")


def test_a_checkpoint_of_another_network_is_refused(path):
    with pytest.raises(ValueError, match="does not fit this network: remove it to start again"):
        trained(path, 5, widths=(6, 3, 2))


@pytest.mark.parametrize("leaf", [np.zeros((3, 3, 3)), np.zeros(0), None])
def test_a_checkpoint_whose_state_does_not_fit_is_refused(path, leaf):
    with np.load(path) as file:
        last = max(name for name in file.files if name.startswith("leaf"))
    rewritten(path, **{last: leaf})
    with pytest.raises(ValueError, match=r"(does not fit this network|is damaged): remove it to start again"):
        trained(path, 5)


@pytest.mark.parametrize("kind", ["compressed", "header"])
def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(path, kind):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**28,)})
    with zipfile.ZipFile(
        path, "a", zipfile.ZIP_DEFLATED if kind == "compressed" else zipfile.ZIP_STORED
    ) as parts:
        content = header.getvalue() + bytes(2**24 if kind == "compressed" else 8)
        parts.writestr("extra.npy", content)
    tracemalloc.start()
    try:
        refused(path)
        assert tracemalloc.get_traced_memory()[1] < 2**23 or kind == "header"
    finally:
        tracemalloc.stop()
