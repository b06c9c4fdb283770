"""adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps).

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def adam(
    const floating[::1] g,
    floating[::1] m,
    floating[::1] v,
    floating[::1] w,
    floating lr,
    floating beta1,
    floating beta2,
    floating eps,
    long step,
):
    """g (n,): update m (n,), v (n,) and w (n,) in place; step is 1 at the first."""
    cdef Py_ssize_t n = w.shape[0]
    raise NotImplementedError("write me")
