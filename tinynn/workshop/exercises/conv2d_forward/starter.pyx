"""conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad].

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def conv2d_forward(
    const floating[:, :, :, ::1] x,
    const floating[:, :, :, ::1] w,
    const floating[::1] b,
    floating[:, :, :, ::1] y,
    Py_ssize_t stride,
    Py_ssize_t padding,
):
    """x (N, C, H, W), w (O, C, I, J), b (O,): write what every window gives into y (N, O, P, Q)."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], H = x.shape[2], W = x.shape[3], O = w.shape[0]
    raise NotImplementedError("write me")
