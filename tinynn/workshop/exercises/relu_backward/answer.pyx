"""relu-backward: dx = dy where y > 0, else 0."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def relu_backward(const floating[:, ::1] dy, const floating[:, ::1] y, floating[:, ::1] dx):
    """dy, y (m, n): write the gradient of the ReLU's input to dx (m, n)."""
    cdef Py_ssize_t m = dx.shape[0], n = dx.shape[1]
    cdef Py_ssize_t i, j
    for i in range(m):
        for j in range(n):
            dx[i, j] = dy[i, j] if y[i, j] > 0 else 0
