"""linear-dx: dx = dy w.

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def linear_dx(const floating[:, ::1] dy, const floating[:, ::1] w, floating[:, ::1] dx):
    """dy (m, n), w (n, k): write the gradient of the layer's input to dx (m, k)."""
    cdef Py_ssize_t m = dx.shape[0], n = w.shape[0], k = dx.shape[1]
    raise NotImplementedError("write me")
