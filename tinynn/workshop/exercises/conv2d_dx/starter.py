"""conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q].

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def conv2d_dx(dy, w, dx, stride, padding):
    """dy (N, O, P, Q), w (O, C, I, J): write the input gradient to dx (N, C, H, W)."""
    raise NotImplementedError("write me")
