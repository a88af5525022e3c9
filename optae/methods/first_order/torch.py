"""The optimizers of PyTorch by name, such as `torch:NAdam`, stepping on our gradients of the named arrays.

A name is that of a class in torch.optim, or in pytorch_optimizer or heavyball if these are installed. Starts,
batches and gradients are those of every other method, and the step is the library's own.
"""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from ...engines import Array, Tree
from ...model.layout import Layout
from ...registry import unknown
from ...training.problem import Problem
from ...training.trace import Trace
from .loop import FirstOrder
from .tuples import Defaults, flat, gathered, numeric

MODULES = ("torch.optim", "pytorch_optimizer", "heavyball")
SWITCHES = {"maximize", "foreach", "fused", "capturable", "differentiable"}  # not of the method itself
Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class TorchRule:
    """A PyTorch optimizer as a rule; its state is the optimizer with a parameter for each named array."""

    name: str
    options: Options
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    engines = ("numpy", "autograd")

    def init(self, theta: Array) -> Tree:
        """Return the optimizer and its parameters by name."""
        torch = _torch()
        arrays = self._layout.unpack(np.array(theta, dtype=float))
        parameters = {name: torch.nn.Parameter(torch.from_numpy(array)) for name, array in arrays.items()}
        return _class(self.name)(list(parameters.values()), **keywords(self.name, self.options)), parameters

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        """Take the optimizer's step from theta."""
        torch, (optimizer, parameters) = _torch(), state
        arrays, grads = self._layout.unpack(theta), self._layout.unpack(np.array(grad))
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(arrays[name])))
                parameter.grad = torch.from_numpy(grads[name])
        optimizer.step()
        return self._packed(parameters), state

    @property
    def averages(self) -> bool:
        """Whether the optimizer keeps an average of its vectors, which its method `eval` puts in place."""
        return {"eval", "train"} <= {*dir(_class(self.name))}

    def result(self, theta: Array, state: Tree) -> Array:
        """Return the average (size,); the next step begins at theta again."""
        optimizer, parameters = state
        optimizer.eval()
        average = self._packed(parameters)
        optimizer.train()
        return average

    def _packed(self, parameters: Tree) -> Array:
        return self._layout.pack({name: p.detach().numpy() for name, p in parameters.items()})

    @property
    def _layout(self) -> Layout:
        return Layout(dict(self.shapes))


@dataclass(frozen=True)
class Torch:
    """A PyTorch optimizer as a method, on the numpy and autograd engines."""

    name: str
    options: Options
    batch: int | None = None
    shuffle: bool = True
    endless = True

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can: a step on these shapes is tried."""
        loop = self._loop(problem)
        return loop.refuses(problem) or self._fails(loop.rule, problem.model.size)

    def _fails(self, rule: Any, size: int) -> str | None:
        if inspect.signature(_class(self.name).step).parameters["closure"].default is inspect.Parameter.empty:
            return f"torch:{self.name} evaluates the loss inside its step, where no budget can end it"
        try:
            rule.update(np.zeros(size), np.ones(size), rule.init(np.zeros(size)))
        except Exception as error:  # of any kind, as it is another library's code
            return f"torch:{self.name}: {' '.join(str(error).split())}"
        return None

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest layer's product in a step."""
        return self._loop(problem).product(problem)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Train until `Stop` ends it: it never converges by itself."""
        self._loop(problem).run(problem, theta, trace)

    def _loop(self, problem: Problem) -> FirstOrder:
        shapes = tuple(problem.model.layout.shapes.items())
        return FirstOrder(TorchRule(self.name, self.options, shapes), self.batch, self.shuffle)


def names() -> list[str]:
    """Return the names of all optimizers that are installed. Raises ValueError without PyTorch."""
    base = _torch().optim.Optimizer
    found = {
        name
        for module in _modules()
        for name, entry in vars(module).items()
        if inspect.isclass(entry) and issubclass(entry, base) and not name.startswith(("_", "Base"))
    }
    return sorted(found - {"Optimizer"})


def defaults(name: str) -> Defaults:
    """Return an optimizer's numeric options with their defaults; of a pair `betas`, `betas_1` and `betas_2`.

    Raises ValueError for an unknown name and without PyTorch.
    """
    return flat(_parameters(name))


def keywords(name: str, options: Options) -> Defaults:
    """Return the options as the optimizer's keyword arguments, pairs as pairs."""
    return gathered(_parameters(name), dict(options))


def _parameters(name: str) -> Defaults:
    """Return the parameters whose default is a number, a truth or a tuple of numbers, with the default."""
    found = {}
    for option, parameter in inspect.signature(_class(name).__init__).parameters.items():
        default = 1e-3 if option == "lr" and not isinstance(parameter.default, float) else parameter.default
        if option not in SWITCHES and numeric(default):
            whole = type(default) is int and "float" in str(
                parameter.annotation
            )  # such as momentum: float = 0
            found[option] = float(default) if whole else default
    return found


def _class(name: str) -> Any:
    for module in _modules():
        entry = vars(module).get(name)
        if inspect.isclass(entry) and issubclass(entry, _torch().optim.Optimizer):
            return entry
    raise ValueError(unknown("optimizer of PyTorch", name, names()))


def _modules() -> Iterator[ModuleType]:
    _torch()
    for name in MODULES:
        with suppress(ImportError):
            yield import_module(name)


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError:
        raise ValueError("torch:NAME needs PyTorch, which is missing: pip install torch") from None
