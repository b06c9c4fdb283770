"""linear-dx: dx = dy w."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def linear_dx(const floating[:, ::1] dy, const floating[:, ::1] w, floating[:, ::1] dx):
    """dy (m, n), w (n, k): write the gradient of the layer's input to dx (m, k)."""
    cdef Py_ssize_t m = dx.shape[0], n = w.shape[0], k = dx.shape[1]
    cdef Py_ssize_t i, j, l
    for i in range(m):
        for l in range(k):
            dx[i, l] = 0
        for j in range(n):
            for l in range(k):
                dx[i, l] += dy[i, j] * w[j, l]
