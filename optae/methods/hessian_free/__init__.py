"""Truncated Gauss-Newton steps on batches: Hessian-free optimisation (Martens, 2010), and `lm` on batches.

`rules` holds the numbers, `cg` conjugate gradients in compiled code, `preconditioners` what they are
conditioned by, `step` one step, and `method` the method.
"""
