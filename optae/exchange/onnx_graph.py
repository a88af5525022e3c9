"""ONNX: one graph of a network, with our names of arrays, and the description in its metadata.

Opset 17, whose operators every runtime of the last years has. Leaky ReLU and softplus are made of simpler
ones, since runtimes lack them in double precision.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..text import quoted
from .network import KEY, Exported, Found, needed
from .steps import Block, Dense, Function, Scale, Step

OPSET, IR = 17, 8
ONE = {"logistic": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}  # functions that are one operator


def write(network: Exported, path: Path) -> dict[Path, bytes]:
    """Return the file. Raises ValueError if onnx is not installed."""
    onnx = needed("onnx", "onnx")
    graph = _Graph(onnx.helper, network.dtype)
    graph.lead(network)
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(network.dtype))
    last, out = network.blocks[-1], network.output_names
    columns = last.outputs // len(out)
    value = onnx.helper.make_tensor_value_info
    made = onnx.helper.make_graph(
        graph.nodes,
        "optae",
        [value(network.input_name, kind, ["samples", network.blocks[0].inputs])],
        [value(name, kind, ["samples", columns]) for name in out],
        graph.constants,
    )
    opsets = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(made, producer_name="optae", opset_imports=opsets, ir_version=IR)
    onnx.helper.set_model_props(model, {KEY: network.note})
    onnx.checker.check_model(model, full_check=True)
    return {path: model.SerializeToString()}


def read(content: bytes, path: str) -> Found:
    """Return the arrays by name, and the description. Raises ValueError for a file that is not ours."""
    onnx = needed("onnx", "onnx")
    try:
        model = onnx.load_model_from_string(content)
        notes = {prop.key: prop.value for prop in model.metadata_props}
        facts = json.loads(notes[KEY]) if KEY in notes else None
        arrays = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    except Exception:  # whatever the library makes of it
        raise ValueError(f"{quoted(path)} is not a whole ONNX file") from None
    layers = {name: array for name, array in arrays.items() if name.endswith((".weight", ".bias"))}
    return Found(layers, facts)


class _Graph:
    """Nodes and constants, with a name for the result of every node."""

    def __init__(self, helper: Any, dtype: type) -> None:
        self._helper, self._dtype = helper, dtype
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def lead(self, network: Exported) -> None:
        """Add the nodes that lead from the input to the outputs."""
        name = network.input_name
        for block in network.blocks[:-1]:
            name = self._through(block, name)
            name = self._half(block, name, 0, f"{block.name}.mean") if block.halves else name
        last, out = network.blocks[-1], network.output_names
        name = self._through(last, name)
        if last.halves:
            for i, half in enumerate(out):
                self._half(last, name, i, half)
        else:
            self._add("Identity", [name], out[0])

    def _through(self, block: Block, name: str) -> str:
        for step in block.steps:
            name = self._step(step, name)
        return name

    def _step(self, step: Step, x: str) -> str:
        if isinstance(step, Dense):
            y = self._add("MatMul", [x, self._constant(step.weight, f"{step.name}.weight")])
            if step.bias is None:
                return y
            return self._add("Add", [y, self._constant(step.bias, f"{step.name}.bias")])
        if isinstance(step, Scale):
            y = self._add("Mul", [x, self._constant(step.factor)])
            return self._add("Add", [y, self._constant(step.shift)]) if np.any(step.shift) else y
        return self._function(step, x)

    def _function(self, step: Function, x: str) -> str:
        if step.name in ONE:
            return self._add(ONE[step.name], [x])
        if step.name == "softmax":
            return self._add("Softmax", [x], axis=1)
        if step.name == "leaky-relu":  # the leak is less than 1
            return self._add("Max", [x, self._add("Mul", [x, self._constant(np.array(step.leak))])])
        small = self._add("Exp", [self._add("Neg", [self._add("Abs", [x])])])  # softplus
        log = self._add("Log", [self._add("Add", [small, self._constant(np.array(1.0))])])
        return self._add("Add", [self._add("Relu", [x]), log])

    def _half(self, block: Block, x: str, i: int, name: str) -> str:
        """Add the first or second half of the columns, under this name."""
        many = block.outputs // 2
        ends = [self._whole([k]) for k in (i * many, (i + 1) * many, 1)]
        return self._add("Slice", [x, ends[0], ends[1], ends[2]], name)

    def _whole(self, values: Iterable[int]) -> str:
        return self._keep(np.array(values, dtype=np.int64), f"constant.{len(self.constants)}")

    def _constant(self, array: np.ndarray, name: str = "") -> str:
        return self._keep(array.astype(self._dtype), name or f"constant.{len(self.constants)}")

    def _keep(self, array: np.ndarray, name: str) -> str:
        kind = self._helper.np_dtype_to_tensor_dtype(array.dtype)
        self.constants.append(self._helper.make_tensor(name, kind, array.shape, array.tobytes(), raw=True))
        return name

    def _add(self, operator: str, inputs: list[str], name: str = "", **words: Any) -> str:
        name = name or f"step.{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(operator, inputs, [name], **words))
        return name
