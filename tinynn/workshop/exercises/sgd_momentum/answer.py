"""sgd-momentum: v = momentum v + g; w = w - lr v."""


def sgd_momentum(g, v, w, lr, momentum):
    """g (n,): update v (n,) and w (n,) in place."""
    v *= momentum
    v += g
    w -= lr * v
