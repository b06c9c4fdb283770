"""conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p]."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def conv1d_dx(
    const floating[:, :, ::1] dy,
    const floating[:, :, ::1] w,
    floating[:, :, ::1] dx,
    Py_ssize_t stride,
):
    """dy (N, O, P), w (O, C, K): write the input gradient to dx (N, C, L)."""
    cdef Py_ssize_t N = dy.shape[0], O = dy.shape[1], P = dy.shape[2]
    cdef Py_ssize_t C = dx.shape[1], L = dx.shape[2], K = w.shape[2]
    cdef Py_ssize_t n, c, l, o, k, p
    for n in range(N):
        for c in range(C):
            for l in range(L):
                dx[n, c, l] = 0
            for o in range(O):
                for k in range(K):
                    for p in range(P):
                        dx[n, c, p * stride + k] += w[o, c, k] * dy[n, o, p]
