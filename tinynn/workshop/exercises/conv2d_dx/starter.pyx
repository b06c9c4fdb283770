"""conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q].

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def conv2d_dx(
    const floating[:, :, :, ::1] dy,
    const floating[:, :, :, ::1] w,
    floating[:, :, :, ::1] dx,
    Py_ssize_t stride,
    Py_ssize_t padding,
):
    """dy (N, O, P, Q), w (O, C, I, J): write the input gradient to dx (N, C, H, W)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2], Q = dy.shape[3], C = dx.shape[1]
    raise NotImplementedError("write me")
