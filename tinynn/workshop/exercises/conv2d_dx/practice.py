"""conv2d-dx in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import (
    Practice,
    conv2d_options,
    into,
    one_gradient,
    only,
    padding_of,
    stride_of,
)


def by(mine: Any, dz: Any, x: Any, w: Any, options: Any) -> Any:
    numbers = stride_of(options), padding_of(options)
    return into(np.empty(x.shape, x.dtype), lambda dx: mine(dz, w, dx, *numbers))


def ours(kernels: Any, dy: Any, w: Any, dx: Any, stride: int, padding: int) -> None:
    options = {**conv2d_options(stride, padding), **only("dx")}
    dx[...] = kernels["conv2d_backward"](dy, dx, w, None, None, **options)[0]


PRACTICE = Practice(
    sizes={"N": 16, "C": 8, "H": 14, "W": 14, "O": 16, "I": 5, "J": 5, "P": 14, "Q": 14},
    numbers={"stride": 1, "padding": 2},
    flops=lambda N, C, H, W, O, I, J, P, Q: 2 * N * C * O * I * J * P * Q,  # noqa: N803, E741
    ours=ours,
    net="conv",
    joins=one_gradient("conv2d_backward", "dx", by),
)
