"""conv1d-dw: dw[o, c, k] += sum over n, p of dy[n, o, p] x[n, c, p stride + k].

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def conv1d_dw(dy, x, dw, stride):
    """dy (N, O, P), x (N, C, L): add the weight gradient to dw (O, C, K)."""
    raise NotImplementedError("write me")
