"""SciPy's Powell method, compiled."""
