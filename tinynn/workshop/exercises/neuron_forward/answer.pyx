"""neuron-forward: y = max(w . x + b, 0), for a batch."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def neuron_forward(const floating[:, ::1] x, const floating[::1] w, floating[::1] y, floating b):
    """x (m, k), w (k,), the number b: write the neuron's answers to y (m,)."""
    cdef Py_ssize_t m = x.shape[0], k = x.shape[1]
    cdef Py_ssize_t i, l
    cdef floating z
    for i in range(m):
        z = b
        for l in range(k):
            z += w[l] * x[i, l]
        y[i] = z if z > 0 else 0
