"""linear-relu-backward: back through y = max(x w^T + b, 0).

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def linear_relu_backward(
    const floating[:, ::1] dy,
    const floating[:, ::1] y,
    const floating[:, ::1] x,
    const floating[:, ::1] w,
    floating[:, ::1] dx,
    floating[:, ::1] dw,
    floating[::1] db,
):
    """dy, y (m, n), x (m, k), w (n, k): write dx (m, k), add to dw (n, k) and db (n,)."""
    cdef Py_ssize_t m = dy.shape[0], n = dy.shape[1], k = x.shape[1]
    raise NotImplementedError("write me")
