"""matmul-packed: c = a b, in packed blocks. See lesson.md; then `tinynn workshop check` this folder."""

cimport cython
from cython cimport floating


def matmul_packed(const floating[:, ::1] a, const floating[:, ::1] b, floating[:, ::1] c):
    """a (m, k), b (k, n): write the product to c (m, n)."""
    cdef Py_ssize_t m = a.shape[0], k = b.shape[0], n = c.shape[1]
    raise NotImplementedError("write me")
