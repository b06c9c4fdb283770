"""shared-weight: du[index[i]] += dw[i]: the gradient of a weight is the sum over its uses.

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def shared_weight(const floating[:, ::1] dw, const long long[::1] index, floating[:, ::1] du):
    """dw (m, k), index (m,): add each row to the row of du (u, k) that it was taken from."""
    cdef Py_ssize_t m = dw.shape[0], k = dw.shape[1]
    raise NotImplementedError("write me")
