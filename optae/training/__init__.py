"""A problem, a budget, and the trace that one run leaves."""
