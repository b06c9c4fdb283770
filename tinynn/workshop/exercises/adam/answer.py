"""adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps)."""

import numpy as np


def adam(g, m, v, w, lr, beta1, beta2, eps, step):
    """g (n,): update m (n,), v (n,) and w (n,) in place; step is 1 at the first."""
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * g * g
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    w -= lr * m_hat / (np.sqrt(v_hat) + eps)
