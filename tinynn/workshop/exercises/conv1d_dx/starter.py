"""conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p].

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def conv1d_dx(dy, w, dx, stride):
    """dy (N, O, P), w (O, C, K): write the input gradient to dx (N, C, L)."""
    raise NotImplementedError("write me")
