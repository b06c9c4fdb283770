"""conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad].

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def conv2d_forward(x, w, b, y, stride, padding):
    """x (N, C, H, W), w (O, C, I, J), b (O,): write what every window gives into y (N, O, P, Q)."""
    raise NotImplementedError("write me")
