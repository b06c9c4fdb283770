"""conv1d-dw: dw[o, c, k] += sum over n, p of dy[n, o, p] x[n, c, p stride + k]."""

import numpy as np


def conv1d_dw(dy, x, dw, stride):
    """dy (N, O, P), x (N, C, L): add the weight gradient to dw (O, C, K)."""
    for k in range(dw.shape[2]):
        seen = x[:, :, k : k + stride * (dy.shape[2] - 1) + 1 : stride]  # what place k has seen
        dw[:, :, k] += np.einsum("nop,ncp->oc", dy, seen)
