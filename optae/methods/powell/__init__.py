"""SciPy's Powell, compiled."""
