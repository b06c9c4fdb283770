"""conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad]."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
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
    cdef Py_ssize_t I = w.shape[2], J = w.shape[3], P = y.shape[2], Q = y.shape[3]
    cdef Py_ssize_t n, o, p, q, c, i, j, row, column
    cdef floating sum
    for n in range(N):
        for o in range(O):
            for p in range(P):
                for q in range(Q):
                    sum = b[o]
                    for c in range(C):
                        for i in range(I):
                            row = p * stride + i - padding
                            if row < 0 or row >= H:
                                continue
                            for j in range(J):
                                column = q * stride + j - padding
                                if column >= 0 and column < W:
                                    sum += w[o, c, i, j] * x[n, c, row, column]
                    y[n, o, p, q] = sum
