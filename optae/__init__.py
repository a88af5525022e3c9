"""Which method should train this network, and how sure are we?

Autoencoders whose parameters are one flat vector, so that the same model is trained by backpropagation, any
method of scipy.optimize or optax, or optae's own methods, on NumPy, autograd or JAX; and fair comparisons.
"""

import lazy_loader

__version__ = "0.2.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
