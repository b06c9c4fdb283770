"""softmax-xent-backward: dx = (p - onehot) / m."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def softmax_xent_backward(
    const floating[:, ::1] p,
    const long long[::1] label,
    floating[:, ::1] dx,
):
    """p (m, c), label (m,): write the gradient of the mean loss to dx (m, c)."""
    cdef Py_ssize_t m = p.shape[0], c = p.shape[1]
    cdef Py_ssize_t i, j
    for i in range(m):
        for j in range(c):
            dx[i, j] = (p[i, j] - (1 if j == label[i] else 0)) / m
