"""sgd-momentum: v = momentum v + g; w = w - lr v.

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def sgd_momentum(g, v, w, lr, momentum):
    """g (n,): update v (n,) and w (n,) in place."""
    raise NotImplementedError("write me")
