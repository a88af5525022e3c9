"""Right gradients are certified, a wrong layer is named, and homework gets the hint it needs."""

import json
import re
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae import Autoencoder, Dataset, Gaussian, Objective
from optae.check import certify, grade, load_function, template
from optae.check.mistakes import backpropagate, chain, mistakes
from optae.engines import engine
from optae.model.activations import ACTIVATIONS, Softplus, Tanh
from optae.model.corruptions import Masking
from optae.model.losses import LOSSES
from optae.model.network import Sweep

PLAIN = ("numpy", "autograd")  # JAX compiles for a second per function: it has tests of its own
X = (np.random.default_rng(3).random((7, 6)) < 0.5) * 1.0
DATA = Dataset("toy.csv", X, tuple("abcdefg"), (2, 3), "made for this test")
MODEL = Autoencoder([6, 5, 5, 2], encoder="softplus", decoder="tanh", loss="half_sse")
LAST = "decoder.2"

OF_PIXELS = [name for name, criterion in LOSSES.items() if not criterion.classes]

# The certificate.


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("loss", OF_PIXELS)
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "logistic:1.6"])
def test_every_activation_and_loss_is_certified(activation, loss, bias):
    model = Autoencoder(
        [6, 4, 2], encoder=activation, latent=activation, decoder=activation, loss=loss, bias=bias
    )
    certificate = certify(model, X, PLAIN)
    assert certificate.ok and certificate.start is None, certificate.summary
    assert certificate.quantities[-1] == "Jacobian" and not certificate.note


@pytest.mark.parametrize(
    "words", [{"bottleneck": Gaussian(0.7)}, {"corruption": Masking(0.3), "loss": "mse"}]
)
def test_a_random_model_is_certified_on_its_frozen_draw(words):
    certificate = certify(Autoencoder([6, 4, 2], **words), X, PLAIN)
    assert certificate.ok, certificate.summary
    assert ("no residuals" in certificate.note) == ("bottleneck" in words)


@pytest.mark.parametrize("words", [{"loss": "half_sse", "encoder": "relu"}, {"bottleneck": Gaussian()}])
def test_three_engines_share_one_certificate(words):
    certificate = certify(Autoencoder([6, 4, 2], **words), X)
    assert certificate.ok, certificate.summary
    assert certificate.summary.startswith(
        "certificate: numpy, autograd and jax agree to 1e-12 on value, gradient"
    )
    assert [row["engine"] for row in certificate.engine_rows()] == ["numpy", "autograd", "jax"]


def test_kinks_are_not_reported_as_errors():
    model = Autoencoder(
        [6, 40, 30, 2], encoder="relu", latent="relu", decoder="relu", output="relu", loss="mse"
    )
    for seed in range(6):
        assert certify(model, X, ["numpy"], seed).ok
    at_the_kink = model.init(0)  # biases are 0, and so is the sum of every unit for the blank image
    assert certify(model, np.vstack([X, 0 * X[:1]]), ["numpy"], theta=at_the_kink).ok


def test_a_vanishing_gradient_does_not_confirm_anything():
    model = Autoencoder([6, 4, 2], encoder="relu", loss="mse")
    theta = model.init(0)
    model.layout.unpack(theta)["encoder.0.bias"][...] = -100  # all its units are dead
    certificate = certify(model, X, ["numpy"], theta=theta)
    assert certificate.ok and "zero here" in certificate.tensor_rows()[0]["verdict"]
    assert "every layer but encoder.0.weight, encoder.0.bias" in certificate.summary


def test_a_large_model_is_certified_without_its_jacobian(monkeypatch):
    monkeypatch.setattr("optae.check.derivatives.MOST", 100)
    certificate = certify(MODEL, X, PLAIN)
    assert certificate.ok and "no Jacobian" in certificate.note and "Jacobian" not in certificate.quantities


def break_layer(monkeypatch, verb, tensor, change):
    """Has a sweep's `verb` change what it writes of one tensor."""
    right = getattr(Sweep, verb)

    def wrong(self, *args, **kwargs):
        result = right(self, *args, **kwargs)
        into = next(a for a in args if isinstance(a, dict))
        if tensor in into and tensor.startswith(self._network.name):
            into[tensor][...] = change(into[tensor])
        return result

    monkeypatch.setattr(Sweep, verb, wrong)


