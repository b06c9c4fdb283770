"""relu-backward: dx = dy where y > 0, else 0."""


def relu_backward(dy, y, dx):
    """dy, y (m, n): write the gradient of the ReLU's input to dx (m, n)."""
    dx[...] = dy * (y > 0)
