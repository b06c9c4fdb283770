"""matmul-packed: c = a b; each block of b is copied to a place of its own first."""

cimport cython
import numpy as np
from cython cimport floating

cdef Py_ssize_t T = 64


@cython.boundscheck(False)
@cython.wraparound(False)
def matmul_packed(const floating[:, ::1] a, const floating[:, ::1] b, floating[:, ::1] c):
    """a (m, k), b (k, n): write the product to c (m, n)."""
    cdef Py_ssize_t m = a.shape[0], k = b.shape[0], n = c.shape[1]
    cdef Py_ssize_t i, j, l, jj, ll, deep, wide
    cdef floating kept
    cdef floating[:, ::1] packed = np.empty((T, T), np.float32 if floating is float else np.float64)
    for i in range(m):
        for j in range(n):
            c[i, j] = 0
    for ll in range(0, k, T):
        deep = min(T, k - ll)
        for jj in range(0, n, T):
            wide = min(T, n - jj)
            for l in range(deep):
                for j in range(wide):
                    packed[l, j] = b[ll + l, jj + j]
            for i in range(m):
                for l in range(deep):
                    kept = a[i, ll + l]
                    for j in range(wide):
                        c[i, jj + j] += kept * packed[l, j]
