"""shared-weight: du[index[i]] += dw[i]: the gradient of a weight is the sum over its uses."""

import numpy as np


def shared_weight(dw, index, du):
    """dw (m, k), index (m,): add each row to the row of du (u, k) that it was taken from."""
    np.add.at(du, index, dw)
