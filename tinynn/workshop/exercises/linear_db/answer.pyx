"""linear-db: db += the sum of dy over the batch."""

cimport cython
from cython cimport floating


@cython.boundscheck(False)
@cython.wraparound(False)
def linear_db(const floating[:, ::1] dy, floating[::1] db):
    """dy (m, n): add the bias gradient to db (n,)."""
    cdef Py_ssize_t m = dy.shape[0], n = dy.shape[1]
    cdef Py_ssize_t i, j
    for i in range(m):
        for j in range(n):
            db[j] += dy[i, j]
