"""linear-forward in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import IDENTITY, Practice, forward, into


def by(mine: Any, x: Any, w: Any, b: Any, options: Any) -> Any:
    return into(np.empty((len(x), len(w)), x.dtype), lambda y: mine(x, w, b, y))


def ours(kernels: Any, x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = kernels["linear_forward"](x, w, b, None, **IDENTITY)[0]


PRACTICE = Practice(
    sizes={"m": 64, "n": 128, "k": 784},
    flops=lambda m, n, k: 2 * m * n * k,
    ours=ours,
    net="dense",
    joins=forward("linear_forward", by),
)
