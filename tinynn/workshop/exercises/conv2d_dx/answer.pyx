"""conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q]."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def conv2d_dx(
    const floating[:, :, :, ::1] dy,
    const floating[:, :, :, ::1] w,
    floating[:, :, :, ::1] dx,
    Py_ssize_t stride,
    Py_ssize_t padding,
):
    """dy (N, O, P, Q), w (O, C, I, J): write the input gradient to dx (N, C, H, W)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2], Q = dy.shape[3], C = dx.shape[1]
    cdef Py_ssize_t H = dx.shape[2], W = dx.shape[3], I = w.shape[2], J = w.shape[3]
    cdef Py_ssize_t n, c, h, v, o, p, q, i, j, row, column
    for n in range(N):
        for c in range(C):
            for h in range(H):
                for v in range(W):
                    dx[n, c, h, v] = 0
            for o in range(O):
                for p in range(P):
                    for i in range(I):
                        row = p * stride + i - padding
                        if row < 0 or row >= H:
                            continue
                        for q in range(Q):
                            for j in range(J):
                                column = q * stride + j - padding
                                if column >= 0 and column < W:
                                    dx[n, c, row, column] += w[o, c, i, j] * dy[n, o, p, q]
