"""maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q).

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def maxpool_backward(
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] x,
    floating[:, :, ::1] dx,
    Py_ssize_t k,
    Py_ssize_t stride,
):
    """dy (M, P, Q), x (M, H, W), windows of k x k: write the input gradient to dx (M, H, W)."""
    cdef Py_ssize_t M = dy.shape[0], P = dy.shape[1], Q = dy.shape[2], H = x.shape[1], W = x.shape[2]
    raise NotImplementedError("write me")
