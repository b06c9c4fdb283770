"""Optimiser steps. They update the parameter w and the state they keep in place; the gradient g is only read.

All arrays of a step have one shape, whatever it is. A prime is L2 weight decay: g' = g + weight_decay w.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._place import Array, require_in_place

__all__ = ["adagrad_step", "adam_step", "adam_steps", "rmsprop_step", "sgd_step", "sgd_steps"]


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
    g = g + weight_decay * w
    if v is not None:
        v *= momentum
        v += g
        g = g + momentum * v if nesterov else v
    w -= lr * g


def adam_step(
    w: Array,
    g: Array,
    m: Array,
    v: Array,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: int,
) -> None:
    """Take a step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019).

    m = beta1 m + (1 - beta1) g',  v = beta2 v + (1 - beta2) g'^2: running means of g' and its square.
    w = w - lr m^ / (sqrt(v^) + eps), where m^ = m / (1 - beta1^step) and v^ = v / (1 - beta2^step)
    undo the means' start at zero. AdamW (`decoupled`) has g for g', and first w = w - lr weight_decay w.

    Parameters
    ----------
    w : array, updated
    g : array, the gradient
    m, v : arrays, the running means, updated
    lr, beta1, beta2, eps, weight_decay : float
    decoupled : bool
    step : int, 1 for the first step
    """
    require_in_place("adam_step", w=w, m=m, v=v)
    if decoupled:
        w -= lr * weight_decay * w
    else:
        g = g + weight_decay * w
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * g * g
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    w -= lr * m_hat / (np.sqrt(v_hat) + eps)


def rmsprop_step(
    w: Array,
    g: Array,
    s: Array,
    v: Array | None,
    *,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
) -> None:
    """Take a step of RMSprop (Hinton, lecture 6e of Neural networks for machine learning, 2012).

    s = alpha s + (1 - alpha) g'^2,  u = g' / (sqrt(s) + eps),  w = w - lr u.
    With momentum: v = momentum v + u, w = w - lr v.

    Parameters
    ----------
    w : array, updated
    g : array, the gradient
    s : array, the running mean of its square, updated
    v : array, the velocity, updated; None where there is no momentum
    lr, alpha, eps, weight_decay, momentum : float
    """
    require_in_place("rmsprop_step", w=w, s=s, v=v)
    g = g + weight_decay * w
    s *= alpha
    s += (1 - alpha) * g * g
    u = g / (np.sqrt(s) + eps)
    if v is not None:
        v *= momentum
        v += u
        u = v
    w -= lr * u


def adagrad_step(w: Array, g: Array, s: Array, *, lr: float, eps: float, weight_decay: float) -> None:
    """Take a step of Adagrad (Duchi, Hazan and Singer, 2011).

    s = s + g'^2,  w = w - lr g' / (sqrt(s) + eps).

    Parameters
    ----------
    w : array, updated
    g : array, the gradient
    s : array, the sum of its square, updated
    lr, eps, weight_decay : float
    """
    require_in_place("adagrad_step", w=w, s=s)
    g = g + weight_decay * w
    s += g * g
    w -= lr * g / (np.sqrt(s) + eps)


def sgd_steps(
    w: Sequence[Array],
    g: Sequence[Array],
    v: Sequence[Array | None],
    *,
    lr: float,
    momentum: float,
    weight_decay: float,
    nesterov: bool,
) -> None:
    """Take sgd_step for every parameter of a model.

    Parameters
    ----------
    w : arrays, updated
    g : arrays, as many
    v : arrays or None, as many, updated
    lr, momentum, weight_decay, nesterov : of all
    """
    for w_i, v_i in zip(w, v, strict=True):
        require_in_place("sgd_steps", w=w_i, v=v_i)
    for w_i, g_i, v_i in zip(w, g, v, strict=True):
        sgd_step(w_i, g_i, v_i, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)


def adam_steps(
    w: Sequence[Array],
    g: Sequence[Array],
    m: Sequence[Array],
    v: Sequence[Array],
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: int,
) -> None:
    """Take adam_step for every parameter of a model.

    Parameters
    ----------
    w : arrays, updated
    g : arrays, as many
    m, v : arrays, as many, updated
    lr, beta1, beta2, eps, weight_decay, decoupled, step : of all
    """
    for w_i, m_i, v_i in zip(w, m, v, strict=True):
        require_in_place("adam_steps", w=w_i, m=m_i, v=v_i)
    for arrays in zip(w, g, m, v, strict=True):
        adam_step(
            *arrays, lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay,
            decoupled=decoupled, step=step,
        )  # fmt: skip
