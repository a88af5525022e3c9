"""JSON that describes itself, for a reader in any language.

The file is one object: `format` "optae network", `version` 1, `part`, `kind`, `model` (the words of the
model), `recipe` (of the run, if there is one), `input`, `outputs` (names), and `blocks`. A block has a
`name`, the numbers of its `inputs` and `outputs`, and `steps` to be applied to a row x one after the other:

    {"step": "dense", "name": "encoder.0", "weight": [[...], ...], "bias": [...]}
        y[j] = sum over i of x[i] weight[i][j], plus bias[j] if there is one
    {"step": "scale", "factor": 1.6, "shift": 0}      y[j] = factor x[j] + shift; both may be lists
    {"step": "logistic"}      1 / (1 + exp(-x))       {"step": "tanh"}      {"step": "relu"}  max(x, 0)
    {"step": "leaky-relu", "leak": 0.01}              x if x > 0, else leak x
    {"step": "softplus"}      log(1 + exp(x))         {"step": "softmax"}   exp(x[j]) / sum of exp(x)

If a block says `halves`, the first half of its output is the mean of the code and the second half the
logarithm of its variance; the next block reads the mean.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..text import quoted
from .network import Exported, Facts, Found
from .steps import Block, Dense, Scale, Step


def write(network: Exported, path: Path) -> dict[Path, bytes]:
    """Return the file as text."""
    facts = {
        **network.facts,
        "input": network.input_name,
        "outputs": list(network.output_names),
        "blocks": [_block(block, network.dtype) for block in network.blocks],
    }
    return {path: (json.dumps(facts, allow_nan=False) + "\n").encode()}


def read(content: bytes, path: str) -> Found:
    """Return the arrays and the description. Raises ValueError for anything else."""
    try:
        facts: Facts = json.loads(content)
        arrays = dict(_arrays(facts))
    except Exception:  # such as a RecursionError
        raise ValueError(f"{quoted(path)} is not a network in JSON") from None
    return Found(arrays, facts)


def _block(block: Block, dtype: type) -> Facts:
    facts: Facts = {"name": block.name, "inputs": block.inputs, "outputs": block.outputs}
    steps = [_step(step, dtype) for step in block.steps]
    return {**facts, **({"halves": ["mean", "log_variance"]} if block.halves else {}), "steps": steps}


def _step(step: Step, dtype: type) -> Facts:
    if isinstance(step, Dense):
        bias = {} if step.bias is None else {"bias": _list(step.bias, dtype)}
        return {"step": "dense", "name": step.name, "weight": _list(step.weight, dtype), **bias}
    if isinstance(step, Scale):
        return {"step": "scale", "factor": _list(step.factor, dtype), "shift": _list(step.shift, dtype)}
    return {"step": step.name, **({"leak": step.leak} if step.leak else {})}


def _list(array: np.ndarray, dtype: type) -> Any:
    return array.astype(dtype).tolist()


def _arrays(facts: Facts) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the matrices and biases by the names of our layout."""
    for block in facts["blocks"]:
        for step in block["steps"]:
            if step["step"] == "dense":
                yield f"{step['name']}.weight", np.array(step["weight"], dtype=float)
                if "bias" in step:
                    yield f"{step['name']}.bias", np.array(step["bias"], dtype=float)
