"""Adagrad: divide the gradient by the root of the sum of all its squares so far.

    g' = g + weight_decay w
    s  = s + g'^2
    w  = w - lr g' / (sqrt(s) + eps)

s only grows, so the steps shrink like 1 / sqrt(t), fastest for the weights that are moved most.

Source: Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic
optimization" (JMLR 12, 2011), the diagonal form.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import kernels
from tinynn.optim.optimizer import Optimizer, check_not_negative, check_positive
from tinynn.tensor import Tensor


class Adagrad(Optimizer):
    """Adagrad: weights with rare gradients keep large steps.

    Parameters
    ----------
    parameters : iterable of Tensor, optional
    lr : float
    eps : float > 0
    weight_decay : float >= 0

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> w = tn.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([w], lr=0.25)
    >>> w.grad = tn.tensor([8.0])
    >>> optimizer.step()
    >>> w.tolist()
    [0.75]
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        lr: float = 0.01,
        *,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        self.eps = check_positive("Adagrad", "eps", eps)
        self.weight_decay = check_not_negative("Adagrad", "weight_decay", weight_decay)
        super().__init__(parameters, lr)

    def new_state(self, w: Array) -> dict[str, Array]:
        return {"sum": np.zeros_like(w)}

    def update(self, w: Array, g: Array, state: dict[str, Array]) -> None:
        kernels.adagrad_step(w, g, state["sum"], lr=self.lr, eps=self.eps, weight_decay=self.weight_decay)
