"""Models on one flat vector: layout, layers, losses, bottlenecks, and the chains that are made of them."""
