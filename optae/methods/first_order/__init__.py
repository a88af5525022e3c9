"""First-order rules, and the loops that take their steps."""
