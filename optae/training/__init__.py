"""Training: a problem, a budget, and the trace that records a run."""
