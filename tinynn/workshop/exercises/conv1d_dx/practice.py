"""conv1d-dx in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import Practice, conv1d_options, into, one_gradient, only, stride_of


def by(mine: Any, dz: Any, x: Any, w: Any, options: Any) -> Any:
    return into(np.empty(x.shape, x.dtype), lambda dx: mine(dz, w, dx, stride_of(options)))


def ours(kernels: Any, dy: Any, w: Any, dx: Any, stride: int) -> None:
    options = {**conv1d_options(stride), **only("dx")}
    dx[...] = kernels["conv1d_backward"](dy, dx, w, None, None, **options)[0]


PRACTICE = Practice(
    sizes={"N": 16, "O": 16, "P": 256, "C": 8, "K": 5, "L": 260},
    numbers={"stride": 1},
    flops=lambda N, C, L, O, K, P: 2 * N * C * O * K * P,  # noqa: N803, E741
    ours=ours,
    net="sequence",
    joins=one_gradient("conv1d_backward", "dx", by),
)
