"""Choose how many steps a compiled loop takes at a time, and measure its last vector."""

import numpy as np

from ...engines import Array
from ...training.objective import Objective
from ...training.trace import Trace

BRISK = 0.02  # seconds that one call of a compiled loop may take before the trace checks the budget


def next_pace(pace: int, seconds: float, most: int) -> int:
    """Return the number of steps of the next call, after a call of `pace` steps took `seconds`."""
    if seconds < BRISK / 2:
        return min(2 * pace, most)
    if seconds > BRISK:
        return max(1, pace // 2)
    return pace


def offer_last(trace: Trace, objective: Objective, theta: Array) -> None:
    """Measure the loop's last vector off the clock, as no later step computes its value."""
    theta = np.asarray(theta, dtype=float)
    with trace.paused():
        trace.offer(objective(theta), theta)
