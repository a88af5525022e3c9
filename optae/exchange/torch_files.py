"""PyTorch: a state dict in a .safetensors file, and beside it a short Python file with the module.

Neither needs PyTorch to be written, and nothing in them is executed by loading the numbers. Matrices are
(out, in), as `torch.nn.Linear` has them.
"""

import json
import re
from keyword import iskeyword
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from ..text import quoted
from .network import KEY, Exported, Found
from .steps import Block, Dense, Function, Scale, Step

MODULES = {
    "logistic": "nn.Sigmoid()", "tanh": "nn.Tanh()", "relu": "nn.ReLU()",
    "softplus": "nn.Softplus(threshold=700)", "softmax": "nn.Softmax(dim=1)",
}  # fmt: skip
MARK = '"""A network that optae has exported'
HEAD = """{mark}, as a module of PyTorch.

    from {module} import load
    net = load()  # reads {file}, which lies beside this file
    {call}
\"\"\"

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
"""
SCALE = '''

class Scale(nn.Module):
    """y = factor x + shift."""

    def __init__(self, columns):
        super().__init__()
        self.register_buffer("factor", torch.ones(columns, dtype={dtype}))
        self.register_buffer("shift", torch.zeros(columns, dtype={dtype}))

    def forward(self, x):
        return self.factor * x + self.shift
'''
NET = '''

class Net(nn.Module):
    """{what}"""

    def __init__(self):
        super().__init__()
{layers}

    def forward(self, {name}):
{forward}


def load(path=Path(__file__).with_name("{file}")):
    """Return the trained network."""
    net = Net()
    net.load_state_dict(load_file(path))
    return net.eval()
'''


def write(network: Exported, path: Path) -> dict[Path, bytes]:
    """Return the two files. Raises ValueError if the module's place is taken by another file."""
    module = path.with_name(f"{_importable(path.stem)}.py")
    if module.exists() and not module.read_bytes().startswith(MARK.encode()):
        raise ValueError(f"{quoted(str(module))} exists and is not of optae: choose another name")
    arrays: dict[str, np.ndarray] = {
        name: array.astype(network.dtype) for name, array in _state(network).items()
    }
    text = _module(network, path, module.stem)
    return {path: save(arrays, {KEY: network.note}), module: text.encode()}


def _importable(stem: str) -> str:
    """Return a file's stem as a name that Python can import.

    >>> _importable("font2-lm-0"), _importable("2d")
    ('font2_lm_0', 'net_2d')
    """
    word = re.sub(r"\W", "_", stem, flags=re.ASCII)
    return word if word.isidentifier() and not iskeyword(word) else f"net_{word}"


def read(content: bytes, path: str) -> Found:
    """Return matrices and biases in the order of their layers, turned to (in, out), and the description.

    Layers are ordered by the numbers in their names, and an encoder comes before a decoder. Raises ValueError
    for a file that is not whole.
    """
    try:
        arrays: dict[str, np.ndarray] = load(content)
        head = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        note = head.get("__metadata__", {}).get(KEY)
        facts = None if note is None else json.loads(note)
    except Exception:  # whatever the library makes of it
        raise ValueError(f"{quoted(path)} is not a whole .safetensors file") from None
    names = sorted((name for name in arrays if name.endswith((".weight", ".bias"))), key=_place)
    return Found({name: _turned(arrays[name]) for name in names}, facts)


def _place(name: str) -> tuple[object, ...]:
    """Return a sort key: encoders before decoders, numbers by their size, a weight before its bias."""
    layer, _, kind = name.rpartition(".")
    parts = [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", layer)]
    return layer.startswith("dec"), [(isinstance(part, str), part) for part in parts], kind != "weight"


def _turned(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, dtype=float).T


def _state(network: Exported) -> dict[str, np.ndarray]:
    """Return the state dict of the module."""
    found: dict[str, np.ndarray] = {}
    for block in network.blocks:
        for i, step in enumerate(block.steps):
            if isinstance(step, Dense):
                found[f"{block.name}.{i}.weight"] = np.ascontiguousarray(step.weight.T)
                if step.bias is not None:
                    found[f"{block.name}.{i}.bias"] = step.bias
            elif isinstance(step, Scale):
                for name, numbers in (("factor", step.factor), ("shift", step.shift)):
                    found[f"{block.name}.{i}.{name}"] = np.broadcast_to(numbers, step.factor.shape).copy()
    return found


def _module(network: Exported, path: Path, name_of_module: str) -> str:
    """Return the text of the Python file."""
    dtype = f"torch.{np.dtype(network.dtype).name}"
    name, out = network.input_name, ", ".join(network.output_names)
    call = f"{out} = net({name})  # {name} (n, {network.blocks[0].inputs}), {np.dtype(network.dtype).name}"
    text = HEAD.format(mark=MARK, module=name_of_module, file=path.name, call=call)
    if any(isinstance(step, Scale) for block in network.blocks for step in block.steps):
        text += SCALE.format(dtype=dtype)
    layers = "\n".join(_sequential(block, dtype) for block in network.blocks)
    widths = " to ".join(str(block.inputs) for block in network.blocks)
    what = f"From {widths} to {network.blocks[-1].outputs} numbers: {network.facts['part']}."
    return text + NET.format(
        what=what, layers=layers, name=name, forward=_forward(network, name), file=path.name
    )


def _sequential(block: Block, dtype: str) -> str:
    lines = [f"            {_made(step, dtype)}," for step in block.steps]
    return "\n".join([f"        self.{block.name} = nn.Sequential(", *lines, "        )"])


def _made(step: Step, dtype: str) -> str:
    """Return the expression of a step's module."""
    if isinstance(step, Dense):
        bias = "" if step.bias is not None else "bias=False, "
        return f"nn.Linear({step.weight.shape[0]}, {step.weight.shape[1]}, {bias}dtype={dtype})"
    if isinstance(step, Scale):
        return f"Scale({step.factor.shape})"
    return _function(step)


def _function(step: Function) -> str:
    return f"nn.LeakyReLU({step.leak!r})" if step.name == "leaky-relu" else MODULES[step.name]


def _forward(network: Exported, name: str) -> str:
    """Return the lines of `forward`."""
    lines = []
    for block in network.blocks[:-1]:
        lines.append(f"z = self.{block.name}({name})")
        name = f"z[:, :{block.outputs // 2}]" if block.halves else "z"
    last = network.blocks[-1]
    if last.halves:
        lines += [
            f"h = self.{last.name}({name})",
            f"return h[:, :{last.outputs // 2}], h[:, {last.outputs // 2}:]",
        ]
    else:
        lines.append(f"return self.{last.name}({name})")
    return "\n".join(f"        {line}" for line in lines)
