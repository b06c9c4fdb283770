"""Optimiser steps. They update the parameter w and the state they keep in place; the gradient g is only read.

All arrays of a step have one shape, whatever it is. A prime is L2 weight decay: g' = g + weight_decay w.
"""

from __future__ import annotations

from ._place import Array, require_in_place

__all__ = ["sgd_step"]


def sgd_step(
    w: Array, g: Array, v: Array | None, *, lr: float, momentum: float, weight_decay: float, nesterov: bool
) -> None:
    """Take a step of stochastic gradient descent.

    Plain: w = w - lr g'. With momentum: v = momentum v + g', w = w - lr v. Nesterov looks ahead:
    w = w - lr (g' + momentum v).

    Parameters
    ----------
    w : array, updated
    g : array, the gradient
    v : array, the velocity, updated; None where there is no momentum
    lr, momentum, weight_decay : float
    nesterov : bool
    """
    require_in_place("sgd_step", w=w, v=v)
    step = g + weight_decay * w
    if v is not None:
        v *= momentum
        v += step
        step = step + momentum * v if nesterov else v
    w -= lr * step
