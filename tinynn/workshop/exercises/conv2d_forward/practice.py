"""conv2d-forward in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import (
    IDENTITY,
    Practice,
    conv2d_options,
    forward,
    into,
    padding_of,
    stride_of,
)
from tinynn.workshop.windows import outputs


def by(mine: Any, x: Any, w: Any, b: Any, options: Any) -> Any:
    stride, padding = stride_of(options), padding_of(options)
    plane = (outputs(x.shape[i], w.shape[i], stride, padding) for i in (2, 3))
    y = np.empty((len(x), len(w), *plane), x.dtype)
    return into(y, lambda y: mine(x, w, b, y, stride, padding))


def ours(kernels: Any, x: Any, w: Any, b: Any, y: Any, stride: int, padding: int) -> None:
    options = conv2d_options(stride, padding)
    y[...] = kernels["conv2d_forward"](x, w, b, None, **options, **IDENTITY)[0]


PRACTICE = Practice(
    sizes={"N": 16, "C": 8, "H": 14, "W": 14, "O": 16, "I": 5, "J": 5, "P": 14, "Q": 14},
    numbers={"stride": 1, "padding": 2},
    flops=lambda N, C, H, W, O, I, J, P, Q: 2 * N * C * O * I * J * P * Q,  # noqa: N803, E741
    ours=ours,
    net="conv",
    joins=forward("conv2d_forward", by),
)
