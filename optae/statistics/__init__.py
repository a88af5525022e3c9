"""How runs are compared, by the usual definitions: arrays in, numbers with their uncertainty out.

Smaller is better unless `larger_is_better` says otherwise. A run that came to nothing is inf, or -inf where
larger is better, never nan. Nothing is random but the bootstrap, whose seed is an
argument.
"""

from .aggregates import Summary, iqm, summarise
from .bootstrap import RESAMPLES, Estimate
from .curves import Band, band, common_grid, resample
from .paired import Verdict, compare, probability_of_improvement, signed_rank
from .profiles import costs_to_solve, data_profile, integrated_profile, performance_profile, ratios
from .ranks import POSTHOC, Ranking, friedman, holm, nemenyi_difference
from .samples import quantiles
from .targets import Steps, ecdf, ert, success_rate, time_to_target

__all__ = [
    "POSTHOC", "RESAMPLES",
    "Band", "Estimate", "Ranking", "Steps", "Summary", "Verdict",
    "band", "common_grid", "compare", "costs_to_solve", "data_profile", "ecdf", "ert", "friedman", "holm",
    "integrated_profile", "iqm", "nemenyi_difference", "performance_profile", "probability_of_improvement",
    "quantiles", "ratios", "resample", "signed_rank", "success_rate", "summarise", "time_to_target",
]  # fmt: skip
