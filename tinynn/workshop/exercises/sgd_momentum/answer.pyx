"""sgd-momentum: v = momentum v + g; w = w - lr v."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def sgd_momentum(
    const floating[::1] g,
    floating[::1] v,
    floating[::1] w,
    floating lr,
    floating momentum,
):
    """g (n,): update v (n,) and w (n,) in place."""
    cdef Py_ssize_t n = w.shape[0]
    cdef Py_ssize_t i
    for i in range(n):
        v[i] = momentum * v[i] + g[i]
        w[i] -= lr * v[i]
