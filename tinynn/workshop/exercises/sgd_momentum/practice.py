"""sgd-momentum in training and on the clock."""

from __future__ import annotations

from typing import Any

from tinynn.workshop.practice import Practice


def joins(mine: Any, ours: Any) -> dict[str, Any]:
    """Every update of every parameter is the learner's."""

    def sgd_step(w: Any, g: Any, v: Any, *, lr: float, momentum: float, **options: Any) -> None:
        mine(g.reshape(-1), v.reshape(-1), w.reshape(-1), lr, momentum)

    return {"sgd_step": sgd_step}


def ours(kernels: Any, g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    kernels["sgd_step"](w, g, v, lr=lr, momentum=momentum, weight_decay=0.0, nesterov=False)


PRACTICE = Practice(
    sizes={"n": 100352},
    numbers={"lr": 0.1, "momentum": 0.9},
    flops=lambda n: 4 * n,
    ours=ours,
    net="dense",
    joins=joins,
)
