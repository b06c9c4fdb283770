"""conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad].

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def conv2d_dw(
    const floating[:, :, :, ::1] dy,
    const floating[:, :, :, ::1] x,
    floating[:, :, :, ::1] dw,
    Py_ssize_t stride,
    Py_ssize_t padding,
):
    """dy (N, O, P, Q), x (N, C, H, W): add the weight gradient to dw (O, C, I, J)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2], Q = dy.shape[3], C = x.shape[1]
    raise NotImplementedError("write me")
