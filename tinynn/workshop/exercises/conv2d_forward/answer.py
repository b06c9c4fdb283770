"""conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad]."""

import numpy as np


def conv2d_forward(x, w, b, y, stride, padding):
    """x (N, C, H, W), w (O, C, I, J), b (O,): write what every window gives into y (N, O, P, Q)."""
    rows, columns = stride * (y.shape[2] - 1) + 1, stride * (y.shape[3] - 1) + 1
    wide = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y[...] = b[:, None, None]
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            seen = wide[:, :, i : i + rows : stride, j : j + columns : stride]  # what place (i, j) sees
            y += np.einsum("ncpq,oc->nopq", seen, w[:, :, i, j])
