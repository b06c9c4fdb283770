"""conv1d-forward: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, c, p stride + k].

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def conv1d_forward(
    const floating[:, :, ::1] x,
    const floating[:, :, ::1] w,
    const floating[::1] b,
    floating[:, :, ::1] y,
    Py_ssize_t stride,
):
    """x (N, C, L), w (O, C, K), b (O,): write what every window gives into y (N, O, P)."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], O = w.shape[0], K = w.shape[2], P = y.shape[2]
    raise NotImplementedError("write me")
