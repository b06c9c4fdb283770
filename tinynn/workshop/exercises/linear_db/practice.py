"""linear-db in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import Practice, into, one_gradient, only


def by(mine: Any, dz: Any, x: Any, w: Any, options: Any) -> Any:
    return into(np.zeros(len(w), w.dtype), lambda db: mine(dz, db))


def ours(kernels: Any, dy: Any, db: Any) -> None:
    x, w = np.empty((len(dy), 1), dy.dtype), np.empty((len(db), 1), dy.dtype)
    place = (None, None, db, None)
    kernels["linear_backward"](dy, x, w, None, None, **only("db"), out=place, accumulate=True)


PRACTICE = Practice(
    sizes={"m": 256, "n": 1024},
    flops=lambda m, n: m * n,
    ours=ours,
    net="dense",
    joins=one_gradient("linear_backward", "db", by),
)
