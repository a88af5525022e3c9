"""Types of any array library, which Python's type system cannot tell apart.

They stand here, in the first room that knows several array libraries, so that every room which computes may
import them; the rooms above see NumPy's arrays only.
"""

from typing import Any

Array = Any  # a NumPy array, an autograd box or a JAX array: whatever slices and reshapes
Library = Any  # numpy, autograd.numpy or jax.numpy: what a loss is written against, called xp
Tree = Any  # arrays in tuples, lists and dicts, such as a rule's state: what a loop carries
