"""Stochastic gradient descent.

    g' = g + weight_decay w
    v  = momentum v + g'
    w  = w - lr v                      (nesterov: w - lr (g' + momentum v))

Source: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep
learning" (ICML 2013), in the form PyTorch uses.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import kernels
from tinynn.errors import ArgumentError
from tinynn.optim.optimizer import Optimizer, check_not_negative, check_share
from tinynn.tensor import Tensor


class SGD(Optimizer):
    """Stochastic gradient descent with momentum.

    Parameters
    ----------
    parameters : iterable of Tensor, optional
    lr : float
    momentum : float in [0, 1)
    weight_decay : float >= 0
    nesterov : bool
        Needs momentum.

    Raises
    ------
    ArgumentError
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        lr: float = 0.01,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        self.momentum = check_share("SGD", "momentum", momentum)
        self.weight_decay = check_not_negative("SGD", "weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not momentum:
            raise ArgumentError("SGD: got nesterov=True without momentum; try momentum=0.9")
        super().__init__(parameters, lr)

    def new_state(self, w: Array) -> dict[str, Array]:
        return {"velocity": np.zeros_like(w)} if self.momentum else {}

    def update(self, w: Array, g: Array, state: dict[str, Array]) -> None:
        kernels.sgd_step(
            w,
            g,
            state.get("velocity"),
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
        )
