"""sigmoid-tanh-backward: back through a sigmoid and a tanh, from their outputs."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def sigmoid_tanh_backward(
    const floating[:, ::1] dy,
    const floating[:, ::1] s,
    const floating[:, ::1] t,
    floating[:, ::1] du,
    floating[:, ::1] dv,
):
    """dy, s, t (m, n): write the gradients of the inputs of s = sigmoid, t = tanh to du, dv (m, n)."""
    cdef Py_ssize_t m = dy.shape[0], n = dy.shape[1]
    cdef Py_ssize_t i, j
    for i in range(m):
        for j in range(n):
            du[i, j] = dy[i, j] * s[i, j] * (1 - s[i, j])
            dv[i, j] = dy[i, j] * (1 - t[i, j] * t[i, j])
