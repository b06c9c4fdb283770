"""matmul-blocked: c = a b, block by block."""

cimport cython
from cython cimport floating

cdef Py_ssize_t T = 64  # a block of 64 x 64 doubles is 32 KB


@cython.boundscheck(False)
@cython.wraparound(False)
def matmul_blocked(const floating[:, ::1] a, const floating[:, ::1] b, floating[:, ::1] c):
    """a (m, k), b (k, n): write the product to c (m, n)."""
    cdef Py_ssize_t m = a.shape[0], k = b.shape[0], n = c.shape[1]
    cdef Py_ssize_t i, j, l, jj, ll
    cdef floating kept
    for i in range(m):
        for j in range(n):
            c[i, j] = 0
    for ll in range(0, k, T):
        for jj in range(0, n, T):
            for i in range(m):
                for l in range(ll, min(ll + T, k)):
                    kept = a[i, l]
                    for j in range(jj, min(jj + T, n)):
                        c[i, j] += kept * b[l, j]
