"""linear-relu-backward: back through y = max(x w^T + b, 0)."""


def linear_relu_backward(dy, y, x, w, dx, dw, db):
    """dy, y (m, n), x (m, k), w (n, k): write dx (m, k), add to dw (n, k) and db (n,)."""
    dz = dy * (y > 0)
    dx[...] = dz @ w
    dw += dz.T @ x
    db += dz.sum(0)
