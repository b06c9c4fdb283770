"""softmax-xent-forward: softmax and cross-entropy of each row."""

cimport cython
from cython cimport floating
from libc.math cimport exp, log


@cython.boundscheck(False)
@cython.wraparound(False)
def softmax_xent_forward(
    const floating[:, ::1] x,
    const long long[::1] label,
    floating[:, ::1] p,
    floating[::1] loss,
):
    """x (m, c), label (m,): write the probabilities to p (m, c) and each row's loss to loss (m,)."""
    cdef Py_ssize_t m = x.shape[0], c = x.shape[1]
    cdef Py_ssize_t i, j
    cdef floating largest, total
    for i in range(m):
        largest = x[i, 0]
        for j in range(c):
            if x[i, j] > largest:
                largest = x[i, j]
        total = 0
        for j in range(c):
            p[i, j] = <floating>exp(x[i, j] - largest)
            total += p[i, j]
        for j in range(c):
            p[i, j] /= total
        loss[i] = <floating>log(total) - (x[i, label[i]] - largest)
