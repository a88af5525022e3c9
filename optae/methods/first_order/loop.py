"""Train by a first-order rule, on all the data or on minibatches, until the trace ends the run."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

import numpy as np

from ...engines import Array, Engine, Tree
from ...engines.contract import Model, Repeat, Scan, Step
from ...engines.draw import Draw
from ...training.lockstep import Group
from ...training.objective import Objective
from ...training.problem import Problem
from ...training.thread_rule import forward
from ...training.trace import Trace
from . import lockstep as together
from .layered.layers import on_vector
from .pace import next_pace, offer_last
from .rules import AveragingRule, InformedRule, Rule, averages, own_work, refusal_of, update_of


@dataclass(frozen=True)
class FirstOrder:
    """A rule with its batches; an iteration is an epoch, one pass over the data.

    On all the data of a model without noise every loss is exact, and the best vector is kept step by step.
    Otherwise, and of a rule that averages, the referee measures the vector at the end of every epoch, off the
    clock, and keeps the best.
    """

    rule: Rule  # a frozen dataclass
    batch: int | None = None  # samples of a step, at most all the data, or None for all
    shuffle: bool = True
    precision: str = "float64"  # float32 is possible on all the data
    endless = True

    def __post_init__(self) -> None:
        if self.batch is not None and self.batch < 1:
            raise ValueError(f"batch {self.batch}: give at least 1 sample a step")

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        if reason := refusal_of(self.rule, problem.engine):
            return reason
        if self.precision != "float64" and problem.engine.compiler is None:
            return f"precision {self.precision} is for engine jax"
        if self.precision != "float64" and not self._exact(problem):
            return f"precision {self.precision} on fresh noise is for compiled epochs: give `batch` too"
        return None

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest layer's product in a step."""
        return forward(problem, problem.batch(self.batch))

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Train until `Stop` ends it: it never converges by itself."""
        if self._exact(problem):
            descend(problem, self._rule(problem), theta, trace, self.precision)
        self._epochs(problem, theta, trace)

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this problem gain by training together."""
        return together.suits(problem) and not averages(self.rule)

    def run_together(self, group: Group) -> None:
        """Train every lane in one loop."""
        first = group.lanes[0].problem
        rule, compiler = self._rule(first), first.engine.compiler
        words = first.model, rule, first.engine
        if compiler is None:
            raise ValueError(f"engine {first.engine.name} trains one seed at a time: choose jax")
        group.begin()
        if self._exact(first):
            lanes = "shared" if together.shared(group) else "apart"
            together.descend(group, rule, _exact_loop(*words, lanes), compiler, self.precision)
        else:
            batch = first.batch(self.batch)
            together.pass_over(group, rule, _minibatch_loop(*words, True), compiler, batch, self.shuffle)

    def _rule(self, problem: Problem) -> Rule:
        """Return the rule over the flat vector."""
        return on_vector(self.rule, problem.model.layout)

    def _exact(self, problem: Problem) -> bool:
        whole = problem.batch(self.batch) == problem.points
        return whole and not problem.random and not averages(self.rule)

    def _epochs(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        engine, objective, rule = problem.engine, problem.objective(), self._rule(problem)
        run = _minibatch_loop(problem.model, rule, engine)
        batch = problem.batch(self.batch)
        cost, carry = batch / problem.points, (theta, rule.init(theta))
        trace.works(own_work(rule, len(theta), cost * objective.prices.hvp))
        try:
            for draws in problem.epochs(batch, self.shuffle):
                done, steps = 0, len(draws.x)
                while done < steps:
                    count = trace.allowance(cost, min(engine.CHUNK, steps - done), steps)
                    started = trace.seconds
                    piece = draws.at(slice(done, done + count))
                    carry, values = run(carry, piece)
                    trace.steps(values, cost, started)
                    done += count
                del draws, piece  # before the next epoch is drawn
                self._offer(trace, objective, carry)
                trace.iteration()
        finally:
            self._offer(trace, objective, carry)
        raise AssertionError("epochs never end")

    def _offer(self, trace: Trace, objective: Objective, carry: Tree) -> None:
        """Let the referee measure theta, or the result of a rule that averages."""
        if not (isinstance(self.rule, AveragingRule) and self.rule.averages):
            offer_last(trace, objective, carry[0])
            return
        with trace.paused():
            theta = objective.engine.compiled(self.rule.result)(*carry)
        offer_last(trace, objective, theta)


def descend(
    problem: Problem, rule: Rule, theta: np.ndarray, trace: Trace, precision: str = "float64"
) -> NoReturn:
    """Take steps on all the data of one draw until `Stop` ends the run."""
    engine, objective = problem.engine, problem.objective()
    run = _exact_loop(problem.model, rule, engine)
    carry: Tree = (theta, rule.init(theta)), (np.inf, theta)
    pace, draw = 1, objective.draw
    if precision != "float64" and engine.compiler:
        carry, draw = engine.compiler.cast((carry, draw), precision)
    trace.works(own_work(rule, problem.model.size, objective.prices.hvp))
    try:
        while True:
            started = trace.seconds
            carry, values = run(carry, draw, trace.allowance(1, trace.stride(1, pace)))
            trace.steps(values, 1, started, carry[1])
            pace = next_pace(pace, trace.seconds - started, engine.CHUNK)
    finally:
        offer_last(trace, objective, carry[0][0])


@lru_cache(maxsize=64)  # model, rule and engine are frozen, so a second run finds its loop compiled
def _exact_loop(model: Model, rule: Rule, engine: Engine, lanes: str = "") -> Repeat:
    """Return a loop with carry = (theta, state), (lowest value, its theta).

    With `lanes` it is for several runs, on one "shared" draw or on draws "apart".
    """
    value_and_grad, xp, update = engine.value_and_grad(model), engine.xp, _update_of(model, rule, engine)

    def step(carry: Tree, draw: Draw) -> tuple[Tree, Array]:
        (theta, state), (lowest, best) = carry
        value, grad = value_and_grad(theta, draw)
        best = xp.where(value < lowest, theta, best)
        return (update(draw, value, theta, grad, state), (xp.fmin(value, lowest), best)), value

    return engine.repeat(_laned(step, engine, shared=lanes == "shared") if lanes else step)


@lru_cache(maxsize=64)
def _minibatch_loop(model: Model, rule: Rule, engine: Engine, many: bool = False) -> Scan:
    """Return a loop with carry = theta, state, for several runs if `many`."""
    value_and_grad, update = engine.value_and_grad(model), _update_of(model, rule, engine)

    def step(carry: Tree, draw: Draw) -> tuple[Tree, Array]:
        theta, state = carry
        value, grad = value_and_grad(theta, draw)
        return update(draw, value, theta, grad, state), value

    return engine.scan(_laned(step, engine, shared=False) if many else step)


def _laned(step: Step, engine: Engine, shared: bool) -> Step:
    """Return the step for several carries at once, if the engine has a compiler."""
    return engine.compiler.lanes(step, shared) if engine.compiler else step


def _update_of(
    model: Model, rule: Rule, engine: Engine
) -> Callable[[Draw, Array, Array, Array, Tree], tuple[Array, Tree]]:
    """Return (draw, value, theta, grad, state) -> (theta, state); some rules need the value or the loss."""
    update = update_of(rule, engine.xp)
    if not isinstance(rule, InformedRule):
        return lambda draw, value, *at: update(*at)
    loss = engine.value(model)
    return lambda draw, value, *at: rule.informed(value, lambda theta: loss(theta, draw)).update(*at)
