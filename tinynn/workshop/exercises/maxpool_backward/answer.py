"""maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q)."""

import numpy as np


def maxpool_backward(dy, x, dx, k, stride):
    """dy (M, P, Q), x (M, H, W), windows of k x k: write the input gradient to dx (M, H, W)."""
    dx[...] = 0
    planes = np.arange(len(x))
    for p in range(dy.shape[1]):
        for q in range(dy.shape[2]):
            top, left = p * stride, q * stride
            window = x[:, top : top + k, left : left + k].reshape(len(x), k * k)
            won = window.argmax(1)  # the first, where several are equal
            dx[planes, top + won // k, left + won % k] += dy[:, p, q]
