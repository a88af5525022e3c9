"""The words that engines, models and methods share: any library's array.

`Array` stands here, in the first room that knows several array libraries, so that every room which computes
may import it; the rooms above see NumPy's arrays only.
"""

from typing import Any

Array = Any  # a NumPy array, an autograd box or a JAX array: whatever slices and reshapes