VERBS = {"pull": "gradient", "pull_tangent": "hessian", "sensitivities": "jacobian"}


@pytest.mark.parametrize(
    "tensor", ["encoder.0.bias", "encoder.1.weight", "decoder.0.bias", "decoder.2.weight"]
)
@pytest.mark.parametrize("verb", VERBS)
def test_a_wrong_tensor_is_named(monkeypatch, verb, tensor):
    break_layer(monkeypatch, verb, tensor, lambda a: -a)
    certificate = certify(MODEL, X, ["numpy"])
    wrong = [t.name for t in certificate.tensors if getattr(t, VERBS[verb]) > 1e-6]
    assert not certificate.ok and wrong == [tensor]
    assert certificate.start == tensor.rpartition(".")[0]
    assert certificate.summary.startswith(f"WRONG: {tensor} ")


@pytest.mark.parametrize("layer", ["encoder.0", "encoder.1", "decoder.0", "decoder.1"])
@pytest.mark.parametrize(("method", "column"), [("slope", "gradient"), ("curvature", "hessian")])
def test_a_wrong_slope_is_named_though_it_spoils_the_layers_before_it(monkeypatch, layer, method, column):
    kind = Softplus if layer.startswith("encoder") else Tanh
    model = Autoencoder([6, 5, 4, 2], encoder="softplus", decoder="tanh", loss="half_sse")
    width = {"encoder.0": 5, "encoder.1": 4, "decoder.0": 4, "decoder.1": 5}[layer]
    right = getattr(kind, method)
    monkeypatch.setattr(
        kind, method, lambda self, y, *rest: right(self, y, *rest) * (1.01 if y.shape[-1] == width else 1.0)
    )
    certificate = certify(model, X, ["numpy"])
    assert certificate.start == layer
    assert max(getattr(t, column) for t in certificate.tensors if t.name.startswith(layer)) > 1e-6


def test_a_wrong_forward_tangent_is_caught(monkeypatch):
    right = Sweep.push
    monkeypatch.setattr(
        Sweep, "push", lambda self, tangent, dx=0.0: right(self, tangent, np.multiply(dx, 1.1))
    )
    certificate = certify(MODEL, X, PLAIN)
    assert not certificate.ok and any(t.hessian > 1e-6 for t in certificate.tensors)
    assert "autograd's Hessian product is off by" in certificate.summary


def test_an_engine_with_a_wrong_gradient_is_named():
    bad = ModuleType("optae.engines.bad")
    vars(bad).update({key: value for key, value in vars(engine("numpy")).items() if key[:2] != "__"})
    at = dict((name, at) for name, at, _ in MODEL.layout.slots)["decoder.0.bias"]

    def value_and_grad(model):
        def wrong(theta, draw):
            value, grad = model.value_and_grad(theta, draw)
            grad[at] *= 1 + 1e-9
            return value, grad

        return wrong

    bad.value_and_grad, bad.name = value_and_grad, "bad"
    certificate = certify(MODEL, X, ["numpy", bad])
    assert [row["verdict"] for row in certificate.engine_rows()] == ["agrees", "WRONG"]
    assert re.search(r"bad's gradient is off by .*, most in decoder\.0\.bias", certificate.summary)
    assert all(t.ok for t in certificate.tensors)


