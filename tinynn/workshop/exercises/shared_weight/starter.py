"""shared-weight: du[index[i]] += dw[i]: the gradient of a weight is the sum over its uses.

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def shared_weight(dw, index, du):
    """dw (m, k), index (m,): add each row to the row of du (u, k) that it was taken from."""
    raise NotImplementedError("write me")
