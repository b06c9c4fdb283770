"""adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps).

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def adam(g, m, v, w, lr, beta1, beta2, eps, step):
    """g (n,): update m (n,), v (n,) and w (n,) in place; step is 1 at the first."""
    raise NotImplementedError("write me")
