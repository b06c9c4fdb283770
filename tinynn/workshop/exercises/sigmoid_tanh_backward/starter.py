"""sigmoid-tanh-backward: back through a sigmoid and a tanh, from their outputs.

See lesson.md; then `tinynn workshop check` this folder.
"""

import numpy as np


def sigmoid_tanh_backward(dy, s, t, du, dv):
    """dy, s, t (m, n): write the gradients of the inputs of s = sigmoid, t = tanh to du, dv (m, n)."""
    raise NotImplementedError("write me")
