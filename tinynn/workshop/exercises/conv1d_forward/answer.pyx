"""conv1d-forward: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, c, p stride + k]."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def conv1d_forward(
    const floating[:, :, ::1] x,
    const floating[:, :, ::1] w,
    const floating[::1] b,
    floating[:, :, ::1] y,
    Py_ssize_t stride,
):
    """x (N, C, L), w (O, C, K), b (O,): write what every window gives into y (N, O, P)."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], O = w.shape[0], K = w.shape[2], P = y.shape[2]
    cdef Py_ssize_t n, o, c, k, p
    for n in range(N):
        for o in range(O):
            for p in range(P):
                y[n, o, p] = b[o]
            for c in range(C):
                for k in range(K):
                    for p in range(P):
                        y[n, o, p] += w[o, c, k] * x[n, c, p * stride + k]
