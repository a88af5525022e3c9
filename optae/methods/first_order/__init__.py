"""First-order rules and the loops that apply them."""
