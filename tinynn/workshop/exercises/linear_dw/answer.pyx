"""linear-dw: dw += dy^T x."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def linear_dw(const floating[:, ::1] dy, const floating[:, ::1] x, floating[:, ::1] dw):
    """dy (m, n), x (m, k): add the weight gradient to dw (n, k)."""
    cdef Py_ssize_t m = x.shape[0], n = dw.shape[0], k = dw.shape[1]
    cdef Py_ssize_t i, j, l
    for i in range(m):
        for j in range(n):
            for l in range(k):
                dw[j, l] += dy[i, j] * x[i, l]
