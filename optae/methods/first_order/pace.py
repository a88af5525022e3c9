"""How long a compiled loop may run before somebody looks, and the look at its end."""

from typing import Any

import numpy as np

from ...training.trace import Trace

BRISK = 0.02  # seconds that one call of a compiled loop may take before the trace looks again


def next_pace(pace: int, seconds: float, most: int) -> int:
    """Steps of the next call, after one of `pace` steps took so many seconds."""
    return min(2 * pace, most) if seconds < BRISK / 2 else max(1, pace // 2) if seconds > BRISK else pace


def offer_last(trace: Trace, objective: Any, theta: Any) -> None:
    """The loop's last vector has a gradient's value only at the next step: the referee looks at it."""
    theta = np.asarray(theta, dtype=float)
    with trace.paused():
        trace.offer(objective(theta), theta)
