"""softmax-xent-backward in training and on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.practice import Practice, into


def joins(mine: Any, ours: Any) -> dict[str, Any]:
    """dx of the mean is the learner's; dy, which is 1, is multiplied here."""

    def cross_entropy_backward(dy: Any, p: Any, labels: Any, weight: Any, **options: Any) -> Any:
        return dy * into(np.empty(p.shape, p.dtype), lambda dx: mine(p, labels, dx))

    return {"cross_entropy_backward": cross_entropy_backward}


def ours(kernels: Any, p: Any, label: Any, dx: Any) -> None:
    one, options = np.ones((), p.dtype), {"label_smoothing": 0.0, "reduction": "mean"}
    dx[...] = kernels["cross_entropy_backward"](one, p, label, None, **options)


PRACTICE = Practice(
    sizes={"m": 4096, "c": 10},
    flops=lambda m, c: m * c + m,
    ours=ours,
    net="dense",
    joins=joins,
)
