"""The two losses of a lone neuron, what decay does to it, and the exact answer to compare with.

Legend as in _lone_neurons; t is -1 or +1 here, m = t (w x + b) is the margin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.autograd import Array
from tinynn.experiments._lone_neurons import Descent, descend, scores

STEPS = 1500
KINDS = ("softmax", "SVM")
CURVES = {"softmax": lambda m: np.logaddexp(0, -m), "SVM": lambda m: np.maximum(0, 1 - m)}


def clouds(seed: int, sets: int, points: int, test: int = 1000) -> tuple[Array, Array, Array, Array]:
    """`sets` draws of two clouds that touch: x, t to learn from, and x, t to test with; t is -1 or +1."""
    random = np.random.default_rng(seed)
    t = np.repeat([-1.0, 1.0], (points + test) // 2)
    t = np.tile(random.permutation(t), (sets, 1))[..., None]
    x = random.normal(size=(sets, points + test, 2)) @ np.array([[1.0, 0.4], [0.0, 0.7]]) + t * [0.9, 1.2]
    return x[:, :points], t[:, :points], x[:, points:], t[:, points:]


def train(kind: str, x: Array, t: Array, decay: float) -> Descent:
    """One neuron per data set; the SVM's loss has a corner, so that its rate has to fall."""
    if kind == "softmax":
        return descend(x, (t + 1) / 2, F.binary_cross_entropy_with_logits, lr=1.0 / (1 + decay), steps=STEPS,
                       decay=decay)  # fmt: skip
    return descend(x, t, F.hinge, lr=lambda n: 1 / (2 + max(decay, 0.003) * n), steps=STEPS, decay=decay)


def sweep(x: Array, t: Array, new: Array, wanted: Array, decays: Sequence[float]) -> dict[str, Any]:
    """For each kind and decay, over the data sets (decays, sets): |w|, the margin, and both accuracies.

    And "first", what became of the first data set's neuron, (decays, 3).
    """
    table: dict[str, Any] = {}
    for kind in KINDS:
        ends = [train(kind, x, t, decay).end for decay in decays]
        norm = np.array([np.hypot(*end[:, 1:].T) for end in ends])
        table[kind] = {"norm": norm, "margin_width": 2 / norm, "first": np.stack([end[0] for end in ends])}
        for name, (a, b) in {"train": (x, t), "test": (new, wanted)}.items():
            table[kind][f"{name}_accuracy"] = [(b[..., 0] * scores(end, a) > 0).mean(1) for end in ends]
    return table


def two_scores_or_one(theta: Array, x: Array) -> float:
    """How far softmax of the scores (0, z) and sigmoid of z are apart, at most."""
    z = scores(theta[None], x[None])[0]
    two = np.asarray(F.softmax(np.stack([np.zeros_like(z), z], 1)))[:, 1]
    return float(np.abs(two - np.asarray(F.sigmoid(z))).max())


def exact_svm(x: Array, t: Array, decay: float) -> float:
    """The lowest mean hinge loss + decay / 2 |w|^2 that one data set allows, from its dual problem by SciPy.

    The largest sum a - |sum a t x|^2 / (2 decay) with 0 <= a <= 1 / n and sum a t = 0: nothing is below.
    """
    from scipy.optimize import minimize

    pull = t * x  # (n, k)
    n = len(x)
    found = minimize(
        lambda a: ((a @ pull) ** 2).sum() / (2 * decay) - a.sum(),
        np.full(n, 0.5 / n),
        jac=lambda a: pull @ (a @ pull) / decay - 1,
        bounds=[(0, 1 / n)] * n,
        constraints={"type": "eq", "fun": lambda a: a @ t[:, 0], "jac": lambda a: t[:, 0]},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    return -float(found.fun)


def forget(theta: Array, x: Array, t: Array, *, decay: float, rate: float, steps: int) -> dict[str, Array]:
    """|w| (steps + 1, g) of softmax neurons that go on with decay and data, without decay, or without data.

    Without data a step is w <- (1 - rate decay) w, and nothing else.
    """
    norms, none = {}, 0 * x
    cases = {"data and decay": (x, decay), "data, no decay": (x, 0.0), "decay, no data": (none, decay)}
    for name, (points, lost) in cases.items():
        found = descend(points, (t + 1) / 2, F.binary_cross_entropy_with_logits, lr=rate, steps=steps,
                        decay=lost, start=theta)  # fmt: skip
        norms[name] = np.hypot(found.path[..., 1], found.path[..., 2])
    return norms


def side_of(theta: Array) -> Callable[[Array], Array]:
    """The classifier: 1 where the score is above 0."""
    return lambda p: np.asarray(p @ theta[1:] + theta[0] > 0).astype(int)
