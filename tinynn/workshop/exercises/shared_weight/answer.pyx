"""shared-weight: du[index[i]] += dw[i]: the gradient of a weight is the sum over its uses."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def shared_weight(const floating[:, ::1] dw, const long long[::1] index, floating[:, ::1] du):
    """dw (m, k), index (m,): add each row to the row of du (u, k) that it was taken from."""
    cdef Py_ssize_t m = dw.shape[0], k = dw.shape[1]
    cdef Py_ssize_t i, l
    for i in range(m):
        for l in range(k):
            du[index[i], l] += dw[i, l]
