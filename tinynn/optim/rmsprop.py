"""RMSprop: divide the gradient by the root of the running mean of its square.

    g' = g + weight_decay w
    s  = alpha s + (1 - alpha) g'^2
    u  = g' / (sqrt(s) + eps)
    v  = momentum v + u                    (without momentum: v = u)
    w  = w - lr v

Source: Tieleman, Hinton, lecture 6.5 of "Neural networks for machine learning" (Coursera, 2012), with eps
outside the root as PyTorch has it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import kernels
from tinynn.optim.optimizer import Optimizer, check_not_negative, check_positive, check_share
from tinynn.tensor import Tensor


class RMSprop(Optimizer):
    """RMSprop: every weight's step has about the size lr, whatever the size of its gradient.

    Parameters
    ----------
    parameters : iterable of Tensor, optional
    lr : float
    alpha : float in [0, 1)
        How much of the running mean is kept.
    eps : float > 0
    momentum : float in [0, 1)
    weight_decay : float >= 0

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> w = tn.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.RMSprop([w], lr=0.25, alpha=0.75)
    >>> w.grad = tn.tensor([8.0])
    >>> optimizer.step()
    >>> w.tolist()  # s = 0.25 * 64, so u = 8 / 4
    [0.5]
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        lr: float = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        self.alpha = check_share("RMSprop", "alpha", alpha)
        self.eps = check_positive("RMSprop", "eps", eps)
        self.momentum = check_share("RMSprop", "momentum", momentum)
        self.weight_decay = check_not_negative("RMSprop", "weight_decay", weight_decay)
        super().__init__(parameters, lr)

    def new_state(self, w: Array) -> dict[str, Array]:
        names = ("square", "velocity") if self.momentum else ("square",)
        return {name: np.zeros_like(w) for name in names}

    def update(self, w: Array, g: Array, state: dict[str, Array]) -> None:
        kernels.rmsprop_step(
            w,
            g,
            state["square"],
            state.get("velocity"),
            lr=self.lr,
            alpha=self.alpha,
            eps=self.eps,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
        )
