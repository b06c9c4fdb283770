"""maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q).

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def maxpool_backward(dy, x, dx, k, stride):
    """dy (M, P, Q), x (M, H, W), windows of k x k: write the input gradient to dx (M, H, W)."""
    raise NotImplementedError("write me")
