"""conv1d-dw in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import Practice, conv1d_options, into, one_gradient, only, stride_of


def by(mine: Any, dz: Any, x: Any, w: Any, options: Any) -> Any:
    return into(np.zeros_like(w), lambda dw: mine(dz, x, dw, stride_of(options)))


def ours(kernels: Any, dy: Any, x: Any, dw: Any, stride: int) -> None:
    options = {**conv1d_options(stride), **only("dw"), "out": (None, dw, None, None), "accumulate": True}
    kernels["conv1d_backward"](dy, x, np.empty_like(dw), None, None, **options)


PRACTICE = Practice(
    sizes={"N": 16, "O": 16, "P": 256, "C": 8, "L": 260, "K": 5},
    numbers={"stride": 1},
    flops=lambda N, C, L, O, K, P: 2 * N * C * O * K * P,  # noqa: N803, E741
    ours=ours,
    net="sequence",
    joins=one_gradient("conv1d_backward", "dw", by),
)
