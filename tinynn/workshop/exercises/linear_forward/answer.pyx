"""linear-forward: y = x w^T + b."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def linear_forward(
    const floating[:, ::1] x,
    const floating[:, ::1] w,
    const floating[::1] b,
    floating[:, ::1] y,
):
    """x (m, k), w (n, k), b (n,): write the layer's outputs to y (m, n)."""
    cdef Py_ssize_t m = y.shape[0], n = y.shape[1], k = x.shape[1]
    cdef Py_ssize_t i, j, l
    cdef floating total
    for i in range(m):
        for j in range(n):
            total = b[j]
            for l in range(k):
                total += x[i, l] * w[j, l]
            y[i, j] = total
