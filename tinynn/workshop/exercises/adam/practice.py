"""adam in training and on the clock."""

from __future__ import annotations

from typing import Any

from tinynn.workshop.practice import Practice


def joins(mine: Any, ours: Any) -> dict[str, Any]:
    """Every update of every parameter is the learner's."""

    def adam_step(w: Any, g: Any, m: Any, v: Any, **o: Any) -> None:
        numbers = o["lr"], o["beta1"], o["beta2"], o["eps"], o["step"]
        mine(g.reshape(-1), m.reshape(-1), v.reshape(-1), w.reshape(-1), *numbers)

    return {"adam_step": adam_step}


def ours(
    kernels: Any, g: Any, m: Any, v: Any, w: Any, lr: float, beta1: float, beta2: float, eps: float, step: int
) -> None:
    options = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps, "step": step}
    kernels["adam_step"](w, g, m, v, **options, weight_decay=0.0, decoupled=False)


PRACTICE = Practice(
    sizes={"n": 100352},
    numbers={"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "step": 10},
    flops=lambda n: 12 * n,
    ours=ours,
    net="adam",
    joins=joins,
)
