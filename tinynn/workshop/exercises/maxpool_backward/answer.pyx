"""maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q)."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def maxpool_backward(
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] x,
    floating[:, :, ::1] dx,
    Py_ssize_t k,
    Py_ssize_t stride,
):
    """dy (M, P, Q), x (M, H, W), windows of k x k: write the input gradient to dx (M, H, W)."""
    cdef Py_ssize_t M = dy.shape[0], P = dy.shape[1], Q = dy.shape[2], H = x.shape[1], W = x.shape[2]
    cdef Py_ssize_t m, p, q, h, w, row, column
    for m in range(M):
        for h in range(H):
            for w in range(W):
                dx[m, h, w] = 0
        for p in range(P):
            for q in range(Q):
                row = p * stride
                column = q * stride
                for h in range(p * stride, p * stride + k):
                    for w in range(q * stride, q * stride + k):
                        if x[m, h, w] > x[m, row, column]:
                            row = h
                            column = w
                dx[m, row, column] += dy[m, p, q]
