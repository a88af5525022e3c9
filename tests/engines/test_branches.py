"""One of two branches is taken, by values in NumPy and inside of a compiled step."""

import jax
import numpy as np
import pytest

from optae.engines.branches import when


def refused():
    raise AssertionError("this branch is not due")


@pytest.mark.parametrize("due", [True, False, np.float64(3) > 2])
def test_numpy_computes_one_branch_only(due):
    branches = (lambda: "then", refused) if due else (refused, lambda: "otherwise")
    assert when(due, *branches, np) == ("then" if due else "otherwise")


def test_a_compiled_step_has_a_condition():
    def step(t, x):
        return when(t % 3 == 0, lambda: 2 * x, lambda: x, jax.numpy)

    assert "cond[" in str(jax.make_jaxpr(step)(3, np.ones(2)))
    assert [float(jax.jit(step)(t, np.float32(1))) for t in (3, 4)] == [2.0, 1.0]
