"""Every format gives the network's own outputs, and the network back."""

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location

import jax
import numpy as np
import pytest
from places import TOP

from optae import MLP, Autoencoder, load_network, save_network
from optae.exchange.formats import FORMATS
from optae.exchange.steps import FUNCTIONS, STEPS, Block, Dense, Function, Scale, blocks
from optae.model.activations import ACTIVATIONS
from optae.model.bottlenecks import Gaussian

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")  # its own way with NumPy
CLOSE = {"float64": 1e-12, "float32": 1e-6}  # of the largest output, or of 1
ROUNDS = 1e-6  # in Keras, which rounds the input of every model to single precision
SOFT = {
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True),
}


def wanted(network, theta, x, part="whole"):
    """The outputs that a program must give."""
    if isinstance(network, MLP):
        return [network.predict(theta, x)]
    if part == "encoder" and isinstance(network.bottleneck, Gaussian):
        return np.split(network.encoder_network.forward(network.layout.unpack(theta), x), 2, axis=1)
    call = {"whole": network.reconstruct, "encoder": network.encode, "decoder": network.decode}[part]
    return [call(theta, x)]


def by_onnx(path, x):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


def by_torch(path, x):
    torch = pytest.importorskip("torch")
    spec = spec_from_file_location(path.stem, path.with_suffix(".py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    with torch.no_grad():
        found = module.load()(torch.from_numpy(x))
    return [one.numpy() for one in (found if isinstance(found, tuple) else [found])]


def by_keras(path, x):
    keras = pytest.importorskip("keras", exc_type=ImportError)
    with jax.enable_x64(True):
        found = keras.models.load_model(path)(x)
    return [keras.ops.convert_to_numpy(one) for one in (found if isinstance(found, list) else [found])]


def by_json(path, x):
    """As a reader would write it who has only the description."""
    facts = json.loads(path.read_text())
    for i, block in enumerate(facts["blocks"]):
        for step in block["steps"]:
            match step["step"]:
                case "dense":
                    x = x @ np.array(step["weight"]) + np.array(step.get("bias", 0.0))
                case "scale":
                    x = np.array(step["factor"]) * x + np.array(step["shift"])
                case "leaky-relu":
                    x = np.where(x > 0, x, step["leak"] * x)
                case name:
                    x = SOFT[name](x)
        if "halves" in block:
            halves = np.split(x, 2, axis=1)
            if i + 1 == len(facts["blocks"]):
                return halves
            x = halves[0]
    return [x]


RUNS = {"onnx": by_onnx, "torch": by_torch, "keras": by_keras, "json": by_json}


@pytest.fixture(autouse=True)
def keras_on_torch(monkeypatch):
    """Keras on PyTorch if that is there, as it compiles nothing."""
    monkeypatch.setenv("KERAS_BACKEND", "torch" if find_spec("torch") else "jax")


def saved(network, theta, folder, form, **words):
    """The file of a network, where the format's library is installed."""
    if form == "keras":
        pytest.importorskip("keras", exc_type=ImportError)
    elif form == "onnx":
        pytest.importorskip("onnx")
    return save_network(network, theta, folder / f"net{FORMATS[form].suffix}", **words)[0]


@pytest.mark.parametrize("precision", CLOSE)
@pytest.mark.parametrize("form", FORMATS)
def test_other_programs_give_the_same_outputs(form, precision, network, theta, many, tmp_path):
    path = saved(network, theta, tmp_path, form, precision=precision)
    found = RUNS[form](path, many.astype(precision))
    for mine, theirs in zip(wanted(network, theta, many), found, strict=True):
        close = ROUNDS if form == "keras" else CLOSE[precision]
        assert np.abs(mine - theirs).max() <= close * max(1, np.abs(mine).max())


@pytest.mark.parametrize("part", ["encoder", "decoder"])
@pytest.mark.parametrize("form", FORMATS)
def test_each_part_gives_its_own_outputs(form, part, network, theta, many, tmp_path):
    if isinstance(network, MLP):
        with pytest.raises(ValueError, match=f"has no {part}"):
            saved(network, theta, tmp_path, form, part=part)
        assert not [*tmp_path.iterdir()]
        return
    x = many[:, : network.latent_width] if part == "decoder" else many
    found = RUNS[form](saved(network, theta, tmp_path, form, part=part), x)
    for mine, theirs in zip(wanted(network, theta, x, part), found, strict=True):
        assert np.allclose(mine, theirs, rtol=0, atol=ROUNDS if form == "keras" else 1e-12)


@pytest.mark.parametrize("form", FORMATS)
def test_a_network_comes_back_bit_for_bit(form, network, theta, tmp_path):
    model, again, facts = load_network(saved(network, theta, tmp_path, form))
    assert model == network and np.array_equal(again, theta) and facts["part"] == "whole"
    _, rounded, _ = load_network(saved(network, theta, tmp_path, form, precision="float32"))
    assert np.array_equal(rounded, theta.astype("float32"))


def test_every_activation_has_its_steps_and_every_function_is_written(network, theta):
    assert set(ACTIVATIONS.values()) == set(STEPS)
    found = [step for block in blocks(network, theta) for step in block.steps]
    assert all(isinstance(step, Dense | Scale) or step.name in FUNCTIONS for step in found)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_written(form, name, rng, tmp_path):
    model = Autoencoder([4, 3, 2], encoder=name, loss="mse")
    theta, x = rng.standard_normal(model.size), rng.random((50, 4))
    (found,) = RUNS[form](saved(model, theta, tmp_path, form), x)
    assert np.allclose(found, model.reconstruct(theta, x), rtol=0, atol=ROUNDS if form == "keras" else 1e-12)


def test_saturated_units_do_not_overflow(tmp_path):
    model = Autoencoder([2, 2, 1], encoder="logistic", latent="softplus", loss="mse")
    theta = np.full(model.size, 400.0)
    x = np.array([[1.0, 1.0], [0.0, 0.0]])
    for form in ("onnx", "torch"):
        (found,) = RUNS[form](saved(model, theta, tmp_path, form), x)
        assert np.allclose(found, model.reconstruct(theta, x))


def test_an_activation_of_ones_own_is_refused_in_one_line(tmp_path):
    (tmp_path / "mine.py").write_text("def swish(a, xp):\n    return a / (1 + xp.exp(-a))\n")
    model = Autoencoder([4, 3, 2], encoder=f"{tmp_path}/mine.py:swish", loss="mse")
    with pytest.raises(ValueError, match="cannot be exported") as caught:
        save_network(model, model.init(0), tmp_path / "net.json")
    assert "\n" not in str(caught.value) and not (tmp_path / "net.json").exists()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\x00", b"{}", b"[" * 3000, bytes(range(256)) * 20])
def test_a_file_that_holds_no_network_is_one_line(form, content, tmp_path):
    pytest.importorskip({"torch": "safetensors", "json": "json"}.get(form, form), exc_type=ImportError)
    path = tmp_path / f"net{FORMATS[form].suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        load_network(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"version": 2}, "version 2"),
        ({"part": "encoder"}, "holds the encoder alone"),
        ({"kind": "forest"}, "no description"),
        ({"model": {"widths": "x"}}, "describes no network"),
        ({"model": {"widths": [4, 2], "loss": "mine.py:huber@0123456789ab"}}, "somebody's own"),
        ({"model": {"widths": [4, 3, 1, 3, 4]}}, "but the network has"),
        ({"model": None}, "somebody's own"),
    ],
)
def test_a_description_that_does_not_fit_is_one_line(change, complaint, tmp_path):
    model, path = Autoencoder([4, 2, 1]), tmp_path / "net.json"
    save_network(model, model.init(0), path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=complaint) as caught:
        load_network(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form, library", [("onnx", "onnx"), ("keras", "keras")])
def test_a_missing_library_is_one_line_that_installs_it(form, library, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    model = Autoencoder([4, 2])
    with pytest.raises(ValueError, match=rf"pip install 'optae\[{library}\]'"):
        save_network(model, model.init(0), tmp_path / f"net{FORMATS[form].suffix}")
    assert not [*tmp_path.iterdir()]


def test_a_module_never_replaces_another_file(tmp_path):
    model = Autoencoder([4, 2])
    save_network(model, model.init(0), tmp_path / "my-net.safetensors")
    save_network(model, model.init(1), tmp_path / "my-net.safetensors")
    (tmp_path / "my_net.py").write_text("mine = 1\n")
    with pytest.raises(ValueError, match="is not of optae"):
        save_network(model, model.init(0), tmp_path / "my-net.safetensors")


def test_the_ending_says_the_format_and_must_fit_it(tmp_path):
    model = Autoencoder([4, 2])
    with pytest.raises(ValueError, match=r"give one of \.onnx"):
        save_network(model, model.init(0), tmp_path / "net.bin")
    with pytest.raises(ValueError, match=r"ends in \.json"):
        save_network(model, model.init(0), tmp_path / "net.bin", to="json")
    with pytest.raises(ValueError, match="precision 'float16'"):
        save_network(model, model.init(0), tmp_path / "net.json", precision="float16")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_documentation_reads_the_json_in_javascript(network, theta, many, tmp_path):
    page = (TOP / "docs" / "howto" / "exchange.md").read_text(encoding="utf-8")
    code = re.search(r"```js\n(.*?)```", page, re.DOTALL)[1]
    save_network(network, theta, tmp_path / "net.json")
    call = f"console.log(JSON.stringify({json.dumps(many[:20].tolist())}.map(run)))"
    done = subprocess.run(
        ["node", "-e", code + call], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert np.allclose(json.loads(done.stdout), wanted(network, theta, many[:20])[0], rtol=0, atol=1e-12)


def test_blocks_have_the_widths_of_their_ends(network, theta):
    found = blocks(network, theta)
    assert isinstance(found[0], Block) and found[0].inputs == 7
    assert found[-1].outputs == wanted(network, theta, np.zeros((1, 7)))[0].shape[1]
    assert Function("tanh") == Function("tanh")
