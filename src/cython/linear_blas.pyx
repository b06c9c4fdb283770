"""The matrix product by BLAS: what the loops of linear.pyx are measured against.

scipy.linalg.cython_blas hands Cython the BLAS that SciPy brings along. The kernel `matmul` of the Cython
rung stands in a module of its own because importing this one imports scipy.linalg.

Letters   g matrices   m, n the sides of the product   k the axis summed over
Contract  csrc/kernels.def, linear, matmul.  The checks: tinynn/_cython/border.py
"""

import numpy as np

from formulas cimport floating
from scipy.linalg.cython_blas cimport dgemm, sgemm

from tinynn._cython.border import take, with_g
from tinynn.errors import ArgumentError


def matmul(a, b, *, transpose_a=False, transpose_b=False):
    """c = op(a) op(b), op(a) being a (m, k) or, transposed, (k, m); b likewise; or with a leading g."""
    a_letters, b_letters = "gkm" if transpose_a else "gmk", "gnk" if transpose_b else "gkn"
    a3, b3 = take("matmul", g=True, a=(a, a_letters), b=(b, b_letters))
    if max(*a3.shape, *b3.shape) > 2**31 - 1:
        raise ArgumentError("matmul: an axis is longer than 2^31 - 1, the largest number this BLAS can count")
    shape = a3.shape[0], a3.shape[2 if transpose_a else 1], b3.shape[1 if transpose_b else 2]
    c = np.zeros(shape if a.ndim == 3 else shape[1:], a.dtype)
    if a.size and b.size:
        product(a3, b3, with_g(c, 3), transpose_a, transpose_b)
    return c


def product(
    const floating[:, :, ::1] a,
    const floating[:, :, ::1] b,
    floating[:, :, ::1] c,
    bint transpose_a,
    bint transpose_b,
):
    # BLAS reads by columns, so it takes each of our matrices for its transpose. We want c = a b; in its
    # eyes that is c^T = b^T a^T: the same call with a and b, and m and n, swapped.
    cdef Py_ssize_t h
    cdef int m = <int>c.shape[1], n = <int>c.shape[2], k = <int>a.shape[1 if transpose_a else 2]
    cdef int row_a = <int>a.shape[2], row_b = <int>b.shape[2]
    cdef char op_a = c"T" if transpose_a else c"N", op_b = c"T" if transpose_b else c"N"
    cdef floating one = 1, zero = 0
    cdef floating *pa
    cdef floating *pb
    with nogil:
        for h in range(c.shape[0]):
            pa, pb = <floating *>&a[h, 0, 0], <floating *>&b[h, 0, 0]
            if floating is float:
                sgemm(&op_b, &op_a, &n, &m, &k, &one, pb, &row_b, pa, &row_a, &zero, &c[h, 0, 0], &n)
            else:
                dgemm(&op_b, &op_a, &n, &m, &k, &one, pb, &row_b, pa, &row_a, &zero, &c[h, 0, 0], &n)
