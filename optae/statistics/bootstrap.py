"""A number and how sure of it we are."""

import math
from dataclasses import dataclass

import numpy as np

from .samples import check_share

RESAMPLES = 2000
ALONE = "one seed: no interval"


@dataclass(frozen=True)
class Estimate:
    """A statistic and its interval; where there is none, low and high are nan and `note` says why.

    >>> print(Estimate(0.71, 0.6, 0.84), "|", Estimate.alone(3))
    0.71 [0.6, 0.84] | 3 (one seed: no interval)
    """

    value: float
    low: float
    high: float
    note: str = ""

    @classmethod
    def alone(cls, value: float, note: str = ALONE) -> "Estimate":
        """A value without an interval."""
        return cls(value, math.nan, math.nan, note)

    def __str__(self) -> str:
        span = "" if math.isnan(self.low) else f" [{self.low:.4g}, {self.high:.4g}]"
        return f"{self.value:.4g}{span}" + (f" ({self.note})" if self.note else "")


def percentile_interval(value: float, resampled: np.ndarray, level: float) -> Estimate:
    """The share `level` of resampled statistics (resamples,) in the middle (Efron, 1979).

    Its ends are order statistics, so that infinities need no arithmetic; it always holds the value.
    """
    check_share(level, "level")
    if not resampled.size:
        raise ValueError("0 resamples leave no interval: give some 2000")
    low = np.quantile(resampled, (1 - level) / 2, method="lower")
    high = np.quantile(resampled, (1 + level) / 2, method="higher")
    return Estimate(value, min(value, float(low)), max(value, float(high)))
