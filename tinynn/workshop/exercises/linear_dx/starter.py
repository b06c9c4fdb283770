"""linear-dx: dx = dy w.

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def linear_dx(dy, w, dx):
    """dy (m, n), w (n, k): write the gradient of the layer's input to dx (m, k)."""
    raise NotImplementedError("write me")
