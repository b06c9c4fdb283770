"""conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad].

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def conv2d_dw(dy, x, dw, stride, padding):
    """dy (N, O, P, Q), x (N, C, H, W): add the weight gradient to dw (O, C, I, J)."""
    raise NotImplementedError("write me")
