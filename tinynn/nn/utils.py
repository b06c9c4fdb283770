"""Clipping: gradients that are too large, cut down between `backward` and `step`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, NonFiniteError
from tinynn.functional.checks import need_number
from tinynn.tensor import Tensor

Parameters = Tensor | Iterable[Tensor]


def clip_grad_norm_(parameters: Parameters, max_norm: float, *, error_if_nonfinite: bool = False) -> float:
    """Scale all gradients by one factor, so that together they are no longer than `max_norm`.

    norm = sqrt(sum over all numbers of all gradients of g^2);  g <- g min(1, max_norm / (norm + 1e-6)).

    Parameters
    ----------
    parameters : iterable of Tensor
        Those without a gradient are passed over.
    max_norm : float > 0
    error_if_nonfinite : bool
        Raise where the norm is NaN or infinite, instead of handing that on.

    Returns
    -------
    norm : float
        Before clipping; 0 where there are no gradients.

    Raises
    ------
    ArgumentError, NonFiniteError

    Notes
    -----
    Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks (ICML 2013).

    Examples
    --------
    >>> w = tn.ones(2, requires_grad=True)
    >>> (w * tn.tensor([3.0, 4.0])).sum().backward()
    >>> clip_grad_norm_([w], 1.0), w.grad.numpy().round(2).tolist()
    (5.0, [0.6000000238418579, 0.800000011920929])
    """
    max_norm = _positive("clip_grad_norm_", "max_norm", max_norm)
    gradients = _gradients("clip_grad_norm_", parameters)
    if not gradients:
        return 0.0
    total: Any = kernels.squared_norm(gradients[0].data)
    for g in gradients[1:]:
        total = F.add(total, kernels.squared_norm(g.data))
    norm = F.sqrt(total)
    if error_if_nonfinite and not np.isfinite(norm):
        raise NonFiniteError(f"clip_grad_norm_: the norm of the gradients is {float(norm)}; try a smaller lr")
    scale = F.minimum(F.div(max_norm, F.add(norm, 1e-6)), 1.0)
    for g in gradients:
        g.data = np.asarray(F.mul(g.data, F.astype(scale, g.dtype)))
    return float(norm)


def clip_grad_value_(parameters: Parameters, clip_value: float) -> None:
    """Put every number of every gradient into -clip_value..clip_value.

    Parameters
    ----------
    parameters : iterable of Tensor
    clip_value : float > 0

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> w = tn.ones(2, requires_grad=True)
    >>> (w * tn.tensor([3.0, -0.5])).sum().backward()
    >>> clip_grad_value_([w], 1.0)
    >>> w.grad.tolist()
    [1.0, -0.5]
    """
    bound = _positive("clip_grad_value_", "clip_value", clip_value)
    for g in _gradients("clip_grad_value_", parameters):
        g.data = np.asarray(F.clip(g.data, -bound, bound))


def _positive(who: str, name: str, value: float) -> float:
    number = need_number(who, name, value, 0)
    if number == 0:
        raise ArgumentError(f"{who}: {name} is 0; needed a positive number")
    return number


def _gradients(who: str, parameters: Parameters) -> list[Tensor]:
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for p in listed:
        if not isinstance(p, Tensor):
            raise ArgumentError(f"{who}: got {type(p).__name__}; needed tensors; try model.parameters()")
    return [p.grad for p in listed if p.grad is not None]
