"""Type aliases for arrays of any library, which Python's type system cannot tell apart.

They are defined in the first room that knows several array libraries, so that every room which computes can
import them; the rooms above it see NumPy's arrays only.
"""

from typing import Any

Array = Any  # a NumPy array, an autograd box or a JAX array
Library = Any  # numpy, autograd.numpy or jax.numpy, which every loss takes as its argument xp
Tree = Any  # arrays in nested tuples, lists and dicts, which a loop carries: theta and a rule's state
