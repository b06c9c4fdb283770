"""conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad]."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def conv2d_dw(
    const floating[:, :, :, ::1] dy,
    const floating[:, :, :, ::1] x,
    floating[:, :, :, ::1] dw,
    Py_ssize_t stride,
    Py_ssize_t padding,
):
    """dy (N, O, P, Q), x (N, C, H, W): add the weight gradient to dw (O, C, I, J)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2], Q = dy.shape[3], C = x.shape[1]
    cdef Py_ssize_t H = x.shape[2], W = x.shape[3], I = dw.shape[2], J = dw.shape[3]
    cdef Py_ssize_t n, o, c, i, j, p, q, row, column
    cdef floating sum
    for n in range(N):
        for o in range(O):
            for c in range(C):
                for i in range(I):
                    for j in range(J):
                        sum = 0
                        for p in range(P):
                            row = p * stride + i - padding
                            if row < 0 or row >= H:
                                continue
                            for q in range(Q):
                                column = q * stride + j - padding
                                if column >= 0 and column < W:
                                    sum += dy[n, o, p, q] * x[n, c, row, column]
                        dw[o, c, i, j] += sum
