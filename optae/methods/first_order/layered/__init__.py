"""First-order rules that see each layer's weights as a matrix."""
