"""linear-dx in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import Practice, into, one_gradient, only


def by(mine: Any, dz: Any, x: Any, w: Any, options: Any) -> Any:
    return into(np.empty(x.shape, x.dtype), lambda dx: mine(dz, w, dx))


def ours(kernels: Any, dy: Any, w: Any, dx: Any) -> None:
    x = np.empty_like(dx)  # its shape is all that is asked for
    kernels["linear_backward"](dy, x, w, None, None, **only("dx"), out=(dx, None, None, None))


PRACTICE = Practice(
    sizes={"m": 64, "n": 128, "k": 784},
    flops=lambda m, n, k: 2 * m * n * k,
    ours=ours,
    net="dense",
    joins=one_gradient("linear_backward", "dx", by),
)