def test_nan_is_not_certified():
    assert not certify(MODEL, X, ["numpy"], theta=np.full(MODEL.size, np.nan)).ok


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engines": ["numpi"]}, "unknown engine 'numpi': did you mean 'numpy'?"),
        ({"theta": np.zeros(3)}, "theta of shape (3,)"),
        ({"x": X[:, :5]}, "data of 5 pixels do not fit"),
    ],
)
def test_models_that_cannot_be_certified_are_refused(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        certify(**{"model": MODEL, "x": X, "engines": ["numpy"], **arguments})


# Homework.


def ours(theta, x, model=MODEL):
    return Objective(model, x).grad(theta)


def marks(function, model=MODEL, x=X):
    result = grade(model, x, function)
    return result, {mark.name: mark for mark in result.marks}


def changed(tensor, change):
    """The right gradient with one tensor changed."""

    def gradient(theta, x):
        grad = ours(theta, x)
        part = MODEL.layout.unpack(grad)[tensor]
        part[...] = change(part)
        return grad

    return gradient


FORMS = {
    "vector": ours,
    "column": lambda theta, x: ours(theta, x)[:, None],
    "floats": lambda theta, x: ours(theta, x).tolist(),
    "mapping": lambda theta, x: MODEL.layout.unpack(ours(theta, x)),
    "list": lambda theta, x: list(MODEL.layout.unpack(ours(theta, x)).values()),
    "tuple": lambda theta, x: tuple(MODEL.layout.unpack(ours(theta, x)).values()),
    "value and vector": lambda theta, x: Objective(MODEL, x).value_and_grad(theta),
    "value and mapping": lambda theta, x: (
        np.array(Objective(MODEL, x)(theta)),
        MODEL.layout.unpack(ours(theta, x)),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_gradient_is_right_in_every_form(form):
    result = grade(MODEL, X, FORMS[form])
    assert result.ok and result.start is None and result.summary.startswith("right: every layer"), (
        result.summary
    )


@pytest.mark.parametrize("loss", OF_PIXELS)
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "logistic:1.6"])
def test_the_backpropagation_used_for_mistakes_is_correct(activation, loss, rng):
    model = Autoencoder([6, 4, 2], encoder=activation, decoder=activation, loss=loss)
    theta = rng.standard_normal(model.size)
    np.testing.assert_allclose(
        backpropagate(chain(model), model, theta, X), ours(theta, X, model), rtol=1e-12, atol=1e-15
    )


FACTORS = {
    7: "7 x ours (n): a sum over samples where a mean belongs?",
    1 / 7: "0.142857 x ours (/ n): divided by the samples once too often?",
    2: "2 x ours (2): the square's 2 is kept?",
    0.5: "0.5 x ours (/ 2): halved once too often?",
    -1: "-1 x ours (-): the sign is turned?",
    6: "6 x ours (d): a sum over pixels where a mean belongs?",
    42: "42 x ours (n d): a sum over samples where a mean belongs, a sum over pixels where a mean belongs?",
    7 / 32: "0.21875 x ours: divided by 32, where n is 7?",
    0.123: "0.123 x ours",
}


@pytest.mark.parametrize("c", FACTORS)
def test_a_constant_factor_is_recognised(c):
    result, found = marks(lambda theta, x: c * ours(theta, x))
    assert {mark.hint for mark in found.values()} == {FACTORS[c]}
    assert result.summary == f"WRONG: every tensor, in the same way ({FACTORS[c]})"


TENSOR_HINTS = {
    "sign": ("decoder.1.bias", np.negative, "the sign is turned"),
    "mean": ("decoder.0.bias", lambda a: a / 7, "divided by the samples"),
    "bias forgotten": ("encoder.1.bias", np.zeros_like, "zero: forgotten?"),
    "weight forgotten": ("encoder.1.weight", np.zeros_like, "zero: forgotten"),
    "transposed": ("encoder.1.weight", np.transpose, "transposed: here it is (5, 5), inputs by outputs"),
    "transposed, not square": (
        "decoder.0.weight",
        lambda a: a.T.reshape(a.shape),
        "transposed: here it is (2, 5)",
    ),
    "transposed sum": ("encoder.1.weight", lambda a: 7 * a.T, "inputs by outputs; and 7 x ours (n)"),
    "nan": ("decoder.2.weight", lambda a: a * np.nan, "nan or inf"),
    "inf": ("encoder.0.weight", lambda a: a + np.inf, "nan or inf"),
    "constant": ("encoder.0.bias", np.ones_like, "the same at every theta"),
    "float32": ("decoder.2.bias", lambda a: a * (1 + 1e-5 * np.sin(1e7 * a)), "nearly right"),
}


@pytest.mark.parametrize("case", TENSOR_HINTS)
def test_a_wrong_tensor_is_marked_and_explained(case):
    tensor, change, hint = TENSOR_HINTS[case]
    result, found = marks(changed(tensor, change))
    assert [name for name, mark in found.items() if not mark.ok] == [tensor]
    assert hint in found[tensor].hint
    assert not result.ok and result.start == tensor.rpartition(".")[0]
    assert result.summary.startswith(f"WRONG: {tensor}; start looking at {result.start}, ")
    assert ("the output layer" in result.summary) == (result.start == LAST)


MISTAKES = {
    "the slope of softplus is left out": ("encoder.1", "softplus"),
    "the slope of tanh is left out": ("decoder.1", "tanh"),
    "the slope of tanh is multiplied in twice": ("decoder.0", "tanh"),
    "the slope is taken at the outputs y, not at the sums a": ("encoder.0", "softplus"),
    "the slope's formula is in outputs y, and given the sums a": ("decoder.1", "tanh"),
    "the slope of logistic is left out": (LAST, "logistic"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_a_layer_is_found_and_followed(text):
    layer = MISTAKES[text][0]
    mistake = next(m for m in mistakes(MODEL, chain(MODEL)) if (m.origin, m.text) == (layer, text))
    result, found = marks(lambda theta, x: mistake.gradient(MODEL, theta, x))
    names = list(found)
    first = names.index(f"{layer}.weight")
    assert result.start == layer and all(found[name].ok for name in names[first + 2 :])
    assert found[f"{layer}.weight"].hint == found[f"{layer}.bias"].hint == text
    assert all(found[name].hint == f"follows from {layer}" for name in names[:first])


def test_slopes_missing_in_every_hidden_layer_are_all_found():
    layers = chain(MODEL)
    flat = tuple(replace(layer, slope=lambda a, y: 1.0) for layer in layers[:-1])
    result, found = marks(lambda theta, x: 7 * backpropagate((*flat, layers[-1]), MODEL, theta, x))
    assert "a sum over samples" in found[f"{LAST}.weight"].hint
    for layer in layers[:-1]:
        slope = layer.name != "encoder.2"  # the latent layer is linear
        assert ("is left out; and 7 x ours (n)" in found[layer.weight].hint) == slope, found[
            layer.weight
        ].hint
    assert result.start == LAST


def test_a_superfluous_output_slope_is_found_for_bce():
    model = Autoencoder([6, 4, 2])
    mistake = next(m for m in mistakes(model, chain(model)) if "bce" in m.text)
    _, found = marks(lambda theta, x: mistake.gradient(model, theta, x), model)
    assert found["decoder.1.weight"].hint.startswith("the output's slope does not belong here")


def test_a_missing_gain_is_found():
    model = Autoencoder([6, 4, 2], decoder="logistic:1.6", loss="half_sse")
    mistake = next(m for m in mistakes(model, chain(model)) if "gain" in m.text and m.origin == "decoder.0")
    result, found = marks(lambda theta, x: mistake.gradient(model, theta, x), model)
    assert (
        result.start == "decoder.0"
        and found["decoder.0.weight"].hint == "the gain 1.6 is missing from the slope"
    )


def relu_by_vectorize(theta, x):
    """Deck A's own: np.vectorize takes the integer type of its first result for all of them."""
    model, relu = RELU, np.vectorize(lambda a: a if a > 0 else 0, otypes=[int])
    p, n = model.layout.unpack(theta), len(x)
    a1 = x @ p["encoder.0.weight"]
    y1 = relu(a1)
    z = y1 @ p["encoder.1.weight"]
    a3 = z @ p["decoder.0.weight"]
    y3 = np.maximum(a3, 0)
    d4 = (y3 @ p["decoder.1.weight"] - x) / n
    d3 = (d4 @ p["decoder.1.weight"].T) * (a3 > 0)
    d2 = d3 @ p["decoder.0.weight"].T
    d1 = (d2 @ p["encoder.1.weight"].T) * (a1 > 0)
    return [x.T @ d1, y1.T @ d2, z.T @ d3, y3.T @ d4]


RELU = Autoencoder(
    [6, 9, 3], encoder="relu", decoder="relu", output="identity", loss="half_sse", bias=False, init="uniform"
)


def test_activations_cut_to_integers_are_found():
    result, found = marks(relu_by_vectorize, RELU)
    assert result.start == "decoder.1" and "encoder.0: outputs cut to whole numbers" in result.summary
    assert found["encoder.0.weight"].hint.startswith("outputs cut to whole numbers: np.vectorize")


def test_integers_are_named():
    _, found = marks(lambda theta, x: (1e3 * ours(theta, x)).astype(int))
    assert all("whole numbers: np.vectorize" in mark.hint for mark in found.values() if mark.error)


def test_a_gradient_of_one_sample_is_found():
    result, _ = marks(lambda theta, x: ours(theta, x[-1:]) / len(x))
    assert "only the last sample counts" in result.summary and "(/ n)" in result.summary


def test_weight_decay_is_found():
    _, found = marks(lambda theta, x: ours(theta, x) + 0.01 * theta)
    assert all(mark.hint.startswith("ours + 0.01 theta: a weight decay") for mark in found.values())


def test_a_spoilt_layer_points_to_the_one_that_spoils_it(rng):
    noise = rng.standard_normal(MODEL.size)
    result, found = marks(lambda theta, x: ours(theta, x) + noise * (np.arange(MODEL.size) < 30))
    assert found["encoder.0.weight"].hint == "" and result.start == "encoder.0"
    result, found = marks(lambda theta, x: ours(theta, x) + noise * np.sin(theta))
    assert found["encoder.0.weight"].hint == f"perhaps only spoilt by {LAST}: mend that first"


def in_place(name):
    def gradient(theta, x):
        grad = ours(theta, x)
        {"theta": theta, "x": x}[name][...] *= 0.5
        return grad

    return gradient


FAULTS = {
    "theta": (in_place("theta"), "it changes theta in place"),
    "x": (in_place("x"), "it changes x in place"),
    "ignores": (lambda theta, x: ours(np.ones_like(theta), x), "it does not use the theta it is given"),
    "value": (lambda theta, x: (7 * Objective(MODEL, x)(theta), ours(theta, x)), "its value is 7 x ours (n)"),
    "nan value": (lambda theta, x: (np.nan, ours(theta, x)), "its value is nan"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_whole_function_are_reported(fault):
    function, text = FAULTS[fault]
    result = grade(MODEL, X, function)
    assert not result.ok and any(text in found for found in result.faults) and text in result.summary
    assert all(mark.ok for mark in result.marks) == (fault != "ignores")


def test_a_function_that_keeps_state_is_reported():
    calls = []

    def gradient(theta, x):
        calls.append(theta)
        return ours(theta, x) * (1 if len(calls) < 4 else 2)

    assert "two calls at the same theta differ" in grade(MODEL, X, gradient).summary


UNREADABLE = {
    "None": (lambda theta, x: None, "your function returns None: is a return missing?"),
    "short": (lambda theta, x: ours(theta, x)[:-1], "157 numbers where 158 .* .encoder.0.weight 30,"),
    "no biases": (lambda theta, x: np.zeros(MODEL.size - 28), "are the biases missing"),
    "per sample": (lambda theta, x: np.zeros((7, MODEL.size)), "gradient for each sample: return their mean"),
    "text": (lambda theta, x: "grad", "your function is a str: give an array of numbers"),
    "complex": (lambda theta, x: 1j * theta, "numbers of type complex128"),
    "arrays": (lambda theta, x: [theta, theta], "returns 2 arrays where 12 belong: encoder.0.weight, "),
    "name": (lambda theta, x: {"decoder.2.wieght": theta}, "unknown array .* you mean 'decoder.2.weight'"),
    "shape": (lambda theta, x: {"decoder.2.weight": theta}, r"gradient of .* has shape .* where \(5, 6\)"),
    "part": (lambda theta, x: {"decoder.2.weight": None}, "your gradient of decoder.2.weight is None"),
    "arguments": (lambda theta: theta, "TypeError: .* takes 1 positional argument but 2 were given"),
    "exception": (lambda theta, x: theta / (1 // 0), r"test_check\.py, line \d+: ZeroDivisionError: "),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_result_that_is_not_a_gradient_is_refused_in_one_line(case):
    function, message = UNREADABLE[case]
    with pytest.raises(ValueError, match=message) as caught:
        grade(MODEL, X, function)
    assert "\n" not in str(caught.value)


def test_a_missing_name_counts_as_zero():
    def arrays(theta, x):
        parts = MODEL.layout.unpack(ours(theta, x))
        return {name: parts[name] for name in parts if name != "decoder.1.bias"}

    result, found = marks(arrays)
    assert "zero: forgotten" in found["decoder.1.bias"].hint and result.start == "decoder.1"


@pytest.mark.parametrize("words", [{"bottleneck": Gaussian()}, {"corruption": Masking()}])
def test_homework_refuses_models_with_noise(words):
    model = Autoencoder([6, 4, 2], **words)
    for ask in (lambda: grade(model, X, ours), lambda: template(model, DATA)):
        with pytest.raises(ValueError, match="without noise"):
            ask()


# The user's file.


@pytest.fixture
def file(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_function_is_loaded_by_its_name_or_as_gradient(file, tmp_path):
    (tmp_path / "neighbour.py").write_text("ONE = 1\n")
    path = file(
        "from neighbour import ONE\ndef gradient(theta, x): return ONE\ndef other(theta, x): return 2\n"
    )
    assert load_function(path)(0, 0) == load_function(path + ":")(0, 0) == 1
    assert load_function(path + ":other")(0, 0) == 2


FILES = {
    "missing": ("{folder}/nobody.py", "", "there is no file .*nobody.py"),
    "folder": ("{folder}", "", "is not a Python file: give mine.py, or mine.py:name"),
    "ending": ("{path}.txt:gradient", "", "is not a Python file"),
    "drive": (r"C:\homework\mine.py:gradient", "", r"there is no file 'C:\\homework\\mine.py'"),
    "syntax": ("{path}", "x = 1\ndef gradient(:\n", r"^mine\.py, line 2: SyntaxError: "),
    "indent": ("{path}", "def gradient(theta, x):\nreturn 1\n", r"^mine\.py, line 2: IndentationError: "),
    "import": ("{path}", "\nimport nobody_has_this\n", r"^mine\.py, line 2: ModuleNotFoundError: No module"),
    "exit": ("{path}", "raise SystemExit('enough')\n", r"^mine\.py, line 1: SystemExit: enough"),
    "name": (
        "{path}",
        "def gradeint(theta, x): pass\n",
        "has no function 'gradient': did you mean 'gradeint'?",
    ),
    "chosen": (
        "{path}:grad",
        "def gradient(theta, x): pass\n",
        "no function 'grad': did you mean 'gradient'?",
    ),
    "none": ("{path}", "x = 1\n", "it has no functions"),
    "value": ("{path}", "gradient = 3\n", "'gradient' in mine.py is a value .*, not a function"),
    "empty": ("{path}", "", "is empty"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(case, file, tmp_path):
    spec, text, message = FILES[case]
    path = file(text)
    with pytest.raises(ValueError, match=message) as caught:
        load_function(spec.format(path=path, folder=tmp_path))
    assert "\n" not in str(caught.value)


def test_a_failure_deep_in_a_file_names_its_line(file):
    path = file("import math\ndef f(x):\n    return math.log(-1)\ndef gradient(theta, x):\n    return f(x)\n")
    with pytest.raises(ValueError, match=r"^mine\.py, line 3: ValueError: "):
        grade(MODEL, X, load_function(path))


# The template.


def filled(text, layers):
    """The template with its zeros replaced by backpropagation, for tanh layers and a linear output."""
    lines = []
    for k in range(layers, 0, -1):
        delta = f"(y{k} - x) / n" if k == layers else f"(d{k + 1} @ W{k + 1}.T) * (1 - y{k} * y{k})"
        lines += [f"    d{k} = {delta}", f"    dW{k} = y{k - 1}.T @ d{k}", f"    db{k} = d{k}.sum(axis=0)"]
    return re.sub(r"(    d\w\d = np\.zeros_like\(\w+\)\n)+", lambda _: "\n".join(lines) + "\n", text)


def test_the_template_runs_and_is_graded_wrong(file):
    result = grade(MODEL, X, load_function(file(template(MODEL, DATA))))
    assert result.summary == "WRONG: every tensor, in the same way (zero: not filled in?)"


def test_the_template_filled_in_is_right(file):
    model = Autoencoder(
        [6, 4, 3, 5, 6], encoder="tanh", latent="tanh", decoder="tanh", output="identity", loss="half_sse"
    )
    result = grade(model, X, load_function(file(filled(template(model, DATA), 4))))
    assert result.ok, result.summary


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "logistic:1.6", "identity:0.5", "leaky-relu:0.2"])
def test_the_templates_forward_pass_is_the_models(activation, bias, file, rng):
    model = Autoencoder(
        [6, 4, 2], encoder=activation, latent=activation, output="identity:0.5", loss="mse", bias=bias
    )
    text = template(model, DATA).replace("return np.concatenate", "return y4  #")
    theta = rng.standard_normal(model.size)
    np.testing.assert_allclose(
        load_function(file(text))(theta, X), model.reconstruct(theta, X), rtol=1e-12, atol=1e-14
    )


def test_a_hostile_name_stays_a_comment(file):
    data = Dataset('a"""\nraise SystemExit  # \\x', X, DATA.labels, DATA.shape, "")
    assert callable(load_function(file(template(MODEL, data))))


# The command.

WORDS = ["check", "--arch", "35,5,2", "--loss", "half_sse"]


def run(*arguments):
    return CliRunner().invoke(main, [*WORDS, *map(str, arguments)])


def test_the_command_prints_a_certificate():
    result = run("--engine", "autograd", "--engine", "numpy")
    assert result.exit_code == 0, result.output
    assert "decoder.1.bias" in result.stdout and "31 samples of font" in result.stdout
    assert (
        result.stdout.rstrip().splitlines()[-1].startswith("certificate: autograd and numpy agree to 1e-12")
    )


def test_the_command_names_a_wrong_layer(monkeypatch):
    break_layer(monkeypatch, "pull", "decoder.0.weight", lambda a: 2 * a)
    result = run("--engine", "numpy")
    assert result.exit_code == 1 and "WRONG: decoder.0.weight against finite differences" in result.stdout
    record = json.loads(run("--engine", "numpy", "--json").stdout)
    assert record["ok"] is False and record["start"] == "decoder.0"
    assert record["tensors"][0]["name"] == "encoder.0.weight"


def test_homework_from_the_template_to_the_verdict(file):
    text = run("--template").stdout
    assert "optae check --gradient mine.py --dataset font2 --arch 35,5,2,5,35" in text
    path = file("print('working')\n" + text)
    result = run("--gradient", path)
    assert result.exit_code == 1 and "working" not in result.stdout
    assert result.stdout.rstrip().endswith("WRONG: every tensor, in the same way (zero: not filled in?)")
    record = json.loads(run("--gradient", path, "--json").stdout)
    assert (
        record["ok"] is False and record["marks"][0]["error"] == 1.0 and record["model"]["loss"] == "half_sse"
    )


def test_right_homework_ends_with_0(file):
    text = "from optae import Autoencoder, Objective\nM = Autoencoder([35, 5, 2], loss='half_sse')\n"
    path = file(text + "def mine(theta, x):\n    return Objective(M, x).value_and_grad(theta)\n")
    result = run("--gradient", f"{path}:mine")
    assert result.exit_code == 0 and "right: every layer, to 1e-06 at 3 random points" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "jaxx"], "unknown engine 'jaxx': did you mean 'jax'?"),
        (["--gradient", "nobody.py"], "there is no file 'nobody.py'"),
        (["--gradient", "mine.py", "--template"], "--template prints a Python file"),
        (["--gradient", "mine.py", "--engine", "jax"], "leave --engine out"),
        (["--seed", "-1"], "-1 is not in the range"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.stderr and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
