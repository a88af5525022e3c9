"""Estimators of scikit-learn that train by any method of the registry."""
