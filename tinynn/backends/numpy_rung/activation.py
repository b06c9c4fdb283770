"""Activations: y = act(x), element by element, and their derivatives.

A derivative is written in terms of what the forward pass keeps: the output y where act can be read
back from it, the input z where it cannot (gelu and silu are not monotone; prelu also needs dslope).
Keeping y costs nothing: the next layer holds it anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ._place import Array, Out, place

__all__ = ["activation_backward", "activation_forward"]


@dataclass(frozen=True)
class Formula:
    """One activation. `alpha` is its constant; prelu's is an array, its learned slope."""

    forward: Callable[[Array, Any], Array]  # (z, alpha) -> y
    derivative: Callable[[Any, Any], Any]  # (kept, alpha) -> dy/dz
    keeps: Literal["y", "z"] | None
    alpha: float = 0.0


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), with an exponent that is never positive and so cannot overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def leak(z: Array, alpha: Any) -> Array:
    """z where it is positive, alpha z elsewhere."""
    return np.where(z > 0, z, alpha * z)


def normal_cdf(z: Array) -> Array:
    """P(N(0, 1) <= z). By erfc: 1 + erf would lose every digit where z is very negative."""
    from scipy.special import erfc  # only gelu needs SciPy

    return 0.5 * erfc(-z / np.sqrt(2).astype(z.dtype))


def normal_pdf(z: Array) -> Array:
    """The derivative of `normal_cdf`."""
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi).astype(z.dtype)


def silu_derivative(z: Array) -> Array:
    """s + z s (1 - s), s being sigmoid(z)."""
    s = sigmoid(z)
    return s * (1 + z * (1 - s))


FORMULAS = {
    "identity": Formula(lambda z, _: z.copy(), lambda _kept, _: 1, keeps=None),
    "relu": Formula(lambda z, _: np.maximum(z, 0), lambda y, _: y > 0, keeps="y"),
    "leaky_relu": Formula(leak, lambda y, a: np.where(y > 0, 1, a).astype(y.dtype), "y", alpha=0.01),
    "prelu": Formula(leak, lambda z, slope: np.where(z > 0, 1, slope), keeps="z"),
    "sigmoid": Formula(lambda z, _: sigmoid(z), lambda y, _: y * (1 - y), keeps="y"),
    "tanh": Formula(lambda z, _: np.tanh(z), lambda y, _: 1 - y * y, keeps="y"),
    "elu": Formula(
        lambda z, a: np.where(z > 0, z, a * np.expm1(np.minimum(z, 0))),
        lambda y, a: np.where(y > 0, 1, y + a),
        keeps="y",
        alpha=1.0,
    ),
    "gelu": Formula(
        lambda z, _: z * normal_cdf(z),
        lambda z, _: normal_cdf(z) + z * normal_pdf(z),
        keeps="z",
    ),
    "silu": Formula(lambda z, _: z * sigmoid(z), lambda z, _: silu_derivative(z), keeps="z"),
    "softplus": Formula(
        lambda z, _: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
        lambda y, _: -np.expm1(-y),  # sigmoid(z), for 1 - exp(-log(1 + exp z)) = exp z / (1 + exp z)
        keeps="y",
    ),
}


def activate(z: Array, activation: str, alpha: float | None, slope: Array | None) -> Array:
    """act(z); `slope`, where prelu needs it, broadcasts against z."""
    formula = FORMULAS[activation]
    return formula.forward(z, _constant(formula, activation, alpha, slope))


def derivative(kept: Array | None, activation: str, alpha: float | None, slope: Array | None) -> Any:
    """dy/dz, from what the forward pass kept."""
    formula = FORMULAS[activation]
    return formula.derivative(kept, _constant(formula, activation, alpha, slope))


def _constant(formula: Formula, activation: str, alpha: float | None, slope: Array | None) -> Any:
    if activation == "prelu":
        return slope
    return formula.alpha if alpha is None else alpha


def activation_forward(x: Array, slope: Array | None, *, activation: str, alpha: float | None) -> Array:
    """Apply an activation: y = act(x).

    ===========  =================================  ==========================================
    activation   y                                  dy/dx
    ===========  =================================  ==========================================
    identity     x                                  1
    relu         max(x, 0)                          1 if x > 0 else 0
    leaky_relu   x if x > 0 else alpha x            1 if x > 0 else alpha
    prelu        x if x > 0 else slope x            1 if x > 0 else slope
    sigmoid      1 / (1 + exp(-x))                  y (1 - y)
    tanh         tanh x                             1 - y^2
    elu          x if x > 0 else alpha (exp x - 1)  1 if x > 0 else y + alpha
    gelu         x Phi(x), Phi the normal cdf       Phi(x) + x phi(x)
    silu         x sigmoid(x)                       sigmoid(x) (1 + x (1 - sigmoid(x)))
    softplus     log(1 + exp x)                     sigmoid(x) = 1 - exp(-y)
    ===========  =================================  ==========================================

    Parameters
    ----------
    x : array of any shape; for prelu (m, c, inner)
    slope : array (1,) or (c,) for prelu, else None
    activation : str
        A name of the table.
    alpha : float or None
        The constant of leaky_relu (>= 0, default 0.01) and elu (> 0, default 1.0).

    Returns
    -------
    y : array of the shape of x
    """
    return activate(x, activation, alpha, None if slope is None else slope[:, None])


def activation_backward(
    dy: Array,
    kept: Array | None,
    slope: Array | None,
    *,
    activation: str,
    alpha: float | None,
    needs: tuple[bool, bool] = (True, True),
    out: Out = None,
    accumulate: bool = False,
) -> tuple[Array | None, Array | None]:
    """Differentiate `activation_forward`: dx = dy act'(kept).

    For prelu, dslope_c = sum of dy x over the elements of channel c where x <= 0.

    Parameters
    ----------
    dy : array of the shape of x
    kept : array of the shape of x, or None
        x for gelu, silu and prelu; None for identity; y for all others.
    slope, activation, alpha
        As in the forward pass.
    needs : which of (dx, dslope) to compute
    out : where to write them; an entry may be None
    accumulate : add dslope to `out` instead of overwriting it

    Returns
    -------
    dx : array of the shape of x, or None
    dslope : array of the shape of slope, or None
    """
    column = None if slope is None else slope[:, None]
    out_dx, out_dslope = out or (None, None)
    dx = dslope = None
    if needs[1] and slope is not None and kept is not None:
        dslope = place(slope_gradient(dy, kept, slope, axis=1), out_dslope, accumulate=accumulate)
    if needs[0]:
        dx = place(dy * derivative(kept, activation, alpha, column), out_dx)
    return dx, dslope


def slope_gradient(dy: Array, z: Array, slope: Array, *, axis: int) -> Array:
    """prelu's dslope: dy z where z <= 0, summed over all axes but the channels' (or, for one slope, all)."""
    terms = np.where(z > 0, 0, dy * z)
    if slope.size == 1:
        return np.full(slope.shape, terms.sum())
    others = tuple(i for i in range(terms.ndim) if i != axis % terms.ndim)
    return terms.sum(axis=others)
