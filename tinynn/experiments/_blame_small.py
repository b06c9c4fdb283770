"""Forward and backward through 2-3-1 as equations of matrices, samples as columns.

Z = W X + b   A = f(Z)   X (2, m)   W (n out, n in)   Z, A (n, m)
dZ = dA f'(Z)   dW = dZ X^T   dX = W^T dZ
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import random, viz
from tinynn.experiments._blame import gradients, sigmoid_net
from tinynn.experiments._small_nets import arrays_of, layer_names
from tinynn.experiments.registry import Metrics, Run

SIZES, SAMPLES = (2, 3, 1), 4


def small_net(run: Run) -> Metrics:
    """Compute all of it by hand, draw it, and hold it against autograd."""
    random.manual_seed(run.seed)
    draw = np.random.default_rng(run.seed)
    x, t = draw.uniform(size=(2, SAMPLES)), draw.integers(2, size=(1, SAMPLES)).astype(float)
    model = sigmoid_net(SIZES)
    (w1, b1), (w2, b2) = arrays_of(model)
    z1 = w1 @ x + b1[:, None]
    a1 = 1 / (1 + np.exp(-z1))
    z2 = w2 @ a1 + b2[:, None]
    y = 1 / (1 + np.exp(-z2))
    dz2 = 2 * (y - t) / SAMPLES * y * (1 - y)
    dw2, da1 = dz2 @ a1.T, w2.T @ dz2
    dz1 = da1 * a1 * (1 - a1)
    dw1 = dz1 @ x.T
    axes = viz.grid(2, 1, cell=(11.5, 3.1), title="Forward: Z = W X + b, A = f(Z)")
    viz.matrices([("$W_1$", w1), ("$X$", x), "+", ("$b_1$", b1), "=", ("$Z_1$", z1), "→", ("$A_1$", a1)],
                 limit=3, ax=axes[0, 0], title="")  # fmt: skip
    viz.matrices([("$W_2$", w2), ("$A_1$", a1), "+", ("$b_2$", b2), "=", ("$Z_2$", z2), "→", ("$Y$", y)],
                 limit=3, ax=axes[1, 0], title="")  # fmt: skip
    run.save("forward", axes)
    axes = viz.grid(3, 1, cell=(11.5, 3.3), title="Backward: dW = dZ X^T, dX = W^T dZ")
    rows: list[list[Any]] = [
        [("$dZ_2$", dz2), ("$A_1^T$", a1.T), "=", ("$dW_2$", dw2)],
        [("$W_2^T$", w2.T), ("$dZ_2$", dz2), "=", ("$dA_1$", da1), "→", ("$dZ_1 = dA_1 f'(Z_1)$", dz1)],
        [("$dZ_1$", dz1), ("$X^T$", x.T), "=", ("$dW_1$", dw1)],
    ]
    for ax, terms in zip(axes.flat, rows, strict=True):
        viz.matrices(terms, digits=3, ax=ax, title="")
    run.save("backward", axes)
    title = "One sample: activity in the neurons, blame (dC/dz) below them"
    # Without the mean over the samples: the first one's own blame.
    blame = [0 * x[:, 0], SAMPLES * dz1[:, 0], SAMPLES * dz2[:, 0]]
    drawn = viz.network(SIZES, [w1, w2], values=[x[:, 0], a1[:, 0], y[:, 0]], blame=blame, numbers=True,
                        names=layer_names(SIZES), title=title)  # fmt: skip
    run.save("small-net", drawn)
    by_autograd = gradients(model, x.T, t.T)
    error = max(float(np.abs(a - b).max()) for a, b in zip((dw1, dw2), by_autograd, strict=True))
    run.say(f"2-3-1, by hand and by autograd: dW differ by {error:.1e} at most")
    return {"dW1": dw1, "dW2": dw2, "largest_error": error}
