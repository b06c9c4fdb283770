"""linear-forward: y = x w^T + b."""


def linear_forward(x, w, b, y):
    """x (m, k), w (n, k), b (n,): write the layer's outputs to y (m, n)."""
    y[...] = x @ w.T + b
