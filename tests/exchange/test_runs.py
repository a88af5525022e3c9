"""Runs go out and come back, and so do networks that were trained elsewhere."""

import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from commands import done, run
from safetensors.numpy import save_file

from optae import Autoencoder, export_run, import_run, load_run, save_network
from optae.exchange.formats import FORMATS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")  # its own way with NumPy


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The folder of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optae.cli.train._draw", lambda *of_run: None)
        patch.chdir(place := tmp_path_factory.mktemp("runs"))
        done("train", "--arch", "35,4,2", "--noise", "flip:0.1", "--max-iterations", 2, "--out", "first")
        words = ["--model", "mlp", "--dataset", "iris", "--arch", "4,3", "--scale", "standard"]
        done("train", *words, "--holdout", 0.2, "--seed", 3, "--max-iterations", 2, "--out", "mlp")
    return place


@pytest.mark.parametrize("form", ["onnx", "torch", "json"])
def test_a_run_comes_back_by_the_command_and_goes_on(form, stored, here, monkeypatch):
    monkeypatch.setattr("optae.cli.train._draw", lambda *of_run: None)
    first = load_run(stored / "first")
    assert "bytes" in done("export", stored / "first", "--to", form)
    assert "next:" in done("import", f"first{FORMATS[form].suffix}", "--out", "back")
    back = load_run("back")
    assert np.array_equal(back.theta, first.theta) and back.model == first.model
    assert back.record["metrics"] == first.record["metrics"] and back.record["status"] == "stopped"
    assert "letters" in done("show", "back") or "exact" in done("show", "back")
    done("train", "--start", "back", "--method", "l-bfgs", "--max-iterations", 1, "--out", "on")
    assert load_run("on").record["warm_start"].startswith("back@")


def test_standards_and_held_out_samples_follow_the_recipe(stored, here):
    export_run(stored / "mlp", "net.json")
    back, first = import_run("net.json", "back"), load_run(stored / "mlp")
    assert back.model == first.model and back.record["metrics"] == first.record["metrics"]


def test_what_was_imported_is_not_trained_again(stored, here):
    export_run(stored / "first", "net.json")
    import_run("net.json", "back")
    for words in (["verify", "back"], ["train", "--config", "back", "--out", "again"]):
        result = run(*words)
        assert result.exit_code == 2 and "imported from a file" in result.output
        assert result.output.count("\n") == 1
    assert "back" in done("list", ".") and "imported" in done("table", "back")


def test_a_state_dict_of_other_names_takes_the_network_of_a_run(stored, here, rng):
    first = load_run(stored / "first")
    arrays, state = first.model.layout.unpack(rng.standard_normal(first.model.size)), {}
    for name, array in arrays.items():
        part, layer, kind = name.split(".")
        state[f"{part}.layers.{3 * int(layer) + 8}.{kind}"] = np.ascontiguousarray(array.T)
    save_file(state, "elsewhere.safetensors")
    back = import_run("elsewhere.safetensors", like=stored / "first")
    assert np.array_equal(back.theta, first.model.layout.pack(arrays))
    assert back.path.name.startswith("font2-imported-")
    with pytest.raises(ValueError, match="no description"):
        import_run("elsewhere.safetensors")
    with pytest.raises(ValueError, match="but the network has"):
        import_run("elsewhere.safetensors", like=stored / "mlp")


def test_a_model_of_keras_takes_the_network_of_a_run(stored, here, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch" if find_spec("torch") else "jax")
    keras = pytest.importorskip("keras", exc_type=ImportError)
    layers = [keras.layers.Dense(width, activation="tanh") for width in (4, 2, 4, 35)]
    net = keras.Sequential([keras.Input((35,)), *layers])
    net.save("elsewhere.keras")
    back = import_run("elsewhere.keras", like=stored / "first")
    assert np.allclose(back.theta[: 35 * 4].reshape(35, 4), np.asarray(layers[0].get_weights()[0]))


def test_a_network_without_a_run_needs_a_data_set(here):
    model = Autoencoder([35, 3, 2], bottleneck="gaussian:0.5", latent="identity")
    save_network(model, model.init(3), "net.json")
    with pytest.raises(ValueError, match="names no data set"):
        import_run("net.json")
    back = import_run("net.json", dataset="font3")
    assert back.model == model and back.record["dataset"] == "font3"


def test_code_of_somebody_else_is_never_run(stored, here):
    export_run(stored / "first", "net.json")
    facts = json.loads((here / "net.json").read_text())
    for name, word in (("noise", "mine.py:blur:0.1"), ("loss", "mine.py:huber@0123456789ab")):
        changed = {**facts, "recipe": facts["recipe"] | {name: word}}
        (here / "net.json").write_text(json.dumps(changed))
        with pytest.raises(ValueError, match="somebody's own"):
            import_run("net.json", "back")
    assert not (here / "back").exists()


def test_bad_options_are_one_line(stored, here):
    for words in (
        ["export", stored / "first"],
        ["export", stored / "first", "--out", "x.bin"],
        ["import", "no.json"],
    ):
        result = run(*words)
        assert result.exit_code == 2 and result.output.count("\n") == 1, result.output


def test_estimators_without_scikit_learn_say_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("optae.sklearn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"pip install 'optae\[sklearn\]'"):
        import optae.sklearn  # noqa: F401
