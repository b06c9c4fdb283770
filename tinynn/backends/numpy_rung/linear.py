"""The linear layer: y = act(x w^T + b), its gradients, maxout, and the plain matrix product.

Every function also takes g independent problems at once: put a leading g on x, w, b and y.
"""

from __future__ import annotations

import numpy as np

from ._place import Array, Out, place
from .activation import FORMULAS, activate, derivative, slope_gradient

__all__ = ["linear_backward", "linear_forward", "matmul", "maxout_backward", "maxout_forward"]


def _t(a: Array) -> Array:
    """Each matrix transposed."""
    return a.swapaxes(-1, -2)


def linear_forward(
    x: Array, w: Array, b: Array | None, slope: Array | None, *, activation: str, alpha: float | None
) -> tuple[Array, Array | None]:
    """Apply a linear layer and its activation: z = x w^T + b, y = act(z).

    Parameters
    ----------
    x : array (m, k) or (g, m, k)
    w : array (n, k) or (g, n, k)
    b : array (n,) or (g, n), or None
    slope : array (1,) or (n,) for prelu, else None
    activation, alpha : see `activation_forward`

    Returns
    -------
    y : array (m, n) or (g, m, n)
    kept : array of the shape of y, or None
        What the backward pass needs of the activation: y itself, or z, or nothing (identity).
    """
    z = x @ _t(w)
    if b is not None:
        z += b[..., None, :]
    if activation == "identity":
        return z, None
    y = activate(z, activation, alpha, slope)
    return y, (y if FORMULAS[activation].keeps == "y" else z)


def linear_backward(
    dy: Array,
    x: Array,
    w: Array,
    kept: Array | None,
    slope: Array | None,
    *,
    activation: str,
    alpha: float | None,
    needs: tuple[bool, bool, bool, bool] = (True, True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> tuple[Array | None, Array | None, Array | None, Array | None]:
    """Differentiate `linear_forward`.

    dz = dy act'(kept);  dx = dz w,  dw = dz^T x,  db = sum of dz over the rows.

    Parameters
    ----------
    dy : array (m, n) or (g, m, n)
    x, w, slope, activation, alpha
        As in the forward pass.
    kept : array of the shape of dy, or None
        As the forward pass returned it.
    needs : which of (dx, dw, db, dslope) to compute
    out : where to write them; an entry may be None
    accumulate : add dw, db and dslope to `out` instead of overwriting it; dx is always overwritten

    Returns
    -------
    dx, dw, db, dslope : arrays of the shapes of x, w, b and slope; None where not needed
    """
    out_dx, out_dw, out_db, out_dslope = out or (None,) * 4
    dz = dy * derivative(kept, activation, alpha, slope)
    dx = dw = db = dslope = None
    if needs[0]:
        dx = place(dz @ w, out_dx)
    if needs[1]:
        dw = place(_t(dz) @ x, out_dw, accumulate=accumulate)
    if needs[2]:
        db = place(dz.sum(axis=-2), out_db, accumulate=accumulate)
    if needs[3] and slope is not None and kept is not None:
        dslope = place(slope_gradient(dy, kept, slope, axis=-1), out_dslope, accumulate=accumulate)
    return dx, dw, db, dslope


def maxout_forward(x: Array, w: Array, b: Array | None) -> tuple[Array, Array]:
    """Take the largest of several linear pieces: y = max over p of (x w_p^T + b_p).

    Parameters
    ----------
    x : array (m, k)
    w : array (pieces, n, k), at most 256 pieces
    b : array (pieces, n), or None

    Returns
    -------
    y : array (m, n)
    arg : uint8 array (m, n)
        The first piece that reaches the maximum.
    """
    z, _ = linear_forward(x, w, b, None, activation="identity", alpha=None)  # (pieces, m, n)
    return z.max(axis=0), z.argmax(axis=0).astype(np.uint8)


def maxout_backward(
    dy: Array,
    x: Array,
    w: Array,
    arg: Array,
    *,
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> tuple[Array | None, Array | None, Array | None]:
    """Differentiate `maxout_forward`: only the winning piece of each output receives gradient.

    dz_p = dy where arg = p, else 0;  dx = sum_p dz_p w_p,  dw_p = dz_p^T x,  db_p = sum over rows of dz_p.

    Parameters
    ----------
    dy : array (m, n)
    x : array (m, k)
    w : array (pieces, n, k)
    arg : uint8 array (m, n), as the forward pass returned it
    needs : which of (dx, dw, db) to compute
    out : where to write them; an entry may be None
    accumulate : add dw and db to `out` instead of overwriting it; dx is always overwritten

    Returns
    -------
    dx, dw, db : arrays of the shapes of x, w and b; None where not needed
    """
    out_dx, out_dw, out_db = out or (None,) * 3
    pieces = np.arange(len(w))[:, None, None]
    dz = np.where(arg == pieces, dy, 0)  # (pieces, m, n)
    dx = dw = db = None
    if needs[0]:
        dx = place((dz @ w).sum(axis=0), out_dx)
    if needs[1]:
        dw = place(_t(dz) @ x, out_dw, accumulate=accumulate)
    if needs[2]:
        db = place(dz.sum(axis=1), out_db, accumulate=accumulate)
    return dx, dw, db


def matmul(a: Array, b: Array, *, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    """Multiply matrices: c = op(a) op(b), op being the transpose where asked for.

    It is its own backward: of c = a b, da = dc b^T and db = a^T dc.

    Parameters
    ----------
    a : array (m, k) or (g, m, k); transposed: (k, m) or (g, k, m)
    b : array (k, n) or (g, k, n); transposed: (n, k) or (g, n, k)

    Returns
    -------
    c : array (m, n) or (g, m, n)
    """
    return (_t(a) if transpose_a else a) @ (_t(b) if transpose_b else b)
