"""Train several seeds at once by a first-order rule: S vectors are one (S, size) matrix in one compiled loop.

Every lane has the start, batches and noise that its seed has alone, and takes the same steps except for the
rounding of sums. A lane that has ended is carried along, unseen, until all have ended.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ...engines.contract import Compiler, Repeat, Scan
from ...engines.draw import Draw
from ...training.lockstep import Group, Lane
from ...training.problem import Problem
from .pace import next_pace, offer_last
from .rules import Rule, own_work

SMALL = 200_000  # numbers in the data or a vector from which one seed alone keeps a core busy


def suits(problem: Problem) -> bool:
    """Return whether seeds of this problem gain by training together; they must not have frozen noise."""
    if problem.model.random and not problem.fresh:
        return False
    return problem.engine.compiler is not None and max(problem.x.size, problem.model.size) <= SMALL


def descend(group: Group, rule: Rule, loop: Repeat, compiler: Compiler, precision: str) -> None:
    """Train on all the data of one draw, where every loss is exact, until each lane has ended."""
    first, thetas = group.lanes[0].problem, [lane.theta for lane in group.lanes]
    carry = compiler.stack([((theta, rule.init(theta)), (np.inf, theta)) for theta in thetas])
    draws = [lane.problem.objective().draw for lane in group.lanes]
    draw = compiler.cast(draws[0] if shared(group) else _stacked(draws, 0), precision)
    if precision != "float64":
        carry = compiler.cast(carry, precision)  # counters too
    _charge(group, rule, 1.0)
    pace = 1
    while group.running:
        before = group.seconds
        count = min(lane.trace.allowance(1, lane.trace.stride(1, pace)) for _, lane in group.running)
        carry, values, spent = group.take(loop, carry, draw, count)
        (last, _), (lowest, best) = carry
        last, lowest, best = np.asarray(last), np.asarray(lowest), np.asarray(best)
        for i, lane in group.running:
            with lane.ending():
                lane.trace.steps(values[:, i], 1, before, (lowest[i], best[i]))
            if lane.ended:
                offer_last(lane.trace, lane.problem.objective(), last[i])
        pace = next_pace(pace, spent / len(group.lanes), first.engine.CHUNK)


def shared(group: Group) -> bool:
    """Return whether all lanes train on the same data; those of other seeds may be held out."""
    first = group.lanes[0].problem
    return all(lane.problem.x is first.x for lane in group.lanes)


def pass_over(group: Group, rule: Rule, loop: Scan, compiler: Compiler, batch: int, shuffle: bool) -> None:
    """Train on minibatches or fresh draws, epoch by epoch, until each lane has ended."""
    first = group.lanes[0].problem
    carry = compiler.stack([(lane.theta, rule.init(lane.theta)) for lane in group.lanes])
    cost = batch / first.points
    _charge(group, rule, cost)
    for draws in _epochs(group.lanes, batch, shuffle):
        done, steps = 0, len(draws.x)
        while done < steps and group.running:
            before = group.seconds
            most = min(first.engine.CHUNK, steps - done)
            count = min(lane.trace.allowance(cost, most, steps) for _, lane in group.running)
            carry, values, _ = group.take(loop, carry, draws.at(slice(done, done + count)))
            done += count
            values, last = np.asarray(values), np.asarray(carry[0])
            for i, lane in group.running:
                with lane.ending():
                    lane.trace.steps(values[:, i], cost, before)
                _end_of_epoch(lane, last[i], over=done == steps)
        if not group.running:
            return


def _charge(group: Group, rule: Rule, cost: float) -> None:
    """Charge every step on `cost` of the data for the rule's own work."""
    for lane in group.lanes:
        product = cost * lane.problem.objective().prices.hvp
        lane.trace.works(own_work(rule, lane.problem.model.size, product))


def _end_of_epoch(lane: Lane, theta: np.ndarray, over: bool) -> None:
    """Let the referee measure a lane if the epoch or the lane is over."""
    if over or lane.ended:
        offer_last(lane.trace, lane.problem.objective(), theta)
    if over and not lane.ended:
        with lane.ending():
            lane.trace.iteration()


def _epochs(lanes: Sequence[Lane], batch: int, shuffle: bool) -> Iterator[Draw]:
    """Yield each epoch's draws, (steps, S, batch, ...), from every lane's own stream."""
    streams = (lane.problem.epochs(batch, shuffle) for lane in lanes)
    for draws in zip(*streams, strict=True):
        yield _stacked(draws, 1)


def _stacked(draws: Sequence[Draw], axis: int) -> Draw:
    """Return the draws of all lanes as one, along a new axis."""
    arrays = zip(*draws, strict=True)
    return Draw(*(None if parts[0] is None else np.stack(parts, axis=axis) for parts in arrays))
