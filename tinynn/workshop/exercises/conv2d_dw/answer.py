"""conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad]."""

import numpy as np


def conv2d_dw(dy, x, dw, stride, padding):
    """dy (N, O, P, Q), x (N, C, H, W): add the weight gradient to dw (O, C, I, J)."""
    rows, columns = stride * (dy.shape[2] - 1) + 1, stride * (dy.shape[3] - 1) + 1
    wide = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    for i in range(dw.shape[2]):
        for j in range(dw.shape[3]):
            seen = wide[:, :, i : i + rows : stride, j : j + columns : stride]  # what place (i, j) has seen
            dw[:, :, i, j] += np.einsum("nopq,ncpq->oc", dy, seen)
