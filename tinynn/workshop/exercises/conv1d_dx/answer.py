"""conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p]."""

import numpy as np


def conv1d_dx(dy, w, dx, stride):
    """dy (N, O, P), w (O, C, K): write the input gradient to dx (N, C, L)."""
    dx[...] = 0
    for k in range(w.shape[2]):
        seen = dx[:, :, k : k + stride * (dy.shape[2] - 1) + 1 : stride]  # a view: what place k has seen
        seen += np.einsum("nop,oc->ncp", dy, w[:, :, k])
