"""sigmoid-tanh-backward: back through a sigmoid and a tanh, from their outputs."""


def sigmoid_tanh_backward(dy, s, t, du, dv):
    """dy, s, t (m, n): write the gradients of the inputs of s = sigmoid, t = tanh to du, dv (m, n)."""
    du[...] = dy * s * (1 - s)
    dv[...] = dy * (1 - t * t)
