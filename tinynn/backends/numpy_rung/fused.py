"""Several kernels in one: what the passes of a compiled step put in the place of a chain of calls.

Nothing of the engine calls these; tinynn/compile/passes says when they stand in for what.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._place import Array
from .linear import linear_backward, linear_forward
from .loss import cross_entropy_backward, cross_entropy_forward

__all__ = ["chain_cross_entropy"]


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
