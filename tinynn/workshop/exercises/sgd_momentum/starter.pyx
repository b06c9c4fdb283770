"""sgd-momentum: v = momentum v + g; w = w - lr v.

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def sgd_momentum(
    const floating[::1] g,
    floating[::1] v,
    floating[::1] w,
    floating lr,
    floating momentum,
):
    """g (n,): update v (n,) and w (n,) in place."""
    cdef Py_ssize_t n = w.shape[0]
    raise NotImplementedError("write me")
