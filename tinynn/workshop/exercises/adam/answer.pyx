"""adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps)."""

cimport cython
from cython cimport floating
from libc.math cimport pow, sqrt


@cython.boundscheck(False)
@cython.wraparound(False)
@cython.cdivision(True)
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
    cdef Py_ssize_t i
    cdef floating m_hat, v_hat
    cdef floating correct_m = 1 - pow(beta1, step), correct_v = 1 - pow(beta2, step)
    for i in range(n):
        m[i] = beta1 * m[i] + (1 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
        m_hat = m[i] / correct_m
        v_hat = v[i] / correct_v
        w[i] -= lr * m_hat / (<floating>sqrt(v_hat) + eps)
