"""sigmoid-tanh-backward: back through a sigmoid and a tanh, from their outputs.

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def sigmoid_tanh_backward(
    const floating[:, ::1] dy,
    const floating[:, ::1] s,
    const floating[:, ::1] t,
    floating[:, ::1] du,
    floating[:, ::1] dv,
):
    """dy, s, t (m, n): write the gradients of the inputs of s = sigmoid, t = tanh to du, dv (m, n)."""
    cdef Py_ssize_t m = dy.shape[0], n = dy.shape[1]
    raise NotImplementedError("write me")
