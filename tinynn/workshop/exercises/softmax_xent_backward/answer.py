"""softmax-xent-backward: dx = (p - onehot) / m."""

import numpy as np


def softmax_xent_backward(p, label, dx):
    """p (m, c), label (m,): write the gradient of the mean loss to dx (m, c)."""
    dx[...] = p
    dx[np.arange(len(p)), label] -= 1
    dx /= len(p)
