"""Networks on one flat vector: layout, layers, losses, bottlenecks, and the autoencoder that they make."""
