"""conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q]."""

import numpy as np


def conv2d_dx(dy, w, dx, stride, padding):
    """dy (N, O, P, Q), w (O, C, I, J): write the input gradient to dx (N, C, H, W)."""
    n, c, h, width = dx.shape
    rows, columns = stride * (dy.shape[2] - 1) + 1, stride * (dy.shape[3] - 1) + 1
    wide = np.zeros((n, c, h + 2 * padding, width + 2 * padding), dx.dtype)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            seen = wide[:, :, i : i + rows : stride, j : j + columns : stride]  # a view
            seen += np.einsum("nopq,oc->ncpq", dy, w[:, :, i, j])
    dx[...] = wide[:, :, padding : padding + h, padding : padding + width]
