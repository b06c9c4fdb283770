"""neuron-forward: y = max(w . x + b, 0), for a batch."""

import numpy as np


def neuron_forward(x, w, y, b):
    """x (m, k), w (k,), the number b: write the neuron's answers to y (m,)."""
    y[...] = np.maximum(x @ w + b, 0)
