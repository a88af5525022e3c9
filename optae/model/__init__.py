"""Models on one flat vector: layout, layers, losses, bottlenecks, and the autoencoder made of them."""
