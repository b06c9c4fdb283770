"""PyTorch agrees: the linear map with every activation, products, softmax and losses, forward and gradients.

m rows   k inputs   n outputs   c classes. Element-wise functions and shapes: test_pytorch_elementwise.py;
update rules: test_pytorch_optim.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynn import functional as F

from .sides import Case, check

M, K, N = 17, 33, 9
ACTIVATIONS: list[tuple[str, float | None, Any]] = [
    ("identity", None, lambda pt, z: z),
    ("relu", None, lambda pt, z: pt.relu(z)),
    ("leaky_relu", None, lambda pt, z: pt.nn.functional.leaky_relu(z)),
    ("leaky_relu", 0.3, lambda pt, z: pt.nn.functional.leaky_relu(z, 0.3)),
    ("leaky_relu", 0.0, lambda pt, z: pt.relu(z)),
    ("sigmoid", None, lambda pt, z: pt.sigmoid(z)),
    ("tanh", None, lambda pt, z: pt.tanh(z)),
    ("elu", None, lambda pt, z: pt.nn.functional.elu(z)),
    ("elu", 0.7, lambda pt, z: pt.nn.functional.elu(z, 0.7)),
    ("gelu", None, lambda pt, z: pt.nn.functional.gelu(z)),
    ("silu", None, lambda pt, z: pt.nn.functional.silu(z)),
    ("softplus", None, lambda pt, z: pt.nn.functional.softplus(z, threshold=100.0)),
]


def fused(name: str, alpha: float | None, theirs: Any) -> list[Case]:
    """linear with this activation, and the activation alone, near the origin and far out."""
    label = name if alpha is None else f"{name}({alpha})"
    return [
        Case(
            f"linear {label}",
            [(M, K), (N, K), (N,)],
            lambda x, w, b: F.linear(x, w, b, activation=name, alpha=alpha),
            lambda pt, x, w, b: theirs(pt, pt.nn.functional.linear(x, w, b)),
        ),
        Case(
            f"activation {label}",
            [lambda rng: 5 * rng.normal(size=(3, 7, 5))],
            lambda x: F.activation(x, activation=name, alpha=alpha),
            theirs,
        ),
    ]


def prelu(pt: Any, z: Any, slope: Any) -> Any:
    return pt.nn.functional.prelu(z, slope)


LINEAR = [
    *(case for row in ACTIVATIONS for case in fused(*row)),
    Case(
        "linear prelu, one slope",
        [(M, K), (N, K), (N,), (1,)],
        lambda x, w, b, s: F.linear(x, w, b, s, activation="prelu"),
        lambda pt, x, w, b, s: prelu(pt, pt.nn.functional.linear(x, w, b), s),
    ),
    Case(
        "linear prelu, a slope per output",
        [(M, K), (N, K), (N,), (N,)],
        lambda x, w, b, s: F.linear(x, w, b, s, activation="prelu"),
        lambda pt, x, w, b, s: prelu(pt, pt.nn.functional.linear(x, w, b), s),
    ),
    Case("prelu, one slope", [(3, 4, 5), (1,)], F.prelu, prelu),
    Case("prelu, a slope per channel", [(3, 4, 5), (4,)], F.prelu, prelu),
    Case("linear without bias", [(M, K), (N, K)], F.linear, lambda pt, x, w: pt.nn.functional.linear(x, w)),
    Case(
        "linear, leading axes",
        [(2, 3, K), (N, K), (N,)],
        lambda x, w, b: F.linear(x, w, b, activation="tanh"),
        lambda pt, x, w, b: pt.tanh(pt.nn.functional.linear(x, w, b)),
    ),
    Case(
        "linear, weights per group",
        [(4, M, K), (4, N, K), (4, N)],
        lambda x, w, b: F.linear(x, w, b, activation="relu"),
        lambda pt, x, w, b: pt.relu(pt.baddbmm(b[:, None], x, w.mT)),
    ),
    Case(
        "maxout",
        [(M, K), (3, N, K), (3, N)],
        F.maxout,
        lambda pt, x, w, b: (pt.einsum("mk,pnk->pmn", x, w) + b[:, None]).amax(0),
    ),
    Case("matmul", [(M, K), (K, N)], F.matmul, lambda pt, a, b: a @ b),
    Case("matmul, batch", [(3, M, K), (3, K, N)], F.matmul, lambda pt, a, b: a @ b),
    Case("matmul, broadcast batch", [(2, 1, 7, 8), (3, 8, 5)], F.matmul, lambda pt, a, b: a @ b),
    Case("matmul, batch by matrix", [(3, M, K), (K, N)], F.matmul, lambda pt, a, b: a @ b),
    Case("matmul, matrix by vector", [(M, K), (K,)], F.matmul, lambda pt, a, b: a @ b),
    Case("matmul, vector by matrix", [(K,), (K, N)], F.matmul, lambda pt, a, b: a @ b),
    Case("matmul, vector by vector", [(K,), (K,)], F.matmul, lambda pt, a, b: a @ b),
    Case(
        "matmul, transposed views",
        [(K, M), (N, K)],
        lambda a, b: F.matmul(F.transpose(a), F.transpose(b)),
        lambda pt, a, b: a.T @ b.T,
    ),
]
SOFTMAX = [
    Case(
        f"{name}, axis {axis}, inputs times {scale}",
        [lambda rng, scale=scale: scale * rng.normal(size=(4, 5, 7))],
        lambda x, name=name, axis=axis: getattr(F, name)(x, axis=axis),
        lambda pt, x, name=name, axis=axis: getattr(pt, name)(x, dim=axis),
    )
    for name in ("softmax", "log_softmax")
    for axis in (-1, 0, 1)
    for scale in (1, 30)
]


@pytest.mark.parametrize("case", [*LINEAR, *SOFTMAX], ids=lambda case: case.name)
def test_linear_products_and_softmax(case: Case) -> None:
    check(case)


LABELS = np.array([0, 3, 6, 1, 1, 5, 2, 4, 6, 0, 3])
CLASS_WEIGHTS = np.array([0.5, 1.0, 2.0, 0.25, 1.5, 3.0, 1.0], np.float32)
LOGITS = (len(LABELS), len(CLASS_WEIGHTS))
SIGNS = np.where(np.arange(24).reshape(4, 6) % 3 == 0, 1.0, -1.0).astype(np.float32)
TARGETS = np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6)


def reduced(loss: Any, reduction: str) -> Any:
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def cross_entropy(smoothing: float, weighted: bool, reduction: str) -> Case:
    weight = CLASS_WEIGHTS if weighted else None
    return Case(
        f"cross_entropy, {smoothing=}, {weighted=}, {reduction}",
        [lambda rng: 4 * rng.normal(size=LOGITS)],
        lambda x: F.cross_entropy(x, LABELS, weight, label_smoothing=smoothing, reduction=reduction),
        lambda pt, x: pt.nn.functional.cross_entropy(
            x,
            pt.from_numpy(LABELS),
            None if weight is None else pt.from_numpy(weight),
            label_smoothing=smoothing,
            reduction=reduction,
        ),
    )


def losses(reduction: str) -> list[Case]:
    return [
        *(cross_entropy(s, w, reduction) for s in (0.0, 0.1, 1.0) for w in (False, True)),
        Case(
            f"binary_cross_entropy_with_logits, {reduction}",
            [lambda rng: 4 * rng.normal(size=(4, 6))],
            lambda x: F.binary_cross_entropy_with_logits(x, TARGETS, reduction=reduction),
            lambda pt, x: pt.nn.functional.binary_cross_entropy_with_logits(
                x, pt.from_numpy(TARGETS), reduction=reduction
            ),
        ),
        Case(
            f"mse_loss, {reduction}",
            [(4, 6), (4, 6)],
            lambda x, t: F.mse_loss(x, t, reduction=reduction),
            lambda pt, x, t: pt.nn.functional.mse_loss(x, t, reduction=reduction),
        ),
        Case(
            f"hinge, {reduction}",
            [(4, 6)],
            lambda x: F.hinge(x, SIGNS, reduction=reduction),
            lambda pt, x: reduced(pt.relu(1 - pt.from_numpy(SIGNS) * x), reduction),
        ),
        Case(  # PyTorch divides by the number of classes
            f"multiclass_hinge, {reduction}",
            [LOGITS],
            lambda x: F.multiclass_hinge(x, LABELS, margin=0.7, reduction=reduction),
            lambda pt, x: (
                LOGITS[1]
                * pt.nn.functional.multi_margin_loss(
                    x, pt.from_numpy(LABELS), margin=0.7, reduction=reduction
                )
            ),
        ),
    ]


@pytest.mark.parametrize(
    "case", [case for r in ("mean", "sum", "none") for case in losses(r)], ids=lambda case: case.name
)
def test_losses(case: Case) -> None:
    check(case)


def test_a_whole_net_agrees() -> None:
    """Three layers and a loss in one graph: the gradients arrive at every weight."""
    shapes = [(11, 20), (15, 20), (15,), (13, 15), (13,), (7, 13), (7,)]

    def ours(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        h = F.linear(x, w1, b1, activation="relu")
        return F.cross_entropy(F.linear(F.linear(h, w2, b2, activation="gelu"), w3, b3), LABELS)

    def theirs(pt: Any, x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        f = pt.nn.functional
        h = f.gelu(f.linear(pt.relu(f.linear(x, w1, b1)), w2, b2))
        return f.cross_entropy(f.linear(h, w3, b3), pt.from_numpy(LABELS))

    check(Case("net", shapes, ours, theirs))
