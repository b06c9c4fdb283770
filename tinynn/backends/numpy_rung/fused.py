"""Several kernels in one: what the passes of a compiled step put in the place of a chain of calls.

Nothing of the engine calls these; tinynn/compile/passes says when they stand in for what.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._place import Array, require_in_place
from .linear import linear_backward, linear_forward
from .loss import cross_entropy_backward, cross_entropy_forward
from .optim import sgd_step

__all__ = ["chain_cross_entropy", "linear_backward_sgd"]


def chain_cross_entropy(
    x: Array,
    labels: Array,
    w: Sequence[Array],
    b: Sequence[Array | None],
    *,
    activation: str,
    alpha: float | None,
    label_smoothing: float,
    reduction: str,
) -> tuple[Array | None, ...]:
    """Take a net of linear layers and its softmax cross-entropy there and back again.

    y_l = act(y_(l-1) w_l^T + b_l) from y_0 = x on, the last layer without activation; the loss of the last
    y; then the gradient of the loss by x and by every w and b.

    Parameters
    ----------
    x : array (m, k)
    labels : int64 array (m,)
    w : arrays (n, k), one per layer; none: the loss of x itself
    b : arrays (n,) or None, as many
    activation, alpha : of all layers but the last; not prelu
    label_smoothing : float
    reduction : "mean" or "sum"

    Returns
    -------
    loss : array ()
    y : array (m, c), or None without layers
    dx : array (m, k)
    dw, db : then those of all layers, like w and like b
    """
    if reduction == "none" or activation == "prelu" or len(b) != len(w):
        raise ValueError("chain_cross_entropy: needed reduction mean or sum, no prelu, and a b for every w")
    ys, kept = [x], []
    for i, (w_i, b_i) in enumerate(zip(w, b, strict=True)):
        act = "identity" if i == len(w) - 1 else activation
        y, k = linear_forward(ys[-1], w_i, b_i, None, activation=act, alpha=alpha)
        ys.append(y)
        kept.append(k)
    options = {"label_smoothing": label_smoothing, "reduction": reduction}
    loss, p = cross_entropy_forward(ys[-1], labels, None, **options)  # type: ignore[arg-type]
    dz: Array | None = cross_entropy_backward(np.ones((), x.dtype), p, labels, None, **options)  # type: ignore[arg-type]
    dw: list[Array | None] = []
    db: list[Array | None] = []
    for i in reversed(range(len(w))):
        act = "identity" if i == len(w) - 1 else activation
        needs = (True, True, b[i] is not None, False)
        assert dz is not None
        dz, dw_i, db_i, _ = linear_backward(
            dz, ys[i], w[i], kept[i], None, activation=act, alpha=alpha, needs=needs
        )
        dw.insert(0, dw_i)
        db.insert(0, db_i)
    return loss, ys[-1] if w else None, dz, *dw, *db


def linear_backward_sgd(
    dy: Array,
    x: Array,
    w: Array,
    b: Array | None,
    kept: Array | None,
    v: Array | None,
    v_b: Array | None,
    *,
    activation: str,
    alpha: float | None,
    lr: float,
    momentum: float,
    weight_decay: float,
    nesterov: bool,
) -> Array:
    """Differentiate a linear layer, and update its weights at once.

    dz = dy act'(kept);  dx = dz w with the old w;  then sgd_step on w with dw = dz^T x and on b with db.

    Parameters
    ----------
    dy : array (m, n)
    x : array (m, k)
    w, b : arrays (n, k) and (n,), updated; b may be None
    kept, activation, alpha : as for linear_backward; not prelu
    v, v_b : arrays like w and b, the velocities, updated; None where there is no momentum
    lr, momentum, weight_decay, nesterov : as for sgd_step

    Returns
    -------
    dx : array (m, k)
    """
    if activation == "prelu" or (b is None and v_b is not None):
        raise ValueError("linear_backward_sgd: needed another activation than prelu, and v_b only with b")
    require_in_place("linear_backward_sgd", w=w, b=b, v=v, v_b=v_b)
    needs = (True, True, b is not None, False)
    dx, dw, db, _ = linear_backward(dy, x, w, kept, None, activation=activation, alpha=alpha, needs=needs)
    assert dx is not None
    for parameter, gradient, velocity in ((w, dw, v), (b, db, v_b)):
        if parameter is not None and gradient is not None:
            sgd_step(
                parameter, gradient, velocity, lr=lr, momentum=momentum, weight_decay=weight_decay,
                nesterov=nesterov,
            )  # fmt: skip
    return dx
