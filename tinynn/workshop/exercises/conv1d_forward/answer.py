"""conv1d-forward: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, c, p stride + k]."""

import numpy as np


def conv1d_forward(x, w, b, y, stride):
    """x (N, C, L), w (O, C, K), b (O,): write what every window gives into y (N, O, P)."""
    y[...] = b[:, None]
    for k in range(w.shape[2]):
        seen = x[:, :, k : k + stride * (y.shape[2] - 1) + 1 : stride]  # what place k sees, window by window
        y += np.einsum("ncp,oc->nop", seen, w[:, :, k])
