"""conv1d-dw: dw[o, c, k] += sum over n, p of dy[n, o, p] x[n, c, p stride + k].

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def conv1d_dw(
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] x,
    floating[:, :, ::1] dw,
    Py_ssize_t stride,
):
    """dy (N, O, P), x (N, C, L): add the weight gradient to dw (O, C, K)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2], C = x.shape[1], K = dw.shape[2]
    raise NotImplementedError("write me")
