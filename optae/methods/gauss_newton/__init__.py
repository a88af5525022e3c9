"""Our own damped Gauss-Newton, and the linear algebra beneath it."""
