"""Adam: every weight has a step size of its own, from the running means of its gradient and its square.

    g' = g + weight_decay w
    m  = beta1 m + (1 - beta1) g'          m^ = m / (1 - beta1^t)
    v  = beta2 v + (1 - beta2) g'^2        v^ = v / (1 - beta2^t)
    w  = w - lr m^ / (sqrt(v^) + eps)

t counts the steps from 1; m^ and v^ undo that the means start at zero.

Source: Kingma, Ba, "Adam: a method for stochastic optimization" (ICLR 2015), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import kernels
from tinynn.errors import ArgumentError
from tinynn.optim.optimizer import Optimizer, check_not_negative, check_positive, check_share
from tinynn.tensor import Tensor


class Adam(Optimizer):
    """Adam; its step does not change when all gradients are scaled alike.

    Parameters
    ----------
    parameters : iterable of Tensor, optional
    lr : float
    betas : two floats in [0, 1)
        How much of the running means of g and of g^2 is kept.
    eps : float > 0
        Keeps the division finite where the gradient has always been zero.
    weight_decay : float >= 0
        Added to the gradient as weight_decay w.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> from tinynn import Tensor, optim
    >>> w = Tensor([1.0], requires_grad=True)
    >>> optimizer = optim.Adam([w], lr=0.25)
    >>> w.grad = Tensor([3.0])
    >>> optimizer.step()
    >>> w.tolist()
    [0.75]
    """

    decoupled = False

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        who = type(self).__name__
        if not (isinstance(betas, (tuple, list)) and len(betas) == 2):
            raise ArgumentError(f"{who}: betas is {betas!r}; needed two numbers in [0, 1)")
        self.beta1, self.beta2 = (check_share(who, "beta", beta) for beta in betas)
        self.eps = check_positive(who, "eps", eps)
        self.weight_decay = check_not_negative(who, "weight_decay", weight_decay)
        super().__init__(parameters, lr)

    def new_state(self, w: Array) -> dict[str, Array]:
        return {"mean": np.zeros_like(w), "square": np.zeros_like(w)}

    def update(self, w: Array, g: Array, state: dict[str, Array]) -> None:
        kernels.adam_step(
            w,
            g,
            state["mean"],
            state["square"],
            lr=self.lr,
            beta1=self.beta1,
            beta2=self.beta2,
            eps=self.eps,
            weight_decay=self.weight_decay,
            decoupled=self.decoupled,
            step=self.steps,
        )
