"""linear-dw: dw += dy^T x. See lesson.md; then `tinynn workshop check` this folder."""

cimport cython
from cython cimport floating


def linear_dw(const floating[:, ::1] dy, const floating[:, ::1] x, floating[:, ::1] dw):
    """dy (m, n), x (m, k): add the weight gradient to dw (n, k)."""
    cdef Py_ssize_t m = x.shape[0], n = dw.shape[0], k = dw.shape[1]
    raise NotImplementedError("write me")
