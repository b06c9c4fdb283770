"""linear-dw: dw += dy^T x."""


def linear_dw(dy, x, dw):
    """dy (m, n), x (m, k): add the weight gradient to dw (n, k)."""
    dw += dy.T @ x
