"""K-FAC: natural gradients by Kronecker factors of the Fisher matrix (Martens & Grosse, 2015).

`factors` holds the matrix and its inverse, `quadratic` the exact model that scales each step, `step` one step
in compiled code, and `method` the method. Sections in comments are those of the paper.
"""
