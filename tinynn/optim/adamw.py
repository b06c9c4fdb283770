"""AdamW: Adam with weights that shrink on their own, not through the gradient.

    w  = w - lr weight_decay w
    m  = beta1 m + (1 - beta1) g           m^ = m / (1 - beta1^t)
    v  = beta2 v + (1 - beta2) g^2         v^ = v / (1 - beta2^t)
    w  = w - lr m^ / (sqrt(v^) + eps)

In Adam the decay is part of the gradient and so divided by sqrt(v^): weights with large gradients shrink
less. Here all shrink alike.

Source: Loshchilov, Hutter, "Decoupled weight decay regularization" (ICLR 2019), algorithm 2, with the
decay multiplied by lr as PyTorch has it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tinynn.optim.adam import Adam
from tinynn.tensor import Tensor


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Parameters
    ----------
    parameters : iterable of Tensor, optional
    lr : float
    betas : two floats in [0, 1)
    eps : float > 0
    weight_decay : float >= 0
        Each step takes lr weight_decay of every weight away.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> w = tn.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.AdamW([w], lr=0.5, weight_decay=0.5)
    >>> w.grad = tn.tensor([0.0])
    >>> optimizer.step()
    >>> w.tolist()
    [0.75]
    """

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)
