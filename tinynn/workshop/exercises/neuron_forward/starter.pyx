"""neuron-forward: y = max(w . x + b, 0), for a batch.

See lesson.md; then `tinynn workshop check` this folder.
"""

cimport cython
from cython cimport floating


def neuron_forward(const floating[:, ::1] x, const floating[::1] w, floating[::1] y, floating b):
    """x (m, k), w (k,), the number b: write the neuron's answers to y (m,)."""
    cdef Py_ssize_t m = x.shape[0], k = x.shape[1]
    raise NotImplementedError("write me")
