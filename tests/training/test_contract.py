"""The contracts: what fit asks of a method, what an engine offers, and what a trace is made of."""

import ast
from pathlib import Path

import numpy as np
import pytest

import optae
from optae.engines import ENGINES, engine
from optae.methods import METHODS, method_spec
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import Epochs
from optae.methods.first_order.loop import FirstOrder
from optae.methods.redrawn import Redrawn
from optae.training.budget import Budget
from optae.training.checkpoint import Checkpoint
from optae.training.contract import EndlessMethod, LockstepMethod, ResumableMethod, SizedMethod
from optae.training.trace import Trace

X = np.eye(6)
PROBLEM = optae.Problem(optae.Autoencoder([6, 2]), X)
PACKAGE = Path(optae.__file__).parent
ROOMS = ("model", "engines", "methods", "training", "evaluation")


class Minimal:
    """A method with the two functions that the contract asks for."""

    def refuses(self, problem):
        return None

    def run(self, problem, theta, trace):
        trace.tell("looks", 2)
        trace.watch(problem.objective())(theta)
        return "converged", "done"


def test_a_method_needs_two_functions_and_may_count_what_it_likes():
    result = optae.fit(PROBLEM, Minimal())
    assert (result.status, result.message, result.extra) == ("converged", "done", {"looks": 2})


ENDLESS = {"dual-annealing", "basin-hopping", "l-bfgs-short"}


@pytest.mark.parametrize("name", [*METHODS, "optax:lion"])
def test_fit_asks_for_a_budget_where_a_method_never_ends_by_itself(name):
    method = method_spec(name)()
    endless = method_spec(name).batch.endswith("stochastic") or name in ENDLESS
    assert (isinstance(method, EndlessMethod) and method.endless) == endless
    for each in (method, Redrawn(method, 2)) if endless else (Redrawn(method, 2),):
        with pytest.raises(ValueError, match="never ends by itself: give `max_seconds`"):
            optae.fit(PROBLEM, each)


def test_only_a_method_that_resumes_takes_a_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="checkpoints are for compiled epochs"):
        optae.fit(PROBLEM, Minimal(), checkpoint=Checkpoint(tmp_path / "c.npz"))


def test_which_method_keeps_which_contract():
    assert isinstance(Epochs(fo.Adam(), 3), ResumableMethod) and not isinstance(
        Epochs(fo.Adam(), 3), LockstepMethod
    )
    for method in (FirstOrder(fo.Adam()), method_spec("optax:lion")()):
        assert isinstance(method, LockstepMethod) and not isinstance(method, ResumableMethod)
    assert isinstance(FirstOrder(fo.Adam()), SizedMethod)
    for name in ("lm", "l-bfgs", "powell"):
        assert not isinstance(METHODS[name](), LockstepMethod | ResumableMethod)
    assert not isinstance(METHODS["l-bfgs"](), SizedMethod)


def test_an_engine_says_its_name_and_whether_it_compiles():
    assert {name: engine(name).name for name in ENGINES} == {name: name for name in ENGINES}
    assert [engine(name).compiler is not None for name in ENGINES] == [False, False, True]


@pytest.mark.parametrize("wanted", ["jax", engine("jax")])
def test_a_problems_engine_is_given_by_name_or_itself(wanted):
    assert optae.Problem(PROBLEM.model, X, engine=wanted).engine is engine("jax")
    assert PROBLEM.engine is engine("numpy")


def test_lm_counts_its_restarts():
    problem = optae.Problem(optae.Autoencoder([6, 1], loss="half_sse"), X)
    counts = [optae.fit(problem, METHODS["lm"](restarts=k), max_iterations=900).extra for k in (0, 2)]
    assert counts == [{"restarts": 0}, {"restarts": 2}]


def test_a_trace_has_the_attributes_that_it_was_made_with():
    """Its own methods replace parts when a checkpoint is restored; nothing outside sets an attribute."""
    trace = Trace(Budget(max_evaluations=5))
    before = {*vars(trace)}
    trace.begin(PROBLEM.start(), PROBLEM.objective())
    trace.watch(PROBLEM.objective())(PROBLEM.start())
    trace.finish()
    assert {*vars(trace)} == before
    outside = [
        f"{path.name}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "trace"
    ]
    assert not outside


def test_no_room_of_the_core_asks_whether_something_has_an_attribute():
    """Contracts and fields decide what something can do."""
    found = [
        f"{path.name}:{node.lineno}"
        for name in ROOMS
        for path in (PACKAGE / name).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (node.func.id == "hasattr" or (node.func.id in ("getattr", "setattr") and _constant(node)))
    ]
    assert not found


def _constant(call):
    """Whether a name is asked for that the source could have written out."""
    return len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
