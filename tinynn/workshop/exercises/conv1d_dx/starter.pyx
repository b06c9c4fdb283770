"""conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p].

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def conv1d_dx(
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] w,
    floating[:, :, ::1] dx,
    Py_ssize_t stride,
):
    """dy (N, O, P), w (O, C, K): write the input gradient to dx (N, C, L)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2]
    raise NotImplementedError("write me")
