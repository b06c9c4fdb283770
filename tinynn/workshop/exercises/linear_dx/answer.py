"""linear-dx: dx = dy w."""


def linear_dx(dy, w, dx):
    """dy (m, n), w (n, k): write the gradient of the layer's input to dx (m, k)."""
    dx[...] = dy @ w
